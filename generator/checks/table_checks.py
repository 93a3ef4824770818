"""Checks with one verdict for the table: its freshness, size, shape, share of NULLs."""

from __future__ import annotations

from collections.abc import Mapping

from generator.design.models import Check
from generator.design.types import is_temporal

from .dialects import identifier, literal
from .model import CheckProblem, CheckQuery, CheckType, Context, columns_of
from .words import bounds, named, number, place, table


def _freshness(check: Check, context: Context) -> CheckQuery:
    """Judge the newest value, as an instant: dates and zoneless timestamps count as UTC.

    Values more than a day ahead are typing errors, not freshness, and are left out; a table of rows without
    any value is stale, an empty table is not (that is for row_count to say).
    """
    name = check.column or ""
    column = identifier(name)
    tomorrow = f"{context.dialect.now} + INTERVAL '1 day'"
    newest = f"max({column}) FILTER (WHERE isfinite({column}) AND {column} < {tomorrow})"
    age = f"({context.dialect.seconds(context.dialect.now)} - {context.dialect.seconds(newest)})"
    allowed = literal((check.max_age_hours or 0) * 3600)
    stale = f"CASE WHEN count(*) = 0 THEN 0 WHEN {newest} IS NULL OR {age} > {allowed} THEN 1 ELSE 0 END"
    failed = stale if check.allow_null else f"{stale} + count(*) - count({column})"
    hours = f"CAST(CAST({age} / 3600 AS NUMERIC(18, 1)) AS VARCHAR)"
    words = f"'newest ' || CAST({newest} AS VARCHAR) || ', ' || {hours} || ' hours old'"
    observed = f"CASE WHEN {newest} IS NULL THEN 'no time to judge by' ELSE {words} END"
    return CheckQuery(context.relation, failed, observed=observed)


def _freshness_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    kind = (columns or {}).get(check.column or "")
    found = []
    if kind and not is_temporal(kind):
        message = f"{check.column} is {kind}, not a date or time"
        found.append(CheckProblem("column", message, "choose a date or timestamp column"))
    if check.max_age_hours is not None and not 0 < check.max_age_hours < float("inf"):
        found.append(CheckProblem("max_age_hours", "the age allowed must be above 0", "give hours, as 48"))
    return found


def _row_count(check: Check, context: Context) -> CheckQuery:
    outside = []
    if check.min_rows is not None:
        outside.append(f"count(*) < {literal(check.min_rows)}")
    if check.max_rows is not None:
        outside.append(f"count(*) > {literal(check.max_rows)}")
    failed = f"CASE WHEN {' OR '.join(outside) or 'FALSE'} THEN 1 ELSE 0 END"
    return CheckQuery(context.relation, failed, observed="CAST(count(*) AS VARCHAR) || ' rows'")


def _row_count_sentence(check: Check) -> str:
    last = check.min_rows if check.max_rows is None else check.max_rows
    return f"{table(check)} {bounds('has', check.min_rows, check.max_rows)} row{'' if last == 1 else 's'}"


def _row_count_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    if check.min_rows is not None and check.max_rows is not None and check.min_rows > check.max_rows:
        return [CheckProblem("max_rows", "the most rows allowed are below the fewest", "swap the two")]
    return []


def _null_rate(check: Check, context: Context) -> CheckQuery:
    column = identifier(check.column or "")
    nulls = f"(count(*) - count({column}))"
    failed = (
        f"CASE WHEN {nulls} * 100.0 > {literal(check.max_percent or 0)} * count(*) THEN {nulls} ELSE 0 END"
    )
    rate = f"CAST(CAST({nulls} * 100.0 / nullif(count(*), 0) AS NUMERIC(18, 2)) AS VARCHAR)"
    return CheckQuery(context.relation, failed, observed=f"coalesce({rate} || ' % NULL', 'no rows')")


def _percent_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    if check.max_percent is not None and not 0 <= check.max_percent < float("inf"):
        return [CheckProblem("max_percent", "a percentage cannot be negative", "give a number from 0 up")]
    return []


def _schema(check: Check, context: Context) -> CheckQuery:
    """Compare every column with what is expected: missing, of another type, or extra.

    The runtime's own columns start with an underscore; one that is not expected is not counted as extra.
    """
    names = columns_of(check) or list(context.columns)
    rows = []
    for name in names:
        kind = context.columns.get(name)
        types = "".join(f"|{spelling}|" for spelling in context.dialect.types(kind)) if kind else ""
        rows.append(f"({literal(name)}, {literal(types)})")
    expected = (
        f"(VALUES {', '.join(rows)}) AS e(name, types)"
        if rows
        else "(SELECT '' AS name, '' AS types LIMIT 0) AS e"
    )
    source = (
        f"{expected} FULL JOIN ({context.dialect.actual_columns(context.relation)}) AS a ON a.name = e.name"
    )
    missing = "a.name IS NULL"
    extra = "e.name IS NULL AND left(a.name, 1) <> '_'"
    retyped = "a.name = e.name AND e.types <> '' AND position('|' || a.type || '|' IN e.types) = 0"
    finding = (
        f"CASE WHEN {missing} THEN 'missing: ' || e.name WHEN {extra} THEN 'extra: ' || a.name"
        f" WHEN {retyped} THEN 'type: ' || a.name || ' is ' || a.type END"
    )
    failed = f"count(*) FILTER (WHERE {missing} OR ({extra}) OR ({retyped}))"
    return CheckQuery(
        source, failed, observed=f"string_agg({finding}, '; ' ORDER BY coalesce(e.name, a.name))"
    )


def _freshness_sentence(check: Check) -> str:
    return f"the newest {named(check)}{place(check)} is at most {number(check.max_age_hours or 0)} hours old"


def _null_rate_sentence(check: Check) -> str:
    return f"{named(check)}{place(check)} is NULL in at most {number(check.max_percent or 0)} % of the rows"


def _schema_sentence(check: Check) -> str:
    if not columns_of(check):
        return f"{table(check)} has the columns and types of the design, and no others"
    return f"{table(check)} has the columns {named(check)}, and no others"


TABLE_CHECKS = (
    CheckType(
        "freshness",
        "Freshness",
        "The newest time in the column is not too long ago.",
        "table",
        _freshness,
        _freshness_sentence,
        required=(("column",), ("max_age_hours",)),
        optional=("allow_null",),
        whole_table=True,
        inspect=_freshness_problems,
    ),
    CheckType(
        "row_count",
        "Row count",
        "The table is neither too small nor too large.",
        "table",
        _row_count,
        _row_count_sentence,
        required=(("min_rows", "max_rows"),),
        whole_table=True,
        inspect=_row_count_problems,
    ),
    CheckType(
        "null_rate",
        "Null rate",
        "At most a share of the rows lacks a value.",
        "table",
        _null_rate,
        _null_rate_sentence,
        required=(("column",), ("max_percent",)),
        inspect=_percent_problems,
    ),
    CheckType(
        "schema",
        "Columns and types",
        "The table has every column with its type, and no other column.",
        "table",
        _schema,
        _schema_sentence,
        optional=("columns",),
    ),
)
