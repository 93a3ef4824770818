"""A source table that changes its shape, against a running pipeline."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from templates.src.utils.retry import SourceChangedError
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table

COLUMNS = {"id": "bigint", "qty": "integer", "updated_at": "timestamp"}


def project(tmp_path: Path, place: Place, strategy: str = "upsert", **more: Any) -> Project:
    item = table(
        "items", COLUMNS, key=["id"], watermark="updated_at", loading=loading(strategy, "id"), **more
    )
    item["schema"][1]["source_type"] = "INTEGER"
    return Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))


def start(source: sqlite3.Connection) -> None:
    source.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, qty INTEGER, updated_at TEXT)")
    source.execute("INSERT INTO items VALUES (1, 10, '2024-01-01 00:00:00')")


@pytest.mark.parametrize("strategy", ["upsert", *slowly("append", "scd2", "merge", "overwrite")])
def test_a_new_column_is_taken_along(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    start(source)
    made = project(tmp_path, place, strategy)
    made.run()
    source.execute("ALTER TABLE items ADD COLUMN colour TEXT")
    source.execute("INSERT INTO items VALUES (2, 20, '2024-01-02 00:00:00', 'red')")
    made.run()
    assert place.rows("items", "id, qty, colour") == [("1", "10", None), ("2", "20", "red")]
    made.run()
    assert len(place.rows("items", "id, qty, colour")) == 2


def test_a_frozen_table_leaves_new_columns_out(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    start(source)
    made = project(tmp_path, place, contract={"new_column": "freeze"})
    source.execute("ALTER TABLE items ADD COLUMN colour TEXT")
    made.run()
    assert place.rows("items") == [("1", "10", "2024-01-01 00:00:00")]


def test_a_dropped_column_stays_and_new_rows_have_no_value(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    start(source)
    made = project(tmp_path, place)
    made.run()
    source.execute("ALTER TABLE items DROP COLUMN qty")
    source.execute("INSERT INTO items VALUES (2, '2024-01-02 00:00:00')")
    made.run()
    assert ("2", None) in place.rows("items", "id, qty")


def test_a_lost_key_stops_the_run(tmp_path: Path, source: sqlite3.Connection, place: Place) -> None:
    start(source)
    made = project(tmp_path, place)
    made.run()
    source.execute("DROP TABLE items")
    source.execute("CREATE TABLE items (other INTEGER, qty INTEGER, updated_at TEXT)")
    with pytest.raises(SourceChangedError, match="key column id"):
        made.run()
    source.execute("DROP TABLE items")
    with pytest.raises(SourceChangedError, match="gone"):
        made.run()


def test_text_in_a_number_is_a_dead_letter_with_its_value(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    start(source)
    made = project(tmp_path, place)
    made.run()
    source.execute(
        "INSERT INTO items VALUES (2, 'many', '2024-01-02 00:00:00'), (3, 1.5, '2024-01-02 00:00:00')"
    )
    source.execute(
        "INSERT INTO items VALUES (4, 40, '2024-01-02 00:00:00'), (5, 99999999999, '2024-01-02 00:00:00')"
    )
    record = made.run()
    assert (record.total("loaded"), record.total("rejected")) == (2, 3)
    shown = place.rows("dead_letters", "column_name, offending_value", schema="_shop")
    assert shown == [("qty", "1.5"), ("qty", "99999999999"), ("qty", "many")]
    assert place.rows("items", "id, qty") == [("1", "10"), ("4", "40")]


def test_columns_that_were_not_chosen_stay_out(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    start(source)
    made = project(tmp_path, place, chosen=["id", "updated_at"])
    made.run()
    assert place.rows("items") == [("1", "2024-01-01 00:00:00")]


def test_personal_data_is_dropped_masked_and_tokenised_before_anything_is_written(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    source.execute(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, phone TEXT, card TEXT, age, updated_at TEXT)"
    )
    source.execute(
        "INSERT INTO people VALUES (1, 'ada@x.example', '555-0100', '4111-1111-1111-1111', 30, '2024-01-01')"
    )
    source.execute(
        "INSERT INTO people VALUES (2, 'bob@x.example', '555-0101', '4112-1111-1111-1111', 'old', '2024-01-01')"
    )
    columns = {
        "id": "bigint",
        "email": "text",
        "phone": "text",
        "card": "text",
        "age": "integer",
        "updated_at": "date",
    }
    pii = {"email": "tokenize", "phone": "mask", "card": "drop"}
    item = table(
        "people", columns, key=["id"], watermark="updated_at", loading=loading("upsert", "id"), pii=pii
    )
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    (tmp_path / ".env").write_text("PII_TOKEN_KEY=0123456789abcdef0123\n")
    made.environment = {"PII_TOKEN_KEY": "0123456789abcdef0123"}
    made.run()
    ((key, email, phone, age),) = place.rows("people", "id, email, phone, age")
    assert (key, phone, age) == ("1", "***", "30")
    assert email is not None
    assert len(email) == 64
    staging = tmp_path / "sql/staging/people_staging.sql"
    staging.write_text(
        staging.read_text().replace(
            'TRY_CAST("age" AS INTEGER)', "CASE age WHEN 'old' THEN 99 ELSE TRY_CAST(age AS INTEGER) END"
        )
    )
    made.pipeline().replay()
    rows = place.rows("people", "id, email, phone, age")
    assert rows[1][0] == "2"
    assert rows[1][2:] == ("***", "99")
    assert rows[1][1] != email
    assert len(rows[1][1] or "") == 64
    for planted in (b"ada@x", b"bob@x", b"555-01", b"4111-11", b"4112-11"):
        for file in tmp_path.rglob("*"):
            if file.is_file() and file.name != "source.db":
                assert planted not in file.read_bytes(), file
