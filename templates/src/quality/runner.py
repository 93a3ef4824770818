"""Runs the checks of a stage: all checks of a table that can share a scan do."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from ..settings import Settings
from .check_file import combined, scans
from .checks import CheckSeverity, CheckStatus, QualityCheck, QualityCheckResult, QualitySuiteResult
from .expectations import STAGES, expectations
from .judgement import Extracted, Verdict, judge_reconciliation, judge_volume

logger = structlog.get_logger(__name__)

History = Callable[[str], Sequence[int]]
Measured = tuple[Any, ...] | str
"""The row a check's query returned, or why it returned none."""
SHRINKAGE_CHECK = "row_count_ratio"


class Queries(Protocol):
    """Where checks run, as an engine."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query and return its rows."""


def run_suite(
    engine: Queries,
    settings: Settings,
    stage: str,
    run_id: str,
    relation_of: Callable[[str], str],
    *,
    history: History = lambda name: (),
    extracted: Mapping[str, Extracted] | None = None,
    staged: Collection[str] | None = None,
) -> QualitySuiteResult:
    """Run a stage's checks and judge them. Nothing is written and nothing is raised for bad data.

    Args:
        engine: Where the checked relations lie; a check that fails in it must not end its transaction.
        settings: The configuration; checks read their SQL from ``sql/quality_checks`` in its home.
        stage: pre_transform, post_transform or final, with or without ``_quality``; or loading (see `expectations`).
        run_id: The run, for logs.
        relation_of: SQL of a table by its name, for the guard against shrunken tables.
        history: Row counts that earlier published runs recorded under a check's name, oldest first.
        extracted: What extraction recorded in this run, by table.
        staged: The tables that this run has staged; checks of others are left out. None: all are there.
    """
    began, executed_at = time.monotonic(), datetime.now(UTC)
    checks = expectations(settings, stage)
    if STAGES[stage] == "pre_transform" and stage != "loading":
        checks += _shrinkage_checks(settings, relation_of, set(extracted or {}))
    if staged is not None:
        checks = [check for check in checks if check.table in staged]
    measured = _measure(engine, checks)
    results = []
    for check in checks:
        result = _result(engine, check, measured[check.name], history, extracted or {})
        results.append(result)
        log = logger.info if not result.bad else logger.warning if not result.blocking else logger.error
        log(
            "quality_check",
            run_id=run_id,
            stage=stage,
            check=check.name,
            table=check.table,
            severity=check.severity.value,
            status=result.status.value,
            records_checked=result.records_checked,
            records_failed=result.records_failed,
            message=result.message,
        )
    return QualitySuiteResult(stage, results, executed_at, time.monotonic() - began)


def _measure(engine: Queries, checks: Sequence[QualityCheck]) -> dict[str, Measured]:
    """Return each check's row; one that cannot be had does not take those that share its scan with it."""
    measured: dict[str, Measured] = {check.name: check.problem for check in checks}
    sound = [check for check in checks if not check.problem]
    for group in scans([check.query for check in sound]):
        together = [sound[position] for position in group]
        if len(together) > 1:
            row = _row(engine, combined([check.query for check in together]), 3 * len(together))
            if not isinstance(row, str):
                for number, check in enumerate(together):
                    measured[check.name] = row[3 * number : 3 * number + 3]
                continue
        for check in together:
            measured[check.name] = _row(engine, check.query, 3)
    return measured


def _row(engine: Queries, query: str, width: int) -> Measured:
    """Return the one row of a query, or why there is none: a crash is the check's, not the run's."""
    try:
        rows = engine.query(query)
    except Exception as error:
        logger.debug("check_query_crashed", exc_info=True)
        return f"the check crashed: {_first_line(error)}"
    if len(rows) != 1 or len(rows[0]) != width:
        return f"a check returns one row of records_checked, records_failed, observed; it gave {len(rows)}"
    return tuple(rows[0])


def _result(
    engine: Queries,
    check: QualityCheck,
    measured: Measured,
    history: History,
    extracted: Mapping[str, Extracted],
) -> QualityCheckResult:
    checked, verdict, examples = 0, Verdict(CheckStatus.ERRORED, 0, str(measured)), []
    if not isinstance(measured, str):
        try:
            checked, failed = int(measured[0]), int(measured[1])
        except (TypeError, ValueError):
            verdict = Verdict(
                CheckStatus.ERRORED, 0, "records_checked and records_failed must be whole numbers"
            )
        else:
            verdict = _verdict(check, checked, failed, measured[2], history, extracted)
    if verdict.status is CheckStatus.FAILED and check.examples:
        examples = _examples(engine, check)
    return QualityCheckResult(
        check_name=check.name,
        status=verdict.status,
        severity=check.severity,
        message=verdict.message,
        checked_at=datetime.now(UTC),
        records_checked=checked,
        records_failed=verdict.failed,
        failed_examples=examples,
        metadata={"check": check.kind, "table": check.table, "description": check.description},
    )


def _verdict(
    check: QualityCheck,
    checked: int,
    failed: int,
    observed: object,
    history: History,
    extracted: Mapping[str, Extracted],
) -> Verdict:
    if check.kind == "volume_anomaly":
        return judge_volume(check, checked, history(check.name))
    if check.kind == SHRINKAGE_CHECK:
        return _judge_shrinkage(check, checked, history(check.name))
    if check.kind == "reconciliation":
        return judge_reconciliation(check, str(observed), extracted.get(check.table))
    said = str(observed) if observed is not None else ""
    if failed == 0:
        return Verdict(CheckStatus.PASSED, 0, said or f"{checked} rows checked")
    counted = f"{failed} of {checked} rows" if failed <= checked else f"{failed} findings"
    message = (
        f"{check.description}: {said or counted}"
        if failed == 1 and said
        else f"{check.description}: {counted}"
    )
    return Verdict(
        CheckStatus.FAILED, failed, f"{message} ({said})" if said and said not in message else message
    )


def _examples(engine: Queries, check: QualityCheck) -> list[dict[str, Any]]:
    """Return offending rows; examples that cannot be had cost nothing but themselves."""
    try:
        rows = engine.query(check.examples)
    except Exception as error:
        logger.warning("check_examples_failed", check=check.name, error=_first_line(error), exc_info=True)
        return []
    names = check.keys
    if rows and len(names) != len(rows[0]):
        names = tuple(f"key_{number}" for number in range(1, len(rows[0]) + 1))
    return [dict(zip(names, map(str, row), strict=True)) for row in rows[:10]]


def _shrinkage_checks(
    settings: Settings, relation_of: Callable[[str], str], extracted: set[str]
) -> list[QualityCheck]:
    """Return a guard for each table read in full: it may not be much smaller than when last published."""
    ratio = settings.quality.thresholds.min_row_count_ratio
    if ratio <= 0:
        return []
    return [
        QualityCheck(
            name=f"{SHRINKAGE_CHECK}_{table.staging_name}",
            kind=SHRINKAGE_CHECK,
            table=table.staging_name,
            description=f"{table.staging_name} has at least {ratio * 100:g} % of the rows it had",
            severity=CheckSeverity.ERROR,
            query=(
                "SELECT\n  count(*) AS records_checked,\n  0 AS records_failed,\n"
                f"  CAST(count(*) AS VARCHAR) AS observed\nFROM {relation_of(table.staging_name)}"
            ),
            tolerance_percent=(1 - ratio) * 100,
        )
        for table in settings.tables
        if not table.extraction.incremental and table.staging_name in extracted
    ]


def _judge_shrinkage(check: QualityCheck, count: int, earlier: Sequence[int]) -> Verdict:
    if not earlier:
        return Verdict(CheckStatus.PASSED, 0, f"{count} rows; no earlier run to compare with")
    allowed = earlier[-1] * (1 - (check.tolerance_percent or 0) / 100)
    message = f"{count} rows, {earlier[-1]} when last published"
    if count < allowed:
        return Verdict(CheckStatus.FAILED, 1, f"{check.description}: {message}")
    return Verdict(CheckStatus.PASSED, 0, message)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
