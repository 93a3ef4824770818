"""Tables published under their own names: the destination equals the source, whatever happens in between."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table

COLUMNS = {"id": "bigint", "amount": "decimal(12,2)", "note": "text", "updated_at": "timestamp"}
LISTED = "id, amount, note, updated_at"


def orders(source: sqlite3.Connection, *rows: tuple[Any, ...]) -> None:
    """Create the table on first use, then insert or replace rows."""
    source.execute(
        "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, amount NUMERIC, note TEXT, updated_at TEXT)"
    )
    source.executemany("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)", rows)


def truth(source: sqlite3.Connection) -> list[tuple[str | None, ...]]:
    """Return the source's rows as the destination should show them."""
    query = "SELECT CAST(id AS TEXT), printf('%.2f', amount), note, replace(updated_at, 'T', ' ') FROM orders"
    return sorted(source.execute(query).fetchall(), key=str)


def project(tmp_path: Path, place: Place, how: dict[str, Any], **more: Any) -> Project:
    """Return a project that replicates ``orders`` to a place."""
    more.setdefault("watermark", "updated_at")
    item = table("orders", COLUMNS, key=["id"], loading=how, **more)
    return Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))


@pytest.mark.parametrize("strategy", ["upsert", *slowly("scd1", "overwrite", "merge", "append")])
def test_destination_equals_source_after_full_rerun_and_increment(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    orders(
        source,
        *(
            (i, i * 1.25, None if i % 7 == 0 else f"n{i} é😀", f"2024-01-01T00:{i // 60:02d}:{i % 60:02d}")
            for i in range(300)
        ),
    )
    made = project(tmp_path, place, loading(strategy, "id"))
    assert made.run().total("loaded") == 300
    assert place.rows("orders", LISTED) == truth(source)
    again = made.run()
    assert place.rows("orders", LISTED) == truth(source)
    assert again.total("extracted") == (300 if strategy == "overwrite" else 1)
    orders(source, (1000, 7, "new", "2024-01-02 00:00:00"))
    if strategy != "append":
        orders(source, (5, 99.5, "changed", "2024-01-02 00:00:00"))
    made.run()
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_tied_watermarks_are_neither_lost_nor_doubled(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("append"))
    orders(source, *((i, 1, "same", "2024-01-01 00:00:00") for i in range(10)))
    made.run()
    orders(source, *((i, 1, "same", "2024-01-01 00:00:00") for i in range(10, 25)))
    made.run()
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


def test_rows_without_a_watermark_arrive_and_are_counted(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"), (2, 2, "b", None))
    assert made.run().tables[0].null_watermarks == 1
    orders(source, (3, 3, "c", None), (2, 4, "b2", None))
    assert made.run().tables[0].null_watermarks == 2
    assert place.rows("orders", LISTED) == truth(source)


def test_a_late_commit_arrives_within_the_lookback(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"), lookback=10)
    orders(source, (1, 1, "a", "2024-01-01 01:00:00"))
    made.run()
    orders(source, (2, 2, "late", "2024-01-01 00:51:00"), (3, 3, "too late", "2024-01-01 00:49:00"))
    made.run()
    assert [row[0] for row in place.rows("orders", LISTED)] == ["1", "2"]


def test_an_older_version_never_overwrites_a_newer_one(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id", version_column="updated_at"), lookback=60)
    orders(source, (1, 2, "new", "2024-01-01 01:00:00"))
    made.run()
    orders(source, (1, 1, "old", "2024-01-01 00:30:00"))
    made.run()
    assert place.rows("orders", "id, note") == [("1", "new")]


@pytest.mark.slow
def test_watermark_never_moves_back_and_ignores_a_clock_far_ahead(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"), (2, 2, "b", "2999-01-01 00:00:00"))
    first = made.run()
    assert first.tables[0].watermark_to == "2024-01-01 00:00:00"
    source.execute("DELETE FROM orders WHERE id = 1")
    assert made.run().tables[0].watermark_to == "2024-01-01 00:00:00"
    orders(source, (3, 3, "c", "2024-01-02 00:00:00"))
    made.run()
    assert [row[0] for row in place.rows("orders", LISTED)] == ["1", "2", "3"]


def test_merge_deletes_what_is_gone_from_a_full_extract(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("merge", "id"), extract="full")
    orders(source, *((i, i, "x", "2024-01-01 00:00:00") for i in range(50)))
    made.run()
    source.execute("DELETE FROM orders WHERE id % 2 = 0")
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_flagged_rows_are_deleted_and_stay_deleted(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    columns = {"id": "bigint", "gone": "bigint", "v": "bigint"}
    source.execute("CREATE TABLE events (id INTEGER, gone INTEGER, v INTEGER)")
    item = table(
        "events",
        columns,
        key=["id"],
        loading=loading("merge", "id", version_column="v", deleted_column="gone"),
    )
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))

    def feed(*rows: tuple[int, int, int]) -> list[tuple[str | None, ...]]:
        source.execute("DELETE FROM events")
        source.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
        made.run()
        return place.rows("events", "id, v")

    assert feed((1, 0, 1), (2, 0, 1)) == [("1", "1"), ("2", "1")]
    assert feed((1, 1, 5), (2, 0, 2)) == [("2", "2")]
    assert feed((1, 0, 3), (2, 0, 2)) == [("2", "2")]
    assert feed((1, 0, 6), (2, 0, 2)) == [("1", "6"), ("2", "2")]


@pytest.mark.slow
def test_scd3_keeps_the_previous_value(tmp_path: Path, source: sqlite3.Connection, place: Place) -> None:
    made = project(tmp_path, place, loading("scd3", "id", tracked_columns=["note"]))
    orders(source, (1, 1, "first", "2024-01-01 00:00:00"))
    made.run()
    orders(source, (1, 1, "second", "2024-01-02 00:00:00"))
    made.run()
    made.run()
    assert place.rows("orders", "id, note, previous_note") == [("1", "second", "first")]
    orders(source, (1, 5, "second", "2024-01-03 00:00:00"))
    made.run()
    assert place.rows("orders", "id, note, previous_note") == [("1", "second", "first")]


def test_null_keys_are_one_key(tmp_path: Path, source: sqlite3.Connection, place: Place) -> None:
    source.execute("CREATE TABLE pairs (a TEXT, b TEXT, v INTEGER)")
    source.executemany("INSERT INTO pairs VALUES (?, ?, ?)", [("x", None, 1), (None, None, 2), ("x", "y", 3)])
    item = table(
        "pairs",
        {"a": "text", "b": "text", "v": "bigint"},
        key=["a", "b"],
        loading=loading("upsert", "a", "b"),
    )
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    made.run()
    source.execute("UPDATE pairs SET v = v + 10")
    made.run()
    assert place.rows("pairs", "a, b, v") == sorted(
        [("x", None, "11"), (None, None, "12"), ("x", "y", "13")], key=str
    )


def test_hostile_names_and_values_arrive_unchanged(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    name, column = 'or"der; DROP TABLE x; --', "select ' \" é"
    quoted = '"' + column.replace('"', '""') + '"'
    relation = '"' + name.replace('"', '""') + '"'
    source.execute(f'CREATE TABLE {relation} ("group" INTEGER PRIMARY KEY, {quoted} TEXT)')
    values = [(1, "'; DROP TABLE x; --"), (2, 'a"b\\c\n\t'), (3, ""), (4, None), (5, "{{ x }} ${HOME} $$")]
    source.executemany(f"INSERT INTO {relation} VALUES (?, ?)", values)
    item = table(name, {"group": "bigint", column: "text"}, key=["group"], loading=loading("upsert", "group"))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    made.run()
    made.run()
    found = (
        place.read(f'"analytics".{relation}', "*") if place.name.startswith(("duckdb", "postgres")) else None
    )
    if found is not None:
        assert sorted(found) == [(str(key), value) for key, value in values]
