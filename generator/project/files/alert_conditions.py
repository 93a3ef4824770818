"""Alert conditions in the reference document's form, as ``duration_minutes > 90``, translated to PromQL."""

from __future__ import annotations

import re

from generator.design.nearest import did_you_mean
from generator.errors import DesignError

_CONDITION = re.compile(r"\s*([a-z_]+)\s*(==|!=|>=|<=|>|<)\s*(.+?)\s*")
_NUMBERS = {
    "duration_minutes": "pipeline_duration_seconds{} / 60",
    "duration_seconds": "pipeline_duration_seconds{}",
    "pipeline_duration_seconds": "pipeline_duration_seconds{}",
    "exit_code": "pipeline_run_exit_code{}",
    "records_extracted": "sum by (pipeline) (pipeline_records_extracted{})",
    "records_processed": "sum by (pipeline) (pipeline_records_loaded{})",
    "records_loaded": "sum by (pipeline) (pipeline_records_loaded{})",
    "records_rejected": "sum by (pipeline) (pipeline_records_rejected{})",
    "dead_letters": "pipeline_dead_letters{}",
    "quality_check_pass_rate": "pipeline_quality_check_pass_rate{}",
    "extraction_lag_seconds": "max by (pipeline) (pipeline_extraction_lag_seconds{})",
    "extraction_lag_minutes": "max by (pipeline) (pipeline_extraction_lag_seconds{}) / 60",
    "minutes_since_success": "(time() - pipeline_last_success_timestamp_seconds{}) / 60",
    "hours_since_success": "(time() - pipeline_last_success_timestamp_seconds{}) / 3600",
}
_FACTS = {
    "quality_suite_passed": ("pipeline_quality_check_pass_rate{}", "== 1", "< 1"),
    "suspended": ("pipeline_suspended{}", "== 1", "== 0"),
}
CONDITION_NAMES = ["pipeline_status", *_FACTS, *_NUMBERS]


def expression(condition: str, pipeline: str) -> str:
    """Return a condition as a PromQL expression over one pipeline's metrics.

    Raises:
        DesignError: it has no such form or names something that is not measured.
    """
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise DesignError(
            f"the alert condition {condition!r} cannot be read",
            where="monitoring.alerts.rules",
            fix="write it as duration_minutes > 90",
        )
    name, operator, value = match.groups()
    selector = f'{{pipeline="{pipeline}"}}'
    if name == "pipeline_status" and operator in ("==", "!="):
        failed = _word(value) in ("failed", "failure", "error")
        if failed or _word(value) in ("success", "succeeded"):
            return f"pipeline_run_success{selector} == {int(failed != (operator == '=='))}"
    if name in _FACTS and operator in ("==", "!=") and _word(value) in ("true", "false"):
        metric, holds, fails = _FACTS[name]
        wanted = holds if (_word(value) == "true") == (operator == "==") else fails
        return f"{metric.replace('{}', selector)} {wanted}"
    if name in _NUMBERS and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return f"{_NUMBERS[name].replace('{}', selector)} {operator} {value}"
    raise DesignError(
        f"the alert condition {condition!r} names nothing measured, or compares it with a wrong value",
        where="monitoring.alerts.rules",
        fix=did_you_mean(name, CONDITION_NAMES) or f"use one of {', '.join(CONDITION_NAMES)}",
    )


def _word(value: str) -> str:
    return value.strip().strip("'\"").lower()
