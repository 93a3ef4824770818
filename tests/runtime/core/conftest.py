"""Fixtures: a SQLite source, and every destination."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from templates.src.utils.logging_config import configure_logging
from tests.runtime.core.places import Place, duckdb_place, files_place, postgres_place
from tests.servers.postgres import PostgresDatabase

FAST = "duckdb-batch_elt"
OTHERS = ["duckdb-batch_etl", "files", "postgres-batch_elt", "postgres-batch_etl"]


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Logs as a run writes them: left to itself, structlog draws every variable of a traceback."""
    configure_logging("shop", "test", stream=sys.stderr)
    yield
    structlog.reset_defaults()


@pytest.fixture
def source(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file ``source.db`` in the project's home, committed statement by statement."""
    connection = sqlite3.connect(tmp_path / "source.db", isolation_level=None)
    # Nobody pulls the plug here: a row need not be on the disk before the next.
    connection.executescript("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY")
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
