"""Fixtures: fresh sources and destinations, and the routes between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.places import Route, place
from tests.faults.routes import Wanted
from tests.faults.sources import CsvSource, PostgresSource, Source, SqliteSource
from tests.servers.postgres import PostgresDatabase, PostgresServer

MakeRoute = Callable[..., Route]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that says which routes a test is run with."""
    config.addinivalue_line(
        "markers", "routes(*strategies, origins, targets, every): run with these (see tests.faults.routes)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each route its marker asks for."""
    if marker := metafunc.definition.get_closest_marker("routes"):
        wanted = Wanted(marker.args, **marker.kwargs)
        metafunc.parametrize(wanted.names, list(wanted.cases(long=metafunc.config.getoption("--long"))))


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Callable[[], PostgresDatabase]:
    """Make fresh databases that go with the test; a server is started for nobody but those who ask for one."""

    def make() -> PostgresDatabase:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        database = server.create_database()
        request.addfinalizer(lambda: server.drop_database(database.database))
        return database

    return make


@pytest.fixture
def source_of(tmp_path: Path, new_database: Callable[[], PostgresDatabase]) -> Callable[[str], Source]:
    """Make a fresh source of a kind."""

    def make(origin: str) -> Source:
        if origin == "postgres":
            database = new_database()
            return PostgresSource(database.url, database.connection)
        return CsvSource(tmp_path / "bank") if origin == "csv" else SqliteSource(tmp_path / "bank.sqlite")

    return make


@pytest.fixture
def make_route(
    tmp_path: Path, new_database: Callable[[], PostgresDatabase], source_of: Callable[[str], Source]
) -> MakeRoute:
    """Make a route between a fresh source and a fresh destination."""

    def make(origin: str, target: str, pattern: str = "batch_etl", strategy: str = "upsert") -> Route:
        holder = new_database() if target == "postgres" else None
        return Route(source_of(origin), place(target, tmp_path, holder), strategy, pattern)

    return make
