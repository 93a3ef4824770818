"""Verdicts that need more than the table: earlier runs, and what extraction recorded at the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from statistics import median

from .checks import CheckStatus, QualityCheck

DEFAULT_CHANGE_PERCENT = 50.0
DEFAULT_HISTORY = 7
_LOOKED_BACK = 30


@dataclass(frozen=True)
class Extracted:
    """What extraction recorded of a table: the rows expected where it is checked, and sums by column.

    ``erased``: the source may still hold rows of erased people, which are left out on purpose.
    """

    rows: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    erased: bool = False


@dataclass(frozen=True)
class Verdict:
    """How a check ended, how many findings it made, and the sentence that says so."""

    status: CheckStatus
    failed: int
    message: str


def judge_volume(check: QualityCheck, count: int, earlier: Sequence[int]) -> Verdict:
    """Compare a row count with the median of the earlier ones, newest last."""
    needed = DEFAULT_HISTORY if check.min_history is None else check.min_history
    if len(earlier) < needed:
        message = f"insufficient history: {len(earlier)} of {needed} earlier runs; {count} rows"
        return Verdict(CheckStatus.SKIPPED, 0, message)
    percent = DEFAULT_CHANGE_PERCENT if check.tolerance_percent is None else check.tolerance_percent
    usual = median(list(earlier)[-_LOOKED_BACK:])
    message = f"{count} rows; the median of {min(len(earlier), _LOOKED_BACK)} earlier runs is {usual:g}"
    if abs(count - usual) * 100 > percent * usual:
        return Verdict(CheckStatus.FAILED, 1, f"{message}, and at most {percent:g} % off is allowed")
    return Verdict(CheckStatus.PASSED, 0, message)


def judge_reconciliation(check: QualityCheck, observed: str, extracted: Extracted | None) -> Verdict:
    """Compare the row count and sums (``observed``: numbers separated by blanks) with those at extraction."""
    if extracted is None:
        return Verdict(CheckStatus.SKIPPED, 0, f"nothing was extracted from {check.table} in this run")
    names = ["rows", *check.columns]
    numbers = [_number(text) for text in observed.split()]
    expected = [Decimal(extracted.rows), *(extracted.sums.get(name) for name in check.columns)]
    if len(numbers) != len(names):
        return Verdict(CheckStatus.ERRORED, 0, f"{len(names)} numbers were asked for, {observed!r} came back")
    differences, unknown = [], []
    for name, found, wanted in zip(names, numbers, expected, strict=True):
        if wanted is None or found is None:
            unknown.append(name)
        elif abs(found - wanted) * 100 > Decimal(str(check.tolerance_percent or 0)) * abs(wanted):
            differences.append(f"{name}: {found} here, {wanted} at the source")
    if differences and extracted.erased:
        said = "; ".join(differences)
        return Verdict(
            CheckStatus.SKIPPED, 0, f"{said}; people were erased whose rows the source may still hold"
        )
    if differences:
        return Verdict(CheckStatus.FAILED, len(differences), "; ".join(differences))
    if unknown:
        return Verdict(CheckStatus.ERRORED, 0, f"extraction recorded no sum of {', '.join(unknown)}")
    return Verdict(CheckStatus.PASSED, 0, f"{', '.join(names)} equal the source")


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
