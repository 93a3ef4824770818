"""Whatever a table or column is called, its name is only ever a name."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from generator.connectors.registry import connector

NAMES = st.text(
    st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1, max_size=20
) | st.sampled_from(
    [
        '"',
        '""',
        "'; DROP TABLE t; --",
        "select",
        "{c}",
        "%s",
        "$1",
        ":x",
        "?",
        "a.b",
        "[x]",
        "/x",
        "\\",
        "FALSE",
        "true",
    ]
)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@FEW
@given(table=NAMES, column=NAMES)
@example(table="t", column="FALSE")
def test_any_name_in_sqlite(table: str, column: str) -> None:
    assume(not table.lower().startswith("sqlite_"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        database = sqlite3.connect(path)
        database.execute(f"CREATE TABLE {quoted(table)} ({quoted(column)} INTEGER)")
        database.execute(f"INSERT INTO {quoted(table)} VALUES (7)")
        database.commit()
        database.close()
        check("sqlite", path, table, column)


@pytest.mark.slow
@FEW
@given(table=NAMES, column=NAMES)
def test_any_name_in_duckdb(table: str, column: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.duckdb"
        with duckdb.connect(str(path)) as database:
            database.execute(f"CREATE TABLE {quoted(table)} AS SELECT 7 AS {quoted(column)}")
        check("duckdb", path, table, column)


@pytest.mark.slow
@FEW
@given(stem=NAMES, column=NAMES)
def test_any_name_of_a_file(stem: str, column: str) -> None:
    assume("/" not in stem and not stem.startswith((".", "_")) and len(stem.encode()) < 200)
    assume(column.strip() and not column.isdigit())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}.parquet"
        with duckdb.connect() as database:
            target = str(path).replace("'", "''")
            database.execute(f"COPY (SELECT 7 AS {quoted(column)}) TO '{target}' (FORMAT parquet)")
        check("files", Path(folder), None, column)


def check(kind: str, path: Path, table: str | None, column: str) -> None:
    """The only table has the name and one column, and its only value is found."""
    found = connector(kind)
    given_settings = found.Settings.model_validate({"path": str(path)})
    (probed,) = found.probe(given_settings).tables
    assert table is None or probed.name == table
    assert probed.column_names == (column,)
    assert found.sample(given_settings, probed).rows == (("7",),)
    assert found.profile(given_settings, probed).columns[column].minimum == "7"
