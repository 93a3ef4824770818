"""What marks a row as deleted, by the type of the column: a word for no is no mark."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table

MARKS: dict[str, tuple[str, list[object], list[object]]] = {
    "text": (
        "TEXT",
        ["N", "n", "No", "false", "F", "0", "", " ", "off", None],
        ["Y", "yes", "true", "1", "x"],
    ),
    "double": ("REAL", [0.0, -0.0, None], [1.0, 0.5]),
    "bigint": ("INTEGER", [0, None], [1, -1]),
    "boolean": ("INTEGER", [0, None], [1]),
    "timestamp": ("TEXT", [None], ["2024-01-01 00:00:00"]),
}


@pytest.mark.parametrize("kind", ["text", "double", *slowly("bigint", "boolean", "timestamp")])
@pytest.mark.parametrize("strategy", ["merge", *slowly("scd2")])
def test_rows_are_deleted_by_a_mark_and_by_nothing_else(
    tmp_path: Path, source: sqlite3.Connection, place: Place, kind: str, strategy: str
) -> None:
    declared, alive, dead = MARKS[kind]
    source.execute(f"CREATE TABLE items (id INTEGER PRIMARY KEY, gone {declared}, updated_at TEXT)")
    source.executemany(
        "INSERT INTO items VALUES (?, ?, '2024-01-01 00:00:00')", list(enumerate([*alive, *dead]))
    )
    columns = {"id": "bigint", "gone": kind, "updated_at": "timestamp"}
    how = loading(strategy, "id", deleted_column="gone")
    item = table("items", columns, key=["id"], watermark="updated_at", loading=how)
    Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern)).run()
    assert {row[0] for row in place.rows("items", "id")} == {str(key) for key in range(len(alive))}
