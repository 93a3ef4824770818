"""Watermarks that are text: in the order of their characters, whatever they look like and however the source sorts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.runtime.core.places import Place, duckdb_place
from tests.runtime.core.project import Project, config, loading, table
from tests.servers.postgres import PostgresDatabase

COLUMNS = {"id": "bigint", "version": "text"}


def project(tmp_path: Path, place: Place, **more: object) -> Project:
    item = table("items", COLUMNS, key=["id"], watermark="version", loading=loading("upsert", "id"))
    made = config(item, destination=place.destination, pattern=place.pattern)
    made["sources"][0] |= more
    return Project(tmp_path, made)


@pytest.mark.parametrize(
    ("first", "second"), [("000123", "000200"), ("0009", "00010"), ("1.10", "1.2"), ("-1", "-10")]
)
def test_text_that_looks_like_a_number_is_compared_as_text(
    tmp_path: Path, source: sqlite3.Connection, first: str, second: str
) -> None:
    source.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, version TEXT)")
    made = project(tmp_path, place := duckdb_place(tmp_path, "batch_elt"))
    low, high = sorted((first, second))
    source.execute("INSERT INTO items VALUES (1, ?)", (low,))
    made.run()
    source.execute("INSERT INTO items VALUES (2, ?)", (high,))
    made.run()
    assert place.rows("items", "id, version") == [("1", low), ("2", high)]


@pytest.mark.slow
def test_watermarks_of_a_column_that_sorts_by_a_language_are_not_missed(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """By the characters' numbers Z comes before a; by a language's rules after it."""
    postgres_database.execute(
        'CREATE TABLE items (id bigint PRIMARY KEY, version text COLLATE "unicode")',
        "INSERT INTO items VALUES (1, 'Z1')",
    )
    place = duckdb_place(tmp_path, "batch_elt")
    made = project(tmp_path, place, type="postgres", connection=postgres_database.connection)
    made.run()
    postgres_database.execute("INSERT INTO items VALUES (2, 'a1')")
    made.run()
    assert place.rows("items", "id, version") == [("1", "Z1"), ("2", "a1")]
