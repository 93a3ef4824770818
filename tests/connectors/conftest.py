"""The live systems the conformance suite runs over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.systems import DuckDBSystem, FilesSystem, PostgresSystem, SQLiteSystem, System

SYSTEMS = [
    pytest.param("sqlite"),
    pytest.param("duckdb"),
    pytest.param("files"),
    pytest.param("postgres", marks=pytest.mark.slow),
]


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest, tmp_path: Path) -> System:
    """Each live system in turn, filled with the shop."""
    made: System
    if request.param == "postgres":
        made = PostgresSystem(request.getfixturevalue("postgres_database"))
    else:
        made = {"sqlite": SQLiteSystem, "duckdb": DuckDBSystem, "files": FilesSystem}[request.param](tmp_path)
    made.fill()
    return made
