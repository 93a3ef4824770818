"""Checks against what runs have recorded, and the user's own queries.

The SQL of the first kind only measures; the verdict is the runner's, which knows earlier runs and what
extraction saw.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from generator.design.models import Check
from generator.design.types import is_numeric

from .dialects import identifier, identifiers
from .model import EXAMPLES_MARKER, MAX_EXAMPLES, CheckProblem, CheckQuery, CheckType, Context, columns_of
from .words import beginning, named, number, one_line, table

DEFAULT_CHANGE_PERCENT = 50.0
DEFAULT_HISTORY = 7


def _volume_anomaly(check: Check, context: Context) -> CheckQuery:
    return CheckQuery(context.relation, "0", observed="CAST(count(*) AS VARCHAR)")


def _volume_sentence(check: Check) -> str:
    percent = DEFAULT_CHANGE_PERCENT if check.max_percent is None else check.max_percent
    runs = DEFAULT_HISTORY if check.min_history is None else check.min_history
    bound = f"within {number(percent)} % of the median of earlier runs (from {runs} runs on)"
    return f"the row count of {table(check)} is {bound}"


def _percent_problems(check: Check) -> list[CheckProblem]:
    if check.max_percent is None or 0 <= check.max_percent < float("inf"):
        return []
    return [CheckProblem("max_percent", "a percentage cannot be negative", "give a number from 0 up")]


def _volume_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    found = _percent_problems(check)
    if check.min_history is not None and check.min_history < 1:
        found.append(CheckProblem("min_history", "at least one earlier run is needed", "give 1 or more"))
    return found


def _reconciliation(check: Check, context: Context) -> CheckQuery:
    """Measure the row count and, as exact text, the sums of the named columns, in their order."""
    if not (names := columns_of(check)):
        return CheckQuery(context.relation, "0", observed="CAST(count(*) AS VARCHAR)")
    sums = " || ' ' || ".join(f"coalesce(CAST(sum({identifier(name)}) AS VARCHAR), '0')" for name in names)
    return CheckQuery(context.relation, "0", observed=f"CAST(count(*) AS VARCHAR) || ' ' || {sums}")


def _reconciliation_sentence(check: Check) -> str:
    sums = f" and the sums of {named(check)}" if columns_of(check) else ""
    tolerance = f", within {number(check.max_percent)} %" if check.max_percent else ""
    verb = "equal" if sums else "equals"
    return f"the row count{sums} of {table(check)} {verb} what extraction recorded{tolerance}"


def _reconciliation_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    found = _percent_problems(check)
    for name in columns_of(check):
        kind = (columns or {}).get(name)
        if kind and not is_numeric(kind):
            message = f"{name} is {kind} and cannot be added up"
            found.append(CheckProblem("columns", message, "name numeric columns only"))
    return found


def _without_semicolon(text: str) -> str:
    """Return a query up to its closing semicolon; what follows can only be comments."""
    tokens = sqlglot.tokenize(text, read="duckdb")
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        text = text[: tokens.pop().start]
    return text.strip()


def _custom_sql(check: Check, context: Context) -> CheckQuery:
    query = _without_semicolon(check.sql or "")
    source = f"(\n{query}\n) AS offending"
    shown = tuple(name for name in columns_of(check) if name not in context.personal)
    examples = f"SELECT {identifiers(shown)} FROM {source} LIMIT {MAX_EXAMPLES}" if shown else None
    checked = f"(SELECT count(*) FROM {context.relation})" if context.relation else "count(*)"
    return CheckQuery(source, "count(*)", checked, examples=examples)


def _custom_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    text = check.sql or ""
    if EXAMPLES_MARKER in text:
        return [
            CheckProblem(
                "sql", "the query holds the line that separates examples", f"remove {EXAMPLES_MARKER!r}"
            )
        ]
    try:
        statements = [
            statement
            for statement in sqlglot.parse(_without_semicolon(text), read="duckdb")
            if statement is not None
        ]
    except SqlglotError as error:
        reason = one_line(str(error).partition("\n")[0])
        return [
            CheckProblem(
                "sql", f"the query does not parse: {reason}", "write one SELECT of the offending rows"
            )
        ]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return [
            CheckProblem("sql", "this is not one query", "write one SELECT that returns the offending rows")
        ]
    return []


RUN_CHECKS = (
    CheckType(
        "volume_anomaly",
        "Volume anomaly",
        "The row count is near that of earlier runs.",
        "run",
        _volume_anomaly,
        _volume_sentence,
        optional=("max_percent", "min_history"),
        whole_table=True,
        inspect=_volume_problems,
    ),
    CheckType(
        "reconciliation",
        "Reconciliation",
        "Counts and sums equal what extraction recorded at the source.",
        "run",
        _reconciliation,
        _reconciliation_sentence,
        optional=("columns", "max_percent"),
        stages=("pre_transform", "final"),
        whole_table=True,
        inspect=_reconciliation_problems,
    ),
    CheckType(
        "custom_sql",
        "Custom SQL",
        "A query of your own that returns the offending rows; none is a pass.",
        "query",
        _custom_sql,
        lambda check: f"no row is returned by {beginning(check.sql or 'the query')}",
        required=(("sql",),),
        optional=("columns",),
        inspect=_custom_problems,
    ),
)
