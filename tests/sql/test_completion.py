"""Completions: what fits where the cursor is, fast with thousands of tables."""

from __future__ import annotations

import pytest

from generator.sql.completion import completions

TABLES = {
    "staging.orders": {"order_id": "bigint", "amount": "decimal(10,2)", "Order Date": "date"},
    "staging.customers": {"customer_id": "bigint", "region": "text"},
    "analytics.daily": {"day": "date"},
}


def texts(sql: str, tables: dict[str, dict[str, str]] | None = None) -> list[str]:
    """Complete at the mark |."""
    cursor = sql.index("|")
    return [item.text for item in completions(sql.replace("|", ""), cursor, tables or TABLES)]


def test_tables_after_from_and_join() -> None:
    assert texts("SELECT * FROM |") == ["staging.orders", "staging.customers", "analytics.daily"]
    assert texts("SELECT * FROM staging.orders o JOIN cus|") == ["staging.customers"]
    assert texts("SELECT * FROM staging.orders, dai|") == ["analytics.daily"]


def test_tables_after_a_schema() -> None:
    assert texts("SELECT * FROM staging.|") == ["orders", "customers"]


def test_columns_after_an_alias_or_a_table_also_when_from_stands_behind() -> None:
    assert texts("SELECT o.| FROM staging.orders o") == ["order_id", "amount", '"Order Date"']
    assert texts("SELECT o.am| FROM staging.orders AS o") == ["amount"]
    assert texts("SELECT orders.am| FROM orders") == ["amount"]


def test_columns_of_a_with_query() -> None:
    assert texts("WITH t AS (SELECT amount AS a, 1 AS b FROM orders) SELECT t.| FROM t") == ["a", "b"]


def test_columns_in_reach_come_before_keywords_and_functions() -> None:
    found = texts("SELECT reg| FROM customers")
    assert found[0] == "region"
    assert "regexp_matches(" in found


@pytest.mark.parametrize("sql", ["SELECT 'o|", "SELECT 1 -- com|", "SELECT /* in|"])
def test_nothing_inside_text_and_comments(sql: str) -> None:
    assert texts(sql) == []


def test_the_replaced_part_begins_where_the_word_begins() -> None:
    (found, *_) = completions("SELECT o.am FROM orders o", 11, TABLES)
    assert ("SELECT o.am"[: found.start] + found.text) == "SELECT o.amount"
