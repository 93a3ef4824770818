"""Checks that judge each row alone: a predicate that is true of an offending row, counted in one scan."""

from __future__ import annotations

from collections.abc import Mapping

from generator.design.models import Check
from generator.design.types import decimal_parameters, is_numeric

from .dialects import identifier, literal
from .model import CheckProblem, CheckQuery, CheckType, Context, columns_of, row_examples
from .patterns import pattern_problem
from .words import bounds, listed, named, place


def _counted(context: Context, failing: str, observed: str | None = None) -> CheckQuery:
    query = CheckQuery(
        context.relation, f"count(*) FILTER (WHERE {failing})", examples=row_examples(context, failing)
    )
    return (
        query
        if observed is None
        else CheckQuery(query.source, query.failed, observed=observed, examples=query.examples)
    )


def _with_null_policy(check: Check, column: str, failing: str) -> str:
    return failing if check.allow_null else f"{failing} OR {column} IS NULL"


def _not_null(check: Check, context: Context) -> CheckQuery:
    names = columns_of(check)
    failing = " OR ".join(f"{identifier(name)} IS NULL" for name in names)
    if len(names) < 2:
        return _counted(context, failing)
    counts = (
        f"{literal(name + ': ')} || CAST(count(*) - count({identifier(name)}) AS VARCHAR) || ' NULL'"
        for name in names
    )
    return _counted(context, failing, " || ', ' || ".join(counts))


def _number(column: str, context: Context) -> tuple[str, bool]:
    """Return the column as a number, and whether it can hold NaN (sorted above all numbers)."""
    kind = context.columns.get(column, "")
    sql = identifier(column)
    if context.dialect.name == "duckdb" and kind.startswith("decimal"):
        as_text = context.dialect.types(kind) == ("VARCHAR",)
        return (f"CAST({sql} AS DOUBLE)", True) if as_text else (sql, False)
    return sql, kind in {"real", "double"} or kind == "decimal" or decimal_parameters(kind) is not None


def _range(check: Check, context: Context) -> CheckQuery:
    column = check.column or ""
    number, may_be_nan = _number(column, context)
    outside = []
    if check.min is not None:
        outside.append(f"{number} < {literal(check.min)}")
    if check.max is not None:
        outside.append(f"{number} > {literal(check.max)}")
    elif may_be_nan:
        outside.append(context.dialect.is_nan(number))
    failing = _with_null_policy(check, identifier(column), " OR ".join(outside) or "FALSE")
    if column in context.personal:
        return _counted(context, failing)
    extremes = (
        f"'lowest ' || CAST(min({number}) AS VARCHAR) || ', highest ' || CAST(max({number}) AS VARCHAR)"
    )
    return _counted(context, failing, extremes)


def _range_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    found = []
    if check.min is not None and check.max is not None and check.min > check.max:
        found.append(CheckProblem("max", "the highest value allowed is below the lowest", "swap the two"))
    kind = (columns or {}).get(check.column or "")
    if kind and not is_numeric(kind):
        found.append(
            CheckProblem(
                "column",
                f"{check.column} is {kind}, not a number",
                "choose a numeric column or another check",
            )
        )
    return found


def _accepted_values(check: Check, context: Context) -> CheckQuery:
    column = identifier(check.column or "")
    values = [value for value in check.values if value is not None]
    kind = context.columns.get(check.column or "", "")
    types = {
        "bool" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
        for value in values
    }
    compared = column
    if len(types) > 1 or (kind == "text" and types != {"text"}):
        compared = context.dialect.text(column)
        values = [value if isinstance(value, str) else literal(value).lower() for value in values]
    allowed = ", ".join(dict.fromkeys(literal(value) for value in values))
    failing = f"{compared} NOT IN ({allowed})" if allowed else f"{column} IS NOT NULL"
    null_allowed = check.allow_null or None in check.values
    return _counted(context, failing if null_allowed else f"{failing} OR {column} IS NULL")


def _regex(check: Check, context: Context) -> CheckQuery:
    column = identifier(check.column or "")
    matches = context.dialect.matches(context.dialect.text(column), literal(check.pattern or ""))
    return _counted(context, _with_null_policy(check, column, f"NOT {matches}"))


def _regex_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    problem = pattern_problem(check.pattern or "")
    return (
        [CheckProblem("pattern", problem, "use plain syntax: classes, groups, |, *, +, ?, {n,m}, ^, $")]
        if problem
        else []
    )


def _length(check: Check, context: Context) -> CheckQuery:
    column = identifier(check.column or "")
    length = f"length({context.dialect.text(column)})"
    outside = []
    if check.min_length is not None:
        outside.append(f"{length} < {literal(check.min_length)}")
    if check.max_length is not None:
        outside.append(f"{length} > {literal(check.max_length)}")
    failing = _with_null_policy(check, column, " OR ".join(outside) or "FALSE")
    observed = (
        f"'shortest ' || CAST(min({length}) AS VARCHAR) || ', longest ' || CAST(max({length}) AS VARCHAR)"
    )
    return _counted(context, failing, observed)


def _length_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    if check.min_length is not None and check.max_length is not None and check.min_length > check.max_length:
        return [
            CheckProblem("max_length", "the longest length allowed is below the shortest", "swap the two")
        ]
    return []


def _sentence_not_null(check: Check) -> str:
    verb = "is" if len(columns_of(check)) < 2 else "are"
    return f"{named(check)}{place(check)} {verb} never NULL"


def _sentence_range(check: Check) -> str:
    return f"{named(check)}{place(check)} {bounds('is', check.min, check.max)}"


def _sentence_length(check: Check) -> str:
    return f"{named(check)}{place(check)} {bounds('has', check.min_length, check.max_length)} characters"


ROW_CHECKS = (
    CheckType(
        "not_null",
        "Not null",
        "Every row has a value in the column, or in each of several.",
        "row",
        _not_null,
        _sentence_not_null,
        required=(("column", "columns"),),
    ),
    CheckType(
        "range",
        "Range",
        "A number lies within bounds; NaN does not.",
        "row",
        _range,
        _sentence_range,
        required=(("column",), ("min", "max")),
        optional=("allow_null",),
        inspect=_range_problems,
    ),
    CheckType(
        "accepted_values",
        "Accepted values",
        "The column holds only values of a list.",
        "row",
        _accepted_values,
        lambda check: f"{named(check)}{place(check)} is one of {listed(check.values)}",
        required=(("column",), ("values",)),
        optional=("allow_null",),
    ),
    CheckType(
        "regex",
        "Pattern",
        "Text contains a match of a regular expression; anchor it with ^ and $.",
        "row",
        _regex,
        lambda check: f"{named(check)}{place(check)} matches {listed([check.pattern or ''])}",
        required=(("column",), ("pattern",)),
        optional=("allow_null",),
        inspect=_regex_problems,
    ),
    CheckType(
        "length",
        "Length",
        "Text has a length within bounds, counted in characters.",
        "row",
        _length,
        _sentence_length,
        required=(("column",), ("min_length", "max_length")),
        optional=("allow_null",),
        inspect=_length_problems,
    ),
)
