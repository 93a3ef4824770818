"""The live systems the conformance suite runs over."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.connectors.systems import DuckDBSystem, FilesSystem, PostgresSystem, SQLiteSystem, System

SYSTEMS = [
    pytest.param("sqlite"),
    pytest.param("duckdb"),
    pytest.param("files"),
    pytest.param("postgres", marks=pytest.mark.slow),
]


EMBEDDED: dict[str, Callable[[Path], System]] = {
    "sqlite": SQLiteSystem,
    "duckdb": DuckDBSystem,
    "files": FilesSystem,
}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of an embedded system, filled with the shop once and for all."""

    @functools.cache
    def fill(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        EMBEDDED[name](folder).fill()
        return folder

    return fill


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest, tmp_path: Path, filled: Callable[[str], Path]) -> System:
    """Each live system in turn, filled with the shop."""
    name: str = request.param
    if name == "postgres":
        server = PostgresSystem(request.getfixturevalue("postgres_database"))
        server.fill()
        return server
    made = EMBEDDED[name](tmp_path)
    shutil.copytree(filled(name), tmp_path, dirs_exist_ok=True)
    return made
