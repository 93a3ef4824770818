"""Queries as their engine takes them: real table names, its dialect, the text otherwise as written."""

from __future__ import annotations

import duckdb
import pytest

from generator.errors import DesignError
from generator.sql.dialect import apply_edits, engine_sql, offset_before, transpile

TABLES = {
    "staging.orders": {"id": "bigint", "amount": "integer"},
    "analytics.daily": {"day": "date", "x": "integer"},
}
PLACES = {"analytics.daily": ("staging", "daily__output")}


def test_comments_and_layout_survive_and_names_become_real() -> None:
    sql = "-- why\nSELECT daily.x,   o.amount -- both\nFROM analytics.daily, orders AS o"
    found = engine_sql(sql, TABLES, PLACES, "duckdb")
    assert not found.translated
    assert found.sql == (
        '-- why\nSELECT daily.x,   o.amount -- both\nFROM "staging"."daily__output" AS "daily", "staging"."orders" AS o'
    )


def test_schema_qualified_columns_still_bind_after_the_table_moved() -> None:
    found = engine_sql("SELECT analytics.daily.x FROM analytics.daily", TABLES, PLACES, "duckdb")
    database = duckdb.connect()
    database.execute('CREATE SCHEMA staging; CREATE TABLE staging."daily__output" AS SELECT 7 AS x')
    assert database.execute(found.sql).fetchall() == [(7,)]


def test_hostile_table_names_are_quoted() -> None:
    tables = {'staging.a"; DROP TABLE x; --': {"id": "bigint"}}
    found = engine_sql('SELECT id FROM staging."a""; DROP TABLE x; --"', tables, {}, "duckdb")
    assert found.sql == 'SELECT id FROM "staging"."a""; DROP TABLE x; --"'


def test_duckdb_sql_is_translated_for_postgresql() -> None:
    found = engine_sql("SELECT id, amount / 2 AS half FROM orders", TABLES, {}, "postgres")
    assert found.translated
    assert "DOUBLE PRECISION" in found.sql


def test_postgresql_only_sql_is_taken_as_it_is_on_postgresql_alone() -> None:
    sql = "SELECT id FROM staging.orders WHERE amount OPERATOR(pg_catalog.=) 1"
    assert engine_sql(sql, TABLES, {}, "postgres").translated is False


def test_transpile_says_where_a_query_is_wrong() -> None:
    with pytest.raises(DesignError, match="line 2, column"):
        transpile("SELECT 1\nFROM (", "duckdb", "postgres")


def test_offsets_map_back_through_edits() -> None:
    text = "ab FROM t WHERE x"
    edits = [(8, 9, '"staging"."t"')]
    after = apply_edits(text, edits)
    assert offset_before(edits, after.index("x")) == text.index("x")
    assert offset_before(edits, after.index("staging")) == 8
    assert offset_before(edits, 1) == 1
