"""Every check type finds exactly what plain Python finds, on passing, failing, empty and NULL data."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import psycopg
import pytest

from generator.checks.catalogue import CHECKS, problems, sql
from generator.design.models import Check
from tests.checks.engines import RELATION, TYPES, Bench, Row, outcome

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
DATA: dict[str, list[Row]] = {
    "good": [(n, n * 1.5, f"A{n % 10}", NOW - n * HOUR, max(1, n - 1)) for n in range(1, 31)],
    "bad": [
        (1, -1.0, "A1", NOW - 80 * HOUR, 1),
        (1, 1000.0, "a1", NOW - 90 * HOUR, 99),
        (2, float("nan"), "", NOW - 99 * HOUR, 1),
        (2, 3.0, "A1\nB2", NOW - 70 * HOUR, 98),
        (2, 3.0, "'; DROP TABLE x; --", NOW - 70 * HOUR, 2),
    ],
    "empty": [],
    "null": [
        (None, None, None, None, None),
        (1, None, "A1", None, 1),
        (1, None, "A1", None, 1),
        (None, 5.0, None, None, None),
        (None, 5.0, None, None, None),
    ],
    "all null": [(None, None, None, None, None)] * 3,
    "future": [(1, 1.0, "A1", NOW + timedelta(days=400), 1), (2, 1.0, "A2", NOW - 60 * HOUR, 1)],
}
Truth = Callable[[Sequence[Row]], tuple[int, int]]


def at(name: str) -> int:
    return list(TYPES).index(name)


def each(column: str, bad: Callable[[Any], bool], *, null_is_bad: bool = False) -> Truth:
    """Count rows whose value is bad."""

    def count(rows: Sequence[Row]) -> tuple[int, int]:
        values = [row[at(column)] for row in rows]
        return len(rows), sum(null_is_bad if value is None else bad(value) for value in values)

    return count


def unique(columns: Sequence[str], *, allow_null: bool = True) -> Truth:
    def count(rows: Sequence[Row]) -> tuple[int, int]:
        keys = [tuple(row[at(name)] for name in columns) for row in rows]
        keys = [key for key in keys if not allow_null or any(value is not None for value in key)]
        return len(keys), sum(number - 1 for number in Counter(keys).values())

    return count


def orphans(*, allow_null: bool = True) -> Truth:
    def count(rows: Sequence[Row]) -> tuple[int, int]:
        known = {row[at("id")] for row in rows} - {None}
        parents = [row[at("parent")] for row in rows]
        return len(rows), sum(not allow_null if one is None else one not in known for one in parents)

    return count


def stale(hours: float, *, allow_null: bool = True) -> Truth:
    def count(rows: Sequence[Row]) -> tuple[int, int]:
        times = [row[at("at")] for row in rows]
        judged = [time for time in times if time is not None and time < NOW + timedelta(days=1)]
        bad = bool(rows) and (not judged or NOW - max(judged) > hours * HOUR)
        return len(rows), int(bad) + (0 if allow_null else times.count(None))

    return count


def sized(low: int, high: int) -> Truth:
    return lambda rows: (len(rows), int(not low <= len(rows) <= high))


def null_rate(column: str, percent: float) -> Truth:
    def count(rows: Sequence[Row]) -> tuple[int, int]:
        nulls = sum(row[at(column)] is None for row in rows)
        return len(rows), nulls if rows and nulls / len(rows) * 100 > percent else 0

    return count


def outside(low: float, high: float) -> Callable[[float], bool]:
    return lambda value: math.isnan(value) or not low <= value <= high


CASES: list[tuple[dict[str, Any], Truth]] = [
    ({"check": "not_null", "column": "v"}, each("v", lambda value: False, null_is_bad=True)),
    (
        {"check": "not_null", "columns": ["v", "s"]},
        lambda rows: (len(rows), sum(row[at("v")] is None or row[at("s")] is None for row in rows)),
    ),
    ({"check": "range", "column": "v", "min": 0, "max": 100}, each("v", outside(0, 100))),
    ({"check": "range", "column": "v", "min": 0}, each("v", outside(0, math.inf))),
    ({"check": "range", "column": "v", "max": 2.5}, each("v", outside(-math.inf, 2.5))),
    (
        {"check": "range", "column": "v", "min": 0, "allow_null": False},
        each("v", outside(0, math.inf), null_is_bad=True),
    ),
    (
        {"check": "accepted_values", "column": "s", "values": ["A1", "'; DROP TABLE x; --", "A1\nB2"]},
        each("s", lambda value: value not in {"A1", "'; DROP TABLE x; --", "A1\nB2"}),
    ),
    (
        {"check": "accepted_values", "column": "id", "values": [1, 2, 3], "allow_null": False},
        each("id", lambda value: value not in {1, 2, 3}, null_is_bad=True),
    ),
    (
        {"check": "accepted_values", "column": "id", "values": [1, "2", None], "allow_null": False},
        each("id", lambda value: value not in {1, 2}),
    ),
    (
        {"check": "regex", "column": "s", "pattern": "^A[0-9]$"},
        each("s", lambda value: not re.search(r"\AA[0-9]\Z", value)),
    ),
    (
        {"check": "regex", "column": "s", "pattern": "A.B|'", "allow_null": False},
        each("s", lambda value: not re.search("A.B|'", value, re.DOTALL), null_is_bad=True),
    ),
    (
        {"check": "length", "column": "s", "min_length": 1, "max_length": 4},
        each("s", lambda value: not 1 <= len(value) <= 4),
    ),
    ({"check": "unique", "column": "id"}, unique(["id"])),
    ({"check": "unique", "columns": ["id", "s"]}, unique(["id", "s"])),
    ({"check": "unique", "columns": ["id", "s"], "allow_null": False}, unique(["id", "s"], allow_null=False)),
    (
        {"check": "referential_integrity", "column": "parent", "reference_table": "x", "reference_column": "id"},
        orphans(),
    ),
    (
        {"check": "referential_integrity", "column": "parent", "reference_table": "x", "reference_column": "id",
         "allow_null": False},
        orphans(allow_null=False),
    ),
    ({"check": "freshness", "column": "at", "max_age_hours": 48}, stale(48)),
    ({"check": "freshness", "column": "at", "max_age_hours": 48, "allow_null": False}, stale(48, allow_null=False)),
    ({"check": "row_count", "min_rows": 1, "max_rows": 5}, sized(1, 5)),
    ({"check": "null_rate", "column": "v", "max_percent": 50}, null_rate("v", 50)),
    ({"check": "schema"}, lambda rows: (len(TYPES), 0)),
    ({"check": "volume_anomaly"}, lambda rows: (len(rows), 0)),
    ({"check": "reconciliation", "columns": ["id"]}, lambda rows: (len(rows), 0)),
    (
        {"check": "custom_sql", "sql": f"SELECT id FROM {RELATION} WHERE v < 0; -- negative"},
        lambda rows: (len(rows), sum(row[at("v")] is not None and row[at("v")] < 0 for row in rows)),
    ),
]  # fmt: skip


def text_of(fields: dict[str, Any], bench: Bench, keys: Sequence[str] = ("id",)) -> str:
    check = Check(table="Order Lines", **fields)
    assert problems(check, TYPES) == []
    return sql(check, RELATION, bench.dialect, reference=RELATION, columns=TYPES, keys=keys)


def test_every_type_of_the_catalogue_is_compared_with_python() -> None:
    assert {fields["check"] for fields, _ in CASES} == set(CHECKS)


def test_checks_count_what_python_counts(bench: Bench) -> None:
    for data, rows in DATA.items():
        bench.fill(rows)
        for fields, truth in CASES:
            checked, failed, _, examples = outcome(bench, text_of(fields, bench))
            assert (checked, failed) == truth(rows), f"{fields} on {data} data"
            assert len(examples) <= 10
            if failed == 0:
                assert examples == [], f"{fields} on {data} data"


def test_examples_hold_the_keys_of_failing_rows_only(bench: Bench) -> None:
    bench.fill(DATA["bad"])
    fields = {"check": "length", "column": "s", "min_length": 1}
    assert outcome(bench, text_of(fields, bench))[3] == [(2,)]
    text = text_of({"check": "unique", "column": "v"}, bench)
    assert outcome(bench, text)[3] == [(2,), (2,)]


def test_personal_columns_appear_neither_in_examples_nor_in_observations(bench: Bench) -> None:
    check = Check(check="range", table="t", column="v", min=0)
    text = sql(check, RELATION, bench.dialect, columns=TYPES, keys=["v", "s"], personal=["v", "s"])
    bench.fill(DATA["bad"])
    assert outcome(bench, text) == (5, 2, None, [])


def test_schema_check_names_missing_extra_and_retyped_columns(bench: Bench) -> None:
    bench.fill([])
    expected = {name: kind for name, kind in TYPES.items() if name != "s"} | {
        "v": "decimal(10,2)",
        "gone|x'": "text",
    }
    check = Check(check="schema", table="t")
    checked, failed, observed, _ = outcome(bench, sql(check, RELATION, bench.dialect, columns=expected))
    spelled = {"duckdb": "DOUBLE", "postgres": "double precision"}[bench.dialect]
    assert (checked, failed) == (6, 3)
    assert observed == f"missing: gone|x'; extra: s; type: v is {spelled}"


def test_wrong_typed_data_crashes_the_check_instead_of_passing(bench: Bench) -> None:
    bench.fill(DATA["good"])
    for fields in (
        {"check": "range", "column": "s", "min": 0},
        {"check": "freshness", "column": "s", "max_age_hours": 1},
        {"check": "not_null", "column": "no such column"},
    ):
        text = sql(Check(table="t", **fields), RELATION, bench.dialect)
        with pytest.raises((duckdb.Error, psycopg.Error)):
            outcome(bench, text)


def test_reconciliation_measures_exact_sums(bench: Bench) -> None:
    bench.fill(DATA["good"])
    fields = {"check": "reconciliation", "columns": ["id", "parent"]}
    assert outcome(bench, text_of(fields, bench))[2] == f"30 {sum(range(1, 31))} {1 + sum(range(1, 30))}"
