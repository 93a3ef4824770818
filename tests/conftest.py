"""Fixtures for the whole suite: the real servers, started once when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.postgres import PostgresDatabase, PostgresServer, running_postgres

SCRAM_PASSWORD = "correct horse/battery:staple@1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the attacks of `tests.faults` run on the whole product of routes, patterns and strategies."""
    parser.addoption(
        "--long", action="store_true", help="run the attacks of tests/faults with every route and strategy"
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that trusts every local role; speaks no TLS."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def scram_postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that wants a password (SCRAM-SHA-256), one with characters that need escaping in a URL."""
    with running_postgres(password=SCRAM_PASSWORD) as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """A fresh, empty database, dropped afterwards."""
    database = postgres_server.create_database()
    yield database
    postgres_server.drop_database(database.database)
