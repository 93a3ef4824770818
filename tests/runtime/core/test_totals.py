"""Rows and sums as the source itself counts them, in the snapshot the rows are read from."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from templates.src.extractors import open_extractor
from templates.src.extractors.base_extractor import Totals
from templates.src.loaders import open_loader
from tests.runtime.core.project import Project, config, table
from tests.servers.postgres import PostgresDatabase

COLUMNS = {"id": "bigint", "price": "decimal(10,2)"}
VALUES = [(1, "0.10"), (2, "0.20"), (3, None)]
WANTED = Totals(3, {"price": Decimal("0.30")})


def totals(tmp_path: Path, source: dict[str, Any], name: str = "items") -> Totals | None:
    made = Project(tmp_path, config(table(name, COLUMNS), source={"name": "shop", **source}))
    with open_loader(made.settings) as loader:
        settings = made.settings
        with open_extractor(settings, settings.sources[0], loader.work) as extractor:
            return extractor.totals(settings.tables[0], ["price"])


def test_sqlite_sums_to_the_scale_of_the_column(tmp_path: Path, source: sqlite3.Connection) -> None:
    source.execute("CREATE TABLE items (id INTEGER, price NUMERIC)")
    source.executemany("INSERT INTO items VALUES (?, ?)", VALUES)
    assert totals(tmp_path, {"type": "sqlite", "connection": {"path": "source.db"}}) == WANTED


def test_duckdb_sums_exactly(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "source.duckdb")) as connection:
        connection.execute("CREATE TABLE items (id BIGINT, price DECIMAL(10,2))")
        connection.executemany("INSERT INTO items VALUES (?, ?)", VALUES)
    assert totals(tmp_path, {"type": "duckdb", "connection": {"path": "source.duckdb"}}) == WANTED


def test_csv_sums_what_is_a_number(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,price\n1,0.10\n2,0.20\n3,none\n")
    assert totals(tmp_path, {"type": "files", "connection": {"path": "."}}, "items.csv") == WANTED


@pytest.mark.slow
def test_postgres_sums_exactly(tmp_path: Path, postgres_database: PostgresDatabase) -> None:
    postgres_database.execute(
        "CREATE TABLE items (id bigint, price numeric(10,2))",
        "INSERT INTO items VALUES (1, 0.1), (2, 0.2), (3, NULL)",
    )
    assert totals(tmp_path, {"type": "postgres", "connection": postgres_database.connection}) == WANTED
