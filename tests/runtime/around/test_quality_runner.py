"""The three severities are three outcomes, a crash blocks, and checks that can share a scan do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from generator.checks.catalogue import sql
from generator.design.models import Check
from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.quality.check_file import combined, read_check_file, scans
from templates.src.quality.checks import CheckStatus, QualitySuiteResult
from templates.src.quality.judgement import Extracted
from templates.src.quality.runner import run_suite
from tests.runtime.around.world import CHECKED, engine, with_checks

COLUMNS = {
    "order_id": "bigint",
    "customer_id": "bigint",
    "amount": "decimal(12,2)",
    "ordered_at": "timestamptz",
}


@pytest.fixture
def orders() -> DuckDBEngine:
    made = engine()
    made.execute(
        f"CREATE TABLE {CHECKED} AS SELECT i AS order_id, i % 3 AS customer_id,"
        " CAST(i * 10 AS DECIMAL(12, 2)) AS amount, now() AS ordered_at FROM range(1, 11) t(i)"
    )
    return made


def file_of(fields: dict[str, Any]) -> str:
    check = Check.model_validate({"table": "orders", **fields})
    return sql(check, CHECKED, "duckdb", columns=COLUMNS, keys=["order_id"])


def judge(
    on: DuckDBEngine, home: Path, *checks: dict[str, Any], files: dict[str, str] | None = None, **options: Any
) -> QualitySuiteResult:
    """Run checks, named after their position unless they have a name."""
    named = [{"table": "orders", "name": f"c{number}", **check} for number, check in enumerate(checks)]
    fields = [{key: value for key, value in check.items() if key != "name"} for check in named]
    made = {check["name"]: file_of(field) for check, field in zip(named, fields, strict=True)}
    made.update(files or {})
    relation = options.pop("relation_of", lambda name: f'"staging"."{name}"')
    configured = with_checks(home, named, made)
    return run_suite(on, configured, options.pop("stage", "pre_transform"), "run-1", relation, **options)


FAILING: dict[str, Any] = {"check": "range", "column": "amount", "max": 50}


@pytest.mark.parametrize(
    ("severity", "blocking", "critical", "warnings"),
    [("warn", False, False, 1), ("error", True, False, 0), ("critical", True, True, 0)],
)
def test_severities_are_three_outcomes(
    orders: DuckDBEngine, tmp_path: Path, severity: str, blocking: bool, critical: bool, warnings: int
) -> None:
    suite = judge(orders, tmp_path, {**FAILING, "severity": severity})
    assert (suite.blocking, suite.critical, len(suite.warnings)) == (blocking, critical, warnings)
    assert suite.passed is not blocking


def test_a_failure_says_how_many_rows_and_names_their_keys(orders: DuckDBEngine, tmp_path: Path) -> None:
    (result,) = judge(orders, tmp_path, FAILING).results
    assert (result.records_checked, result.records_failed, result.failure_rate) == (10, 5, 50.0)
    assert sorted(int(row["order_id"]) for row in result.failed_examples) == [6, 7, 8, 9, 10]
    assert result.message == ("amount in orders is at most 50: 5 of 10 rows (lowest 10.00, highest 100.00)")


@pytest.mark.parametrize("severity", ["warn", "error", "critical"])
@pytest.mark.parametrize(
    "text", ["SELECT nothing", "SELECT 1", "SELECT 'a', 'b', 'c'", "SELECT 1, 0, NULL WHERE FALSE", ""]
)
def test_a_check_that_cannot_be_carried_out_blocks(
    orders: DuckDBEngine, tmp_path: Path, severity: str, text: str
) -> None:
    suite = judge(orders, tmp_path, {**FAILING, "severity": severity}, files={"c0": text})
    assert suite.results[0].status is CheckStatus.ERRORED
    assert suite.blocking
    assert suite.critical is (severity == "critical")


def test_a_missing_file_blocks(orders: DuckDBEngine, tmp_path: Path) -> None:
    configured = with_checks(tmp_path, [{**FAILING, "table": "orders", "name": "gone"}], {})
    suite = run_suite(orders, configured, "pre_transform", "r", str)
    assert suite.blocking
    assert suite.results[0].message == "sql/quality_checks/gone.sql cannot be read: No such file or directory"


def test_one_crash_takes_no_other_check_with_it(orders: DuckDBEngine, tmp_path: Path) -> None:
    broken = file_of({"check": "not_null", "column": "order_id"}).replace("order_id", "no_such_column")
    suite = judge(
        orders, tmp_path, {"check": "not_null", "column": "order_id"}, {"check": "not_null", "column": "amount"},
        FAILING, files={"c1": broken},
    )  # fmt: skip
    assert [result.status.value for result in suite.results] == ["passed", "errored", "failed"]
    assert suite.summary == {"passed": 1, "failed": 1, "skipped": 0, "errored": 1}


def test_row_checks_of_one_table_share_one_scan(orders: DuckDBEngine, tmp_path: Path) -> None:
    asked: list[str] = []

    class Counting(DuckDBEngine):
        def query(self, sql: str) -> list[tuple[Any, ...]]:
            asked.append(sql)
            return super().query(sql)

    rows = [{"check": "not_null", "column": name} for name in COLUMNS]
    suite = judge(Counting(orders.connection), tmp_path, *rows, {"check": "row_count", "min_rows": 1})
    assert suite.passed
    assert len(asked) == 1


def test_an_edited_file_is_what_runs(orders: DuckDBEngine, tmp_path: Path) -> None:
    edited = "-- mine\nselect 7 as records_checked, 2 as records_failed, 'odd' as observed from range(1);"
    (result,) = judge(orders, tmp_path, FAILING, files={"c0": edited}).results
    assert (result.records_checked, result.records_failed, result.message) == (
        7,
        2,
        "mine: 2 of 7 rows (odd)",
    )


def test_combined_scans_keep_each_checks_row(orders: DuckDBEngine) -> None:
    texts = [
        read_check_file(file_of({"check": "range", "column": "amount", "max": n})).query for n in (10, 20, 30)
    ]
    assert scans([*texts, "SELECT 1, 0, NULL"]) == [[0, 1, 2], [3]]
    assert [row[1::3] for row in orders.query(combined(texts))] == [(9, 8, 7)]


def test_volume_anomaly_says_insufficient_history_and_then_judges(
    orders: DuckDBEngine, tmp_path: Path
) -> None:
    check = {"check": "volume_anomaly", "max_percent": 20, "min_history": 3}

    def outcome(earlier: list[int]) -> tuple[str, str]:
        (result,) = judge(orders, tmp_path, check, stage="loading", history=lambda name: earlier).results
        return result.status.value, result.message

    assert outcome([10, 10]) == ("skipped", "insufficient history: 2 of 3 earlier runs; 10 rows")
    assert outcome([9, 10, 11])[0] == "passed"
    assert outcome([20, 20, 20])[0] == "failed"
    assert outcome([0, 0, 0])[0] == "failed"


def test_reconciliation_compares_with_what_extraction_recorded(orders: DuckDBEngine, tmp_path: Path) -> None:
    check = {"check": "reconciliation", "columns": ["amount"]}

    def outcome(extracted: dict[str, Extracted] | None) -> str:
        return judge(orders, tmp_path, check, stage="loading", extracted=extracted).results[0].status.value

    assert outcome({"orders": Extracted(10, {"amount": Decimal("550.00")})}) == "passed"
    assert outcome({"orders": Extracted(11, {"amount": Decimal("550.00")})}) == "failed"
    assert outcome({"orders": Extracted(10, {"amount": Decimal("550.01")})}) == "failed"
    assert outcome({"orders": Extracted(10)}) == "errored"
    assert outcome({"orders": Extracted(11, {"amount": Decimal("560.00")}, erased=True)}) == "skipped"
    assert outcome({"orders": Extracted(10, {"amount": Decimal("550.00")}, erased=True)}) == "passed"
    assert outcome(None) == "skipped"


def test_a_table_read_in_full_may_not_shrink_unnoticed(tmp_path: Path) -> None:
    made = engine()
    made.execute('CREATE TABLE "staging"."customers" AS SELECT * FROM range(80)')

    def blocked(*earlier: int) -> bool:
        suite = judge(made, tmp_path, extracted={"customers": Extracted(80)}, history=lambda name: earlier)
        return suite.blocking

    assert not blocked()
    assert not blocked(88)
    assert blocked(100)
