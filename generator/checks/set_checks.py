"""Checks that judge rows together: uniqueness over the whole table, and references to another table."""

from __future__ import annotations

from collections.abc import Mapping

from generator.design.models import Check

from .dialects import identifier, identifiers
from .model import MAX_EXAMPLES, CheckProblem, CheckQuery, CheckType, Context, columns_of, references_of
from .words import listed, named, place


def _unique(check: Check, context: Context) -> CheckQuery:
    """Count the rows beyond the first of each key. NULLs equal one another here, as they do in GROUP BY.

    A row whose key is NULL throughout has no key; it counts only where NULL is not allowed.
    """
    names = columns_of(check)
    columns = identifiers(names)
    keyed = (
        " WHERE " + " OR ".join(f"{identifier(name)} IS NOT NULL" for name in names)
        if check.allow_null
        else ""
    )
    examples = None
    if context.shown:
        counted = f"SELECT {identifiers(context.shown)}, count(*) OVER (PARTITION BY {columns}) AS n_rows"
        examples = (
            f"SELECT {identifiers(context.shown)} FROM ({counted} FROM {context.relation}{keyed}) AS counted"
            f" WHERE n_rows > 1 LIMIT {MAX_EXAMPLES}"
        )
    return CheckQuery(
        f"(SELECT count(*) AS n_rows FROM {context.relation}{keyed} GROUP BY {columns}) AS per_key",
        "CAST(coalesce(sum(n_rows - 1), 0) AS BIGINT)",
        "CAST(coalesce(sum(n_rows), 0) AS BIGINT)",
        "CAST(count(*) AS VARCHAR) || ' distinct keys'",
        examples,
    )


def _referential_integrity(check: Check, context: Context) -> CheckQuery:
    """Count rows whose reference is not found, by an anti-join.

    Where NULL is allowed, a reference with a NULL in it refers to nothing (SQL's MATCH SIMPLE); else it is an
    orphan.
    """
    names, targets = columns_of(check), references_of(check)
    pairs = [(f"c.{identifier(name)}", f"r{index}") for index, name in enumerate(names)]
    looked_up = ", ".join(f"{identifier(target)} AS r{index}" for index, target in enumerate(targets))
    joined = " AND ".join(f"{column} = r.{alias}" for column, alias in pairs)
    target = context.reference or context.relation
    found = f"(SELECT DISTINCT {looked_up}, 1 AS found FROM {target}) AS r"
    source = f"{context.relation} AS c LEFT JOIN {found} ON {joined}"
    failing = "r.found IS NULL"
    if check.allow_null:
        failing += "".join(f" AND {column} IS NOT NULL" for column, _ in pairs)
    examples = None
    if context.shown:
        examples = (
            f"SELECT {identifiers(context.shown, 'c.')} FROM {source} WHERE {failing} LIMIT {MAX_EXAMPLES}"
        )
    return CheckQuery(source, f"count(*) FILTER (WHERE {failing})", examples=examples)


def _reference_problems(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    names, targets = columns_of(check), references_of(check)
    if len(names) != len(targets):
        message = f"{len(names)} columns refer to {len(targets)}"
        return [CheckProblem("reference_columns", message, "name as many columns on both sides")]
    return []


def _sentence_unique(check: Check) -> str:
    verb = "is" if len(columns_of(check)) < 2 else "are together"
    return f"{named(check)}{place(check)} {verb} unique"


def _sentence_reference(check: Check) -> str:
    target = f"{listed([check.reference_table or 'another table'])}.{listed(references_of(check))}"
    return f"{named(check)}{place(check)} refers to a row of {target}"


SET_CHECKS = (
    CheckType(
        "unique",
        "Unique",
        "No two rows of the whole table share the column or combination.",
        "set",
        _unique,
        _sentence_unique,
        required=(("column", "columns"),),
        optional=("allow_null",),
        whole_table=True,
    ),
    CheckType(
        "referential_integrity",
        "Reference",
        "Every reference finds its row in another table.",
        "set",
        _referential_integrity,
        _sentence_reference,
        required=(("column", "columns"), ("reference_table",)),
        optional=("reference_column", "reference_columns", "allow_null"),
        inspect=_reference_problems,
    ),
)
