"""What the embedded engines say of their tables, in the middle of a transaction too."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.engines.files_engine import FilesEngine

TYPES = (
    "INTEGER", "HUGEINT", "DECIMAL(12,2)", "VARCHAR", "BLOB", "UUID", "JSON", "BIT", "INTERVAL", "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_NS", "INTEGER[]", "INTEGER[3]", 'STRUCT(a INTEGER, "b c" VARCHAR[])', "MAP(VARCHAR, INTEGER)",
    "ENUM('x', 'y')", "UNION(n INTEGER, s VARCHAR)",
)  # fmt: skip


@pytest.fixture
def engine() -> DuckDBEngine:
    made = DuckDBEngine(duckdb.connect(), "memory")
    made.create_schema("a place")
    return made


def test_columns_are_spelled_as_the_catalog_spells_them(engine: DuckDBEngine) -> None:
    listed = ", ".join(f'"c""{place}" {kind}' for place, kind in enumerate(TYPES))
    engine.execute(f"CREATE TABLE {engine.relation('a place', 'a.b')} ({listed})")
    catalog = engine.connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'a.b' ORDER BY column_index"
    ).fetchall()
    assert engine.columns("a place", "a.b") == catalog
    assert len(catalog) == len(TYPES)


def test_looking_for_what_is_not_there_ends_no_transaction(engine: DuckDBEngine) -> None:
    with engine.transaction():
        engine.execute(f"CREATE TABLE {engine.relation('a place', 'kept')} (i INTEGER)")
        assert engine.columns("a place", "missing") == []
        assert engine.columns("no place", "kept") == []
        engine.drop("a place", "missing")
        engine.execute(f"INSERT INTO {engine.relation('a place', 'kept')} VALUES (1)")
        assert engine.columns("a place", "kept") == [("i", "INTEGER")]
    assert engine.query(f"FROM {engine.relation('a place', 'kept')}") == [(1,)]


@pytest.mark.parametrize("kind", ["TABLE", "VIEW"])
def test_a_table_or_view_is_dropped(engine: DuckDBEngine, kind: str) -> None:
    engine.execute(f"CREATE {kind} {engine.relation('a place', 'gone')} AS SELECT 1 AS i")
    engine.drop("a place", "gone")
    assert engine.columns("a place", "gone") == []


def test_a_view_of_nothing_is_dropped(engine: DuckDBEngine) -> None:
    shown, view = engine.relation("a place", "shown"), engine.relation("a place", "gone")
    engine.execute(f"CREATE TABLE {shown} AS SELECT 1 AS i")
    engine.execute(f"CREATE VIEW {view} AS FROM {shown}")
    engine.execute(f"DROP TABLE {shown}")
    engine.drop("a place", "gone")
    engine.execute(f"CREATE TABLE {view} (i INTEGER)")


def test_columns_of_live_files_need_no_file_opened(tmp_path: Path) -> None:
    files = FilesEngine(DuckDBEngine(duckdb.connect(), "memory"), "out", tmp_path, "_meta", {})
    files.create_schema("s")
    files.execute(f"CREATE TABLE {files.relation('s', 't')} AS SELECT 1 AS i, 'x' AS n")
    for file in tmp_path.rglob("*.parquet"):
        file.unlink()
    assert files.columns("s", "t") == [("i", "INTEGER"), ("n", "VARCHAR")]


def test_columns_of_files_follow_a_change_that_is_under_way(tmp_path: Path) -> None:
    files = FilesEngine(DuckDBEngine(duckdb.connect(), "memory"), "out", tmp_path, "_meta", {})
    files.create_schema("s")
    relation = files.relation("s", "t")
    files.execute(f"CREATE TABLE {relation} AS SELECT 1 AS i")
    with suppress(ZeroDivisionError), files.transaction():
        files.execute(f"ALTER TABLE {relation} ADD COLUMN n VARCHAR")
        assert files.columns("s", "t") == [("i", "INTEGER"), ("n", "VARCHAR")]
        raise ZeroDivisionError
    assert files.columns("s", "t") == [("i", "INTEGER")]
    with files.transaction():
        files.execute(f"INSERT INTO {relation} VALUES (2)")
        assert files.columns("s", "t") == [("i", "INTEGER")]
    with files.transaction():
        files.drop("s", "t")
        assert files.columns("s", "t") == []
    assert files.columns("s", "t") == []
    assert files.tables("s") == []
