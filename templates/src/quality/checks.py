"""A quality check, its result, and the result of all checks of a stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class CheckSeverity(Enum):
    """What a failing check does: warn publishes and tells, error publishes nothing, critical suspends."""

    WARN = "warn"
    ERROR = "error"
    CRITICAL = "critical"


class CheckStatus(Enum):
    """How a check ended. ``errored``: it could not be carried out; it blocks, it does not pass."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


@dataclass(frozen=True)
class QualityCheck:
    """One check: what it asserts, how grave a failure is, and its SQL.

    Attributes:
        name: Its name, also that of its SQL file.
        kind: Its type in the configuration, as ``not_null``.
        table: The table it looks at.
        description: What it asserts, in one line.
        severity: What a failure does.
        query: SQL of one row: records_checked, records_failed, observed.
        examples: SQL of up to ten offending rows, keys only; empty where none may be shown.
        problem: Why the check cannot be carried out, as a missing file; empty where it can.
        columns: The columns it is about.
        keys: Names for the values of an example, where they are known.
        tolerance_percent: What volume_anomaly and reconciliation tolerate.
        min_history: Earlier runs that volume_anomaly needs before it judges.
    """

    name: str
    kind: str
    table: str
    description: str
    severity: CheckSeverity
    query: str = ""
    examples: str = ""
    problem: str = ""
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    tolerance_percent: float | None = None
    min_history: int | None = None


@dataclass(frozen=True)
class QualityCheckResult:
    """Result of one check. ``failed_examples`` hold keys, never personal data."""

    check_name: str
    status: CheckStatus
    severity: CheckSeverity
    message: str
    checked_at: datetime
    records_checked: int
    records_failed: int = 0
    failed_examples: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def failure_rate(self) -> float:
        """Percentage of the records checked that failed; 0 where none was checked."""
        return self.records_failed / self.records_checked * 100 if self.records_checked else 0.0

    @property
    def bad(self) -> bool:
        """Whether it failed or could not be carried out."""
        return self.status in (CheckStatus.FAILED, CheckStatus.ERRORED)

    @property
    def blocking(self) -> bool:
        """Whether nothing may be published: a failure above warn, or a crash of any severity."""
        if self.status is CheckStatus.ERRORED:
            return True
        return self.status is CheckStatus.FAILED and self.severity is not CheckSeverity.WARN

    @property
    def critical(self) -> bool:
        """Whether the pipeline is to be suspended until somebody acknowledges."""
        return self.bad and self.severity is CheckSeverity.CRITICAL

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, for logs and reports."""
        return {
            "check_name": self.check_name,
            "status": self.status.value,
            "severity": self.severity.value,
            "message": self.message,
            "checked_at": self.checked_at.isoformat(),
            "records_checked": self.records_checked,
            "records_failed": self.records_failed,
            "failed_examples": self.failed_examples,
            "metadata": self.metadata,
        }


@dataclass(frozen=True)
class QualitySuiteResult:
    """Results of all checks of one stage."""

    suite_name: str
    results: list[QualityCheckResult]
    executed_at: datetime
    duration_seconds: float

    @property
    def passed(self) -> bool:
        """Whether the run may go on."""
        return not self.blocking

    @property
    def blocking(self) -> bool:
        """Whether any result forbids publishing."""
        return any(result.blocking for result in self.results)

    @property
    def critical(self) -> bool:
        """Whether any result suspends the pipeline."""
        return any(result.critical for result in self.results)

    @property
    def warnings(self) -> list[QualityCheckResult]:
        """Results to tell people about although the run goes on."""
        return [result for result in self.results if result.bad and not result.blocking]

    @property
    def summary(self) -> dict[str, int]:
        """Number of checks by status."""
        counts = {status.value: 0 for status in CheckStatus}
        for result in self.results:
            counts[result.status.value] += 1
        return counts

    def verdict(self) -> str:
        """Return one sentence: what went wrong, or that nothing did."""
        bad = [result for result in self.results if result.bad]
        if not bad:
            skipped = self.summary[CheckStatus.SKIPPED.value]
            number = len(self.results) - skipped
            passed = f"{self.suite_name}: {number} check{'' if number == 1 else 's'} passed"
            return f"{passed}, {skipped} skipped" if skipped else passed
        named = "; ".join(f"{result.check_name} ({result.message})" for result in bad[:3])
        more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
        return f"{self.suite_name}: {len(bad)} of {len(self.results)} checks did not pass: {named}{more}"
