"""Columns that are named as something a pipeline has of its own arrive like any other."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table

TAKEN = (
    "_raw", "raw", "_stream", "_misfit", "_nulled", "_rejected", "_erased", "_rank", "_copy", "_affected", "rowid",
    "n", "r", "i", "d", "s", "t",
)  # fmt: skip


@pytest.mark.parametrize("strategy", ["upsert", *slowly("append", "overwrite", "merge", "scd2", "scd3")])
def test_columns_named_like_those_of_the_pipeline_arrive(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    # The log of changes has a column of that name to itself.
    taken = [name for name in TAKEN if strategy != "scd2" or name != "_rank"]
    kinds = {"id": "bigint", **{name: "boolean" if name == "_erased" else "text" for name in taken}}
    listed = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    source.execute(f"CREATE TABLE items ({listed})")
    for key in (1, 2, 2):
        values = ", ".join("1" if name == "_erased" else f"'{name} {key}'" for name in taken)
        source.execute(f"INSERT INTO items VALUES ({key}, {values})")
    item = table("items", kinds, key=["id"], loading=loading(strategy, "id"))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    record = made.run()
    assert record.total("rejected") == 0
    wanted = {
        (str(key), *("true" if name == "_erased" else f"{name} {key}" for name in taken)) for key in (1, 2)
    }
    assert (
        set(place.rows("items", ", ".join(f'"{name}"' if place.name[0] != "p" else name for name in kinds)))
        == wanted
    )


def test_of_rows_with_the_same_key_the_newest_stays_where_a_column_is_called_rowid(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    kinds = {"rowid": "bigint", "name": "text", "updated_at": "timestamp"}
    source.execute('CREATE TABLE items ("rowid" INTEGER, name TEXT, updated_at TEXT)')
    source.execute(
        "INSERT INTO items VALUES (7, 'old', '2024-01-01 00:00:00'), (7, 'new', '2024-01-02 00:00:00'),"
        " (8, 'other', '2024-01-01 00:00:00')"
    )
    item = table("items", kinds, key=["rowid"], watermark="updated_at", loading=loading("upsert", "rowid"))
    record = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern)).run()
    assert place.rows("items", "rowid, name") == [("7", "new"), ("8", "other")]
    assert (record.total("extracted"), record.total("loaded"), record.total("filtered")) == (3, 2, 1)
