"""Fixtures: a SQLite source, and every destination."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.core.places import Place, duckdb_place, files_place, postgres_place
from tests.servers.postgres import PostgresDatabase

FAST = "duckdb-batch_elt"
OTHERS = ["duckdb-batch_etl", "files", "postgres-batch_elt", "postgres-batch_etl"]


@pytest.fixture
def source(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file ``source.db`` in the project's home, committed statement by statement."""
    connection = sqlite3.connect(tmp_path / "source.db", isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture(params=[FAST, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every destination in turn."""
    name: str = request.param
    if name == "files":
        return files_place(tmp_path)
    kind, _, pattern = name.partition("-")
    if kind == "duckdb":
        return duckdb_place(tmp_path, pattern)
    database: PostgresDatabase = request.getfixturevalue("postgres_database")
    return postgres_place(database, pattern)
