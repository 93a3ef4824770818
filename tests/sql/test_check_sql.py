"""Checking queries: every fault at its line and column, nothing refused that the engine accepts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sql.parse import check_sql, referenced_tables
from generator.sql.query import parse_query

TABLES = {
    "staging.orders": {
        "order_id": "bigint",
        "customer_id": "bigint",
        "status": "text",
        "amount": "decimal(10,2)",
    },
    "staging.customers": {"customer_id": "bigint", "region": "text", "Odd Name": "text"},
    "staging.unprobed": {},
    "analytics.daily": {"day": "date", "revenue": "decimal(18,2)"},
}


@pytest.mark.parametrize(
    ("sql", "line", "column", "part"),
    [
        ("", 1, 1, "empty"),
        ("-- nothing", 1, 1, "empty"),
        ("SELECT 1; SELECT 2", 1, 9, "more than one statement"),
        ("INSERT INTO x SELECT 1", 1, 1, "INSERT is no query"),
        ("DROP TABLE staging.orders", 1, 1, "DROP is no query"),
        ("COPY staging.orders TO 'x'", 1, 1, "COPY is no query"),
        ("SELECT 1 INTO x", 1, 1, "SELECT INTO"),
        ("SELECT 'abc", 1, 8, "never closed"),
        ("SELECT amount,\n  'it''s", 2, 3, "never closed"),
        ("SELECT 1 /* x", 1, 10, "comment is never closed"),
        ("SELECT sum(amount FROM staging.orders", 1, 19, "expected )"),
        ("SELECT amount,, status FROM staging.orders", 1, 15, "syntax error"),
        ("SELECT amount FROM staging.ordrs", 1, 28, "did you mean staging.orders?"),
        ("SELECT amnt FROM staging.orders", 1, 8, "did you mean amount?"),
        ("SELECT o.amnt\nFROM staging.orders o", 1, 10, "did you mean amount?"),
        ("SELECT\n  'ü', x.amount\nFROM staging.orders o", 2, 8, "no table or alias x"),
        ("SELECT customer_id FROM orders o JOIN customers c ON true", 1, 8, "in o and in c"),
        ("WITH a AS (SELECT order_id FROM orders) SELECT amount FROM a", 1, 48, "no column amount in a"),
        ("SELECT amount FROM orders UNION ALL SELECT wrong FROM orders", 1, 44, "no column wrong"),
        ("SELECT a.* FROM (SELECT order_id FROM orders) a WHERE a.amount > 1", 1, 57, "no column amount"),
        (
            "SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.x = c.region)",
            1,
            72,
            "no column x",
        ),
        ("SELECT * FROM read_csv('/etc/passwd')", 1, 15, "outside the pipeline"),
        ("SELECT * FROM '/etc/passwd'", 1, 15, "no table /etc/passwd"),
        ("SELECT 'é', status + 1 FROM orders", 1, 20, "No function matches"),
        ("SELECT foo(status) FROM orders", 1, 8, "foo does not exist"),
        ("SELECT\n count(*), status FROM orders", 2, 12, "GROUP BY"),
    ],
)
def test_every_fault_is_named_at_its_place(sql: str, line: int, column: int, part: str) -> None:
    (problem,) = [found for found in check_sql(sql, TABLES) if found.severity == "error"]
    assert part in problem.message
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize(
    "sql",
    [
        "FROM staging.orders",
        "SELECT * FROM orders;",
        "SELECT ORDER_ID FROM STAGING.ORDERS",
        "SELECT staging.orders.amount FROM staging.orders",
        "SELECT sum(amount) AS s, s * 2 AS t FROM orders GROUP BY ALL HAVING s > 3 ORDER BY t",
        "SELECT customer_id FROM orders JOIN customers USING (customer_id)",
        "SELECT (SELECT max(o.amount) FROM orders o WHERE o.customer_id = c.customer_id) FROM customers c",
        "SELECT * EXCLUDE (amount) FROM orders",
        'SELECT "Odd Name" FROM customers',
        "SELECT u FROM orders, unnest([1, 2]) t(u)",
        "SELECT list_transform([1, 2], lambda x: x + order_id) FROM orders",
        "SELECT i FROM range(5) r(i)",
        "SELECT whatever FROM staging.unprobed",
        "SELECT day FROM daily",
        "SELECT x.amount FROM (SELECT * FROM orders) x",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
        "SELECT row_number() OVER (PARTITION BY status ORDER BY amount) AS r FROM orders QUALIFY r = 1",
        "SELECT a.status FROM orders a JOIN LATERAL (SELECT a.amount AS b) l ON l.b > 0",
        "VALUES (1, 2)",
        "(SELECT amount FROM orders)",
    ],
)
def test_nothing_the_engine_accepts_is_refused(sql: str) -> None:
    assert check_sql(sql, TABLES) == []


@pytest.mark.parametrize(
    "call", ["now()", "random()", "current_date", "current_timestamp", "uuid()", "today()"]
)
def test_answers_that_change_by_themselves_are_warned_of(call: str) -> None:
    (problem,) = check_sql(f"SELECT {call} AS x FROM orders", TABLES)
    assert problem.severity == "warning"
    assert "every run" in problem.message


@pytest.mark.parametrize(
    ("sql", "line", "column", "said"),
    [
        ("SELECT amount\nFROM orders\nWHERE", 3, 1, "WHERE needs a condition after it"),
        ("SELECT amount FROM orders WHERE amount =", 1, 40, "= needs a value after it"),
        ("SELECT amount\nFROM", 2, 1, "FROM needs a table after it"),
        ("SELECT amount FROM orders ORDER BY", 1, 27, "ORDER BY needs a column after it"),
        ("SELECT amount FROM orders ORDER amount", 1, 27, "ORDER needs BY after it"),
        ("SELECT amount FROM orders LEFT customers", 1, 27, "LEFT needs JOIN after it"),
        ("SELECT amount FORM orders", 1, 15, "unexpected FORM: did you mean FROM?"),
        ("SELECT amount\nFROM orders WHRE amount = 1", 2, 13, "unexpected WHRE: did you mean WHERE?"),
        ("SELECT amount AS FROM orders", 1, 15, "AS needs a name after it"),
        ("SELECT CAST(amount) FROM orders", 1, 19, "CAST needs a type"),
        ("SELECT amount::  FROM orders", 1, 14, ":: needs a type after it"),
        ("SELECT CASE WHEN amount > 1 THEN 1 FROM orders", 1, 8, "this CASE has no END"),
        ("SELECT amount b c FROM orders", 1, 17, "unexpected c after b: a comma or a keyword is missing"),
        ("WITH x AS (SELECT amount FROM orders)", 1, 37, "WITH needs a query after it"),
        ("SELECT amount FROM orders WHERE (amount = 1", 1, 43, "a ( is never closed"),
        ("SELECT amount FROM orders WHERE amount BETWEEN 1", 1, 48, "BETWEEN low AND high"),
    ],
)
def test_a_syntax_error_is_one_sentence_for_people(sql: str, line: int, column: int, said: str) -> None:
    (problem,) = check_sql(sql, TABLES)
    assert problem.message.startswith("syntax error: ")
    assert said in problem.message
    assert (problem.line, problem.column) == (line, column)


@given(st.text("SELECT FROMWHERE()[]{},.'\"=<>+-*/:;\n abcxyz019é", max_size=60))
def test_no_syntax_error_speaks_of_the_parser(text: str) -> None:
    for problem in check_sql(f"SELECT amount FROM orders {text}", TABLES):
        assert not re.search(r"class|sqlglot|Token|keyword: '|None", problem.message.replace(text, "")), (
            problem
        )
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.length >= 1


def test_a_bare_name_in_two_schemas_must_be_written_in_full() -> None:
    tables = {"staging.daily": {"x": "text"}, "analytics.daily": {"x": "text"}}
    (problem,) = check_sql("SELECT x FROM daily", tables)
    assert "staging.daily or analytics.daily" in problem.message


def test_postgresql_only_queries_are_right_on_postgresql_alone() -> None:
    sql = "SELECT to_char(amount, '999D99') AS x FROM staging.orders"
    assert check_sql(sql, TABLES, "postgres") == []
    assert check_sql(sql, TABLES, "duckdb") != []
    (problem,) = check_sql("SELECT amnt FROM staging.orders", TABLES, "postgres")
    assert "did you mean amount?" in problem.message


def test_referenced_tables_are_full_names_in_the_order_of_the_text() -> None:
    sql = (
        "WITH o AS (SELECT * FROM orders) SELECT * FROM o JOIN staging.customers USING (customer_id), nowhere"
    )
    assert referenced_tables(sql, TABLES) == ["staging.orders", "staging.customers", "nowhere"]


def test_parses_are_shared() -> None:
    assert parse_query("SELECT 1") is parse_query("SELECT 1")
