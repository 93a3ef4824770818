"""Type 2 history: whatever order versions arrive in, the history is that of an orderly feed."""

from __future__ import annotations

import random
import sqlite3
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, table

Version = tuple[int, str, int, int]
"""Key, value, version, deleted."""
COLUMNS = {"k": "bigint", "v": "text", "version": "bigint", "deleted": "bigint"}
SHOWN = "k, v, version, valid_from, valid_to, is_current"


def expected(versions: list[Version]) -> list[tuple[str | None, ...]]:
    """Compute the history of an orderly feed, independently of the pipeline."""
    rows = []
    for key, group in groupby(sorted(set(versions)), key=lambda version: version[0]):
        ordered = sorted({version[2]: version for version in group}.values(), key=lambda version: version[2])
        for this, following in zip(ordered, [*ordered[1:], None], strict=True):
            if not this[3]:
                until = None if following is None else str(following[2])
                rows.append(
                    (
                        str(key),
                        this[1],
                        str(this[2]),
                        str(this[2]),
                        until,
                        "true" if until is None else "false",
                    )
                )
    return sorted(rows, key=str)


@pytest.mark.slow
def test_shuffled_repeated_late_and_deleted_versions_give_the_orderly_history(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    chance = random.Random(7)
    versions: list[Version] = [
        (key, chance.choice("abc"), number * 10 + key, int(chance.random() < 0.2))
        for key in range(12)
        for number in range(8)
    ]
    versions = [(k, "gone" if d else v, n, d) for k, v, n, d in versions]
    feed = versions + chance.sample(versions, 30)
    chance.shuffle(feed)
    source.execute("CREATE TABLE feed (k INTEGER, v TEXT, version INTEGER, deleted INTEGER)")
    how = loading("scd2", "k", version_column="version", deleted_column="deleted")
    item = table("feed", COLUMNS, watermark="version", lookback=0, loading=how)
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    # A feed of batches: what counts is what each run finds, so each batch is all the source holds.
    seen: list[Version] = []
    for start in range(0, len(feed), 40):
        batch = feed[start : start + 40]
        seen += batch
        source.execute("DELETE FROM feed")
        source.executemany("INSERT INTO feed VALUES (?, ?, ?, ?)", batch)
        made.pipeline().backfill("0", "1000") if start else made.run()
        assert place.rows("feed", SHOWN) == expected(seen)
    current = [row for row in place.rows("feed", "k, is_current") if row[1] == "true"]
    assert len(current) == len({row[0] for row in current})


@pytest.mark.slow
def test_history_of_a_full_extract_without_versions(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    source.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, region TEXT)")
    item = table("customers", {"id": "bigint", "region": "text"}, key=["id"], loading=loading("scd2", "id"))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))

    def states() -> list[tuple[str | None, ...]]:
        made.run()
        return place.rows("customers", "id, region, is_current")

    source.execute("INSERT INTO customers VALUES (1, 'north'), (2, 'south')")
    assert states() == [("1", "north", "true"), ("2", "south", "true")]
    assert states() == [("1", "north", "true"), ("2", "south", "true")]
    source.execute("UPDATE customers SET region = 'west' WHERE id = 1")
    source.execute("DELETE FROM customers WHERE id = 2")
    once = [("1", "north", "false"), ("1", "west", "true"), ("2", "south", "false")]
    assert states() == once
    assert states() == once
    source.execute("INSERT INTO customers VALUES (2, 'south')")
    assert states() == [*once, ("2", "south", "true")]
    spans = place.rows("customers", "id, valid_from, valid_to, is_current")
    for _, group in groupby(spans, key=lambda row: row[0]):
        ordered = sorted(group, key=lambda row: str(row[1]))
        for this, following in pairwise(ordered):
            assert this[2] is not None
            assert str(this[2]) <= str(following[1])


@pytest.mark.slow
def test_a_row_that_vanishes_and_returns_with_its_old_version_is_current_again(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    source.execute("CREATE TABLE feed (k INTEGER, v TEXT, version INTEGER, deleted INTEGER)")
    item = table(
        "feed", COLUMNS, key=["k"], watermark="version", extract="full", loading=loading("scd2", "k")
    )
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))

    def current(*rows: Version) -> list[tuple[str | None, ...]]:
        source.execute("DELETE FROM feed")
        source.executemany("INSERT INTO feed VALUES (?, ?, ?, ?)", rows)
        made.run()
        return [row[:2] for row in place.rows("feed", "k, v, is_current") if row[2] == "true"]

    assert current((1, "a", 1, 0), (2, "b", 9, 0)) == [("1", "a"), ("2", "b")]
    assert current((1, "a", 1, 0)) == [("1", "a")]
    assert current((1, "a", 1, 0), (2, "b", 9, 0)) == [("1", "a"), ("2", "b")]
    assert current((1, "a", 1, 0)) == [("1", "a")]
    assert current((1, "a2", 20, 0), (2, "b2", 21, 0)) == [("1", "a2"), ("2", "b2")]


@pytest.mark.slow
@pytest.mark.parametrize("watermark", ["version", None])
def test_rows_with_documents_have_a_history_too(
    watermark: str | None, tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    """PostgreSQL knows no equality of json values; a document that stays the same is no new version all the same."""
    source.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, wishes TEXT, version INTEGER)")
    kinds = {"id": "bigint", "wishes": "json", "version": "bigint"}
    item = table("people", kinds, key=["id"], watermark=watermark, loading=loading("scd2", "id"))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    source.execute("""INSERT INTO people VALUES (1, '{"a": 1}', 1), (2, NULL, 1)""")
    made.run()
    source.execute("""UPDATE people SET wishes = '{"a": 2}', version = 2 WHERE id = 1""")
    made.run()
    made.run()
    assert place.rows("people", "id, wishes, is_current") == [
        ("1", '{"a": 1}', "false"), ("1", '{"a": 2}', "true"), ("2", None, "true"),
    ]  # fmt: skip
