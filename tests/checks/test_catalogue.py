"""The catalogue describes, names and guards every check, whatever text a user puts into it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checks.catalogue import (
    CHECKS,
    FIELDS,
    check_name,
    check_type,
    describe,
    problems,
    sql,
    unique_names,
)
from generator.checks.patterns import pattern_problem
from generator.design.models import Check
from generator.errors import DesignError

COMPLETE: dict[str, dict[str, object]] = {
    "not_null": {"column": "a"},
    "range": {"column": "n", "min": 0},
    "accepted_values": {"column": "a", "values": ["x"]},
    "regex": {"column": "a", "pattern": "^x"},
    "length": {"column": "a", "max_length": 3},
    "unique": {"columns": ["a", "n"]},
    "referential_integrity": {"column": "a", "reference_table": "other"},
    "freshness": {"column": "t", "max_age_hours": 4},
    "row_count": {"min_rows": 1},
    "null_rate": {"column": "a", "max_percent": 2},
    "schema": {},
    "volume_anomaly": {},
    "reconciliation": {"columns": ["n"]},
    "custom_sql": {"sql": "SELECT 1 WHERE FALSE"},
}
COLUMNS = {"a": "text", "n": "integer", "t": "timestamptz"}
HOSTILE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
) | st.sampled_from(
    ["'; DROP TABLE t; --", 'a"b', "a\n-- examples: x\nb", "FROM\nSELECT", "\\'", "%s {x} $1", "''"]
)


def complete(kind: str, **changes: object) -> Check:
    return Check.model_validate({"check": kind, "table": "orders", **COMPLETE[kind], **changes})


@pytest.mark.parametrize("kind", CHECKS)
def test_every_type_has_a_sentence_a_name_a_form_and_no_problem_when_complete(kind: str) -> None:
    check = complete(kind)
    entry = check_type(kind)
    assert problems(check, COLUMNS, stage="final") == []
    assert "\n" not in describe(check)
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,59}", check_name(check))
    assert set(entry.fields) <= set(FIELDS)
    assert entry.help.endswith(".")


@pytest.mark.parametrize("kind", [kind for kind, entry in CHECKS.items() if entry.required])
def test_an_incomplete_check_says_what_is_missing(kind: str) -> None:
    found = problems(Check(check=kind, table="orders"), COLUMNS)
    assert [problem.field for problem in found] == [group[0] for group in check_type(kind).required]
    assert all(problem.fix for problem in found)


def test_problems_name_the_nearest_type_and_column() -> None:
    assert "did you mean not_null?" in problems(Check(check="notnull", table="t"))[0].fix
    (found,) = problems(Check(check="not_null", table="t", column="nn"), COLUMNS)
    assert (found.field, found.fix) == ("column", "did you mean n?")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"check": "range", "column": "n", "min": 3, "max": 1}, "max"),
        ({"check": "range", "column": "a", "min": 3}, "column"),
        ({"check": "length", "column": "a", "min_length": 3, "max_length": 1}, "max_length"),
        ({"check": "row_count", "min_rows": 3, "max_rows": 1}, "max_rows"),
        ({"check": "freshness", "column": "a", "max_age_hours": 1}, "column"),
        ({"check": "freshness", "column": "t", "max_age_hours": 0}, "max_age_hours"),
        ({"check": "regex", "column": "a", "pattern": "(?=x)"}, "pattern"),
        ({"check": "regex", "column": "a", "pattern": "("}, "pattern"),
        ({"check": "reconciliation", "columns": ["a"]}, "columns"),
        ({"check": "volume_anomaly", "min_history": 0}, "min_history"),
        ({"check": "null_rate", "column": "a", "max_percent": -1}, "max_percent"),
        ({"check": "custom_sql", "sql": "DELETE FROM t"}, "sql"),
        ({"check": "custom_sql", "sql": "SELECT 1; SELECT 2"}, "sql"),
        ({"check": "custom_sql", "sql": "SELEC"}, "sql"),
        ({"check": "referential_integrity", "columns": ["a", "n"], "reference_table": "o",
          "reference_column": "a"}, "reference_columns"),
    ],
)  # fmt: skip
def test_contradictions_are_problems_of_their_field(changes: dict[str, object], field: str) -> None:
    assert [
        problem.field for problem in problems(Check.model_validate({"table": "t", **changes}), COLUMNS)
    ] == [field]


def test_a_check_in_the_wrong_stage_is_a_problem() -> None:
    assert problems(complete("reconciliation"), COLUMNS, stage="post_transform")[0].field == "check"


def test_names_are_stable_and_distinct() -> None:
    twice = [complete("not_null"), complete("not_null"), complete("not_null", name="Mine: ä!")]
    assert unique_names(twice) == ["not_null_orders_a", "not_null_orders_a_2", "mine_a"]
    assert check_name(complete("not_null", column="ä" * 90)) != check_name(
        complete("not_null", column="ö" * 90)
    )


def test_unknown_types_and_dialects_are_named() -> None:
    with pytest.raises(DesignError, match="no quality check 'nope'"):
        check_type("nope")
    with pytest.raises(DesignError, match="cannot be written in 'cobol'"):
        sql(complete("not_null"), "t", "cobol")


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@pytest.mark.parametrize("kind", CHECKS)
def test_every_file_parses_in_its_dialect(kind: str, dialect: str) -> None:
    text = sql(complete(kind), '"s"."orders"', dialect, reference='"s"."other"', columns=COLUMNS, keys=["n"])
    assert all(sqlglot.parse(text, read=dialect))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=60, deadline=None)
@given(value=HOSTILE, column=HOSTILE)
def test_user_text_stays_a_value(database: duckdb.DuckDBPyConnection, value: str, column: str) -> None:
    column = " ".join(column.splitlines()) or "x"
    quoted = '"' + column.replace('"', '""') + '"'
    database.execute(f"CREATE OR REPLACE TABLE t ({quoted} VARCHAR)")
    database.execute("INSERT INTO t VALUES (?), ('other')", [value + "x"])
    check = Check(check="accepted_values", table=value, column=column, values=[value + "x"])
    text = sql(check, "t", "duckdb", keys=[column])
    query, _, examples = text.partition("\n-- examples: up to 10 offending rows, keys only\n")
    expected = 0 if value + "x" == "other" else 1
    assert database.execute(query).fetchall()[0][:2] == (2, expected)
    assert database.execute(examples).fetchall() == [("other",)] * expected


@pytest.mark.parametrize("pattern", [r"^[A-Z]{2}\d+$", r"a|b", r"(?:x)+", r"\\1", r"[^@]+@[^@]+\.[a-z]{2,}"])
def test_portable_patterns_pass(pattern: str) -> None:
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", r"(?i)a", r"(?P<n>a)", r"a++", r"\Aa", "a{999}", "***=a", "\0"]
)
def test_patterns_that_engines_read_differently_are_refused(pattern: str) -> None:
    assert pattern_problem(pattern)


def test_a_query_of_ones_own_is_told_by_its_first_words_on_one_line() -> None:
    query = "SELECT order_id\nFROM orders WHERE " + " AND ".join(
        f"amount_{number} > 0" for number in range(20)
    )
    told = describe(complete("custom_sql", sql=query))
    assert told.startswith(
        "no row is returned by SELECT order_id FROM orders WHERE amount_0 > 0 AND amount_1 > 0 "
    )
    assert told.endswith(" ...")
    assert query.replace("\n", " ").startswith(
        told.removeprefix("no row is returned by ").removesuffix(" ...")
    )
    assert len(told) < 130


def test_equal_bounds_are_one_number() -> None:
    told = describe(complete("length", min_length=3, max_length=3))
    assert told == "a in orders has exactly 3 characters"
