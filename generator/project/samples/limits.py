"""Checks that sample rows cannot be made to meet: their tests only warn about them."""

from __future__ import annotations

from generator.checks.catalogue import columns_of
from generator.design.models import Check

from ..view import ProjectView
from .facts import facts
from .rows import LEAST_ROWS, MOST_ROWS, matches, row_count, sample_value

_OWN_WORDS = {"custom_sql", "volume_anomaly", "reconciliation"}
"""Kinds whose verdict depends on more than the rows of a table."""


def unmet_checks(view: ProjectView) -> list[str]:
    """Return the names of checks before transformation that may fail on sample rows."""
    return [str(item.name) for item in view.checks_of("pre_transform") if _may_fail(view, item.check)]


def _may_fail(view: ProjectView, check: Check) -> bool:
    table = check.table or ""
    if check.check in _OWN_WORDS or table not in view.tables_by_name:
        return True
    personal = view.tables_by_name[table].table.pii
    if set(columns_of(check)) & set(personal):
        return True
    if check.check == "row_count":
        return (check.min_rows or 0) > MOST_ROWS or (
            check.max_rows is not None and check.max_rows < row_count(check.min_rows or 0)
        )
    if check.check == "regex":
        return not _pattern_met(view, check)
    if check.check == "length":
        return (check.max_length or 99) < 4
    return check.check == "unique" and len(columns_of(check)) == 1 and _few_values(view, check)


def _pattern_met(view: ProjectView, check: Check) -> bool:
    known = facts(view)
    table = view.tables_by_name[check.table or ""]
    for column in table.columns:
        if column.name in columns_of(check):
            column_facts = known.columns[table.name, column.name]
            texts = [sample_value(column, column_facts, index, column.name) for index in range(LEAST_ROWS)]
            if not all(matches(check.pattern or "", str(text)) for text in texts):
                return False
    return True


def _few_values(view: ProjectView, check: Check) -> bool:
    """Tell whether a column has too few possible values to be unique over the sample rows."""
    table = view.tables_by_name[check.table or ""]
    types = {column.name: column.type for column in table.columns}
    kind = types.get(columns_of(check)[0], "text")
    return kind == "boolean" or bool(facts(view).columns[table.name, columns_of(check)[0]].values)
