"""Fixtures of the tests of shop_orders: the project on sample data, offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fixtures import postgres_destination, postgres_server, postgres_source
from fixtures.home import Home, make_home
from fixtures.place import Place

from shop_orders.engines.types import ddl

SOURCES: dict[str, ModuleType] = {
    "shop": postgres_source,
}
DESTINATION: ModuleType = postgres_destination
RELAXED: frozenset[str] = frozenset([])


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """The port of a throw-away PostgreSQL."""
    with postgres_server.server() as number:
        yield number


@pytest.fixture
def home(tmp_path: Path, port: int | None) -> Home:
    """The project on sample data, nothing run yet."""
    return make_home(Place(tmp_path, ddl, port), SOURCES, DESTINATION, RELAXED)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory, port: int | None) -> Home:
    """The project with the sample data extracted and transformed, nothing published."""
    made = make_home(Place(tmp_path_factory.mktemp("staged"), ddl, port), SOURCES, DESTINATION, RELAXED)
    made.run("stage", "extraction", "--run-id", "staged")
    made.run("stage", "transformation", "--run-id", "staged")
    return made
