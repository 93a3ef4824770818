"""The fields of a quality check: what a new one starts with, values as the form shows them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from generator.design.models import Check, PipelineDesign

from .check_rows import tables_at

if TYPE_CHECKING:
    from generator.checks.model import CheckField

ORDER = (
    "Checks run in this order: before the transforms on what was extracted, after them on what was "
    "computed, and once more on what was published."
)
LESSON = (
    "\n\nA check is a sentence that must be true of a table: a column is never NULL, a key is unique, the newest "
    "row is at most a day old. With tables picked in Sources (key 1), checks are suggested here from keys, types "
    "and samples; + adds one of any kind."
)
"""What is told where no check is selected, and where there is none at all."""
HINTS = {
    "check": "What must be true of the table.",
    "table": "The table that is checked.",
    "severity": "What a failure does to the run; Enter shows what each word means.",
    "stage": "On the rows extracted, on the tables computed, or on what was published.",
}
"""Help for the fields that every check has."""
THRESHOLDS = (
    (
        "max_failure_rate_percent",
        "Rejected, %",
        "A run stops when both this rate and the count below are exceeded",
    ),
    ("max_failed_rows", "Rejected rows", "A run stops when both this count and the rate above are exceeded"),
    ("min_row_count_ratio", "Least kept", "A table may shrink to this share of its rows, as 0.9"),
)
"""Field, label and help of what stops a run when rows are rejected."""


def new_check(design: PipelineDesign, stage: str, kind: str, table: str) -> Check:
    """Return a check of a type on a table, on the likeliest column: a moment, a number, else the first."""
    from generator.checks.catalogue import check_type
    from generator.design.types import is_numeric, is_temporal

    columns = tables_at(design, stage).get(table, {})
    fields = check_type(kind).fields
    wanted = {"freshness": is_temporal, "range": is_numeric}.get(kind, lambda _: True)
    first = next((name for name, type_name in columns.items() if wanted(type_name)), None)
    values: dict[str, Any] = {"check": kind, "table": table}
    if "column" in fields and first:
        values["column"] = first
    elif "columns" in fields and first and check_type(kind).required:
        values["columns"] = [first]
    values |= {name: value for name, value in _STARTING_VALUES.get(kind, {}).items() if name in fields}
    return Check.model_validate(values)


_STARTING_VALUES: dict[str, dict[str, Any]] = {
    "row_count": {"min_rows": 1},
    "freshness": {"max_age_hours": 48},
    "range": {"min": 0},
    "null_rate": {"max_percent": 5},
    "regex": {"pattern": "^.+$"},
    "length": {"min_length": 1},
}


def title_of(check: Check | None) -> str:
    """Return what a check's type is called."""
    from generator.checks.catalogue import CHECKS

    entry = CHECKS.get(check.check) if check else None
    return entry.title if entry else "Check"


def field_text(check: Check, field: CheckField) -> str | bool:
    """Return a field's value as the form shows it."""
    value = getattr(check, field.name)
    if field.editor == "flag":
        return bool(value)
    if isinstance(value, list):
        return ", ".join("NULL" if each is None else str(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def put_field(check: Check, field: CheckField, value: str | bool, columns: Mapping[str, str]) -> None:
    """Put what a person gave into a check.

    Raises:
        ValueError: with a sentence for the person, when the field cannot hold it.
    """
    try:
        setattr(check, field.name, _parsed(check, field, value, columns))
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error


def _parsed(check: Check, field: CheckField, value: str | bool, columns: Mapping[str, str]) -> object:
    from generator.design.types import is_numeric

    if isinstance(value, bool):
        return value
    text = value.strip()
    if field.editor in {"columns", "reference_columns", "values"}:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if field.editor == "values" and is_numeric(columns.get(check.column or "", "text")):
            return [_number(part) for part in parts]
        return parts
    if not text:
        return None
    if field.editor in {"number", "integer"}:
        number = _number(text)
        if field.editor == "integer" and not isinstance(number, int):
            raise ValueError(f"{text!r} is not a whole number")
        return number
    return text


def _number(text: str) -> int | float:
    plain = text.replace("_", "").replace(" ", "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
