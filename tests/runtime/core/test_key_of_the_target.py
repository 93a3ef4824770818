"""Rows that have no key at their source, or another one, are told apart by the key they are published by."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table

COLUMNS = {"id": "bigint", "email": "text", "updated_at": "timestamp"}


@pytest.mark.parametrize("strategy", ["upsert", *slowly("merge", "scd1", "scd3")])
@pytest.mark.parametrize("key", [(), ("id",)])
def test_newest_row_of_each_key_of_the_target_stays(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str, key: tuple[str, ...]
) -> None:
    source.execute("CREATE TABLE people (id INTEGER, email TEXT, updated_at TEXT)")
    source.execute(
        "INSERT INTO people VALUES (1, 'ann', '2024-01-01 00:00:00'), (2, 'ann', '2024-01-02 00:00:00'),"
        " (3, 'bob', '2024-01-01 00:00:00')"
    )
    item = table("people", COLUMNS, key=key, watermark="updated_at", loading=loading(strategy, "email"))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    record = made.run()
    assert place.rows("people", "id, email") == [("2", "ann"), ("3", "bob")]
    assert (record.total("extracted"), record.total("loaded")) == (3, 3)
    assert place.rows("state", "rows", schema="_shop") == [("2",)]
    source.execute(
        "INSERT INTO people VALUES (4, 'bob', '2024-01-03 00:00:00'), (5, 'bob', '2024-01-02 00:00:00')"
    )
    made.run()
    assert place.rows("people", "id, email") == [("2", "ann"), ("4", "bob")]
