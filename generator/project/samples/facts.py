"""What a design says of the values of its source columns: which are joined, unique, bounded, never NULL."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from generator.checks.catalogue import columns_of, references_of
from generator.design.models import Check, Scalar
from generator.sql.lineage import column_lineage
from generator.sql.query import parse_query

from ..names import bare_table
from ..view import ProjectView

Column = tuple[str, str]
"""Table in staging and column."""


@dataclass
class ColumnFacts:
    """What is known of one column's values."""

    never_null: bool = False
    values: list[Scalar] = field(default_factory=list)
    low: float | None = None
    high: float | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    max_age_hours: float | None = None


@dataclass
class Facts:
    """Everything the sample rows have to respect.

    Attributes:
        columns: Facts by column.
        groups: For each joined column, the first of the columns it is equal to somewhere.
        unique: Sets of columns that identify a row, by table.
        rows: Rows wanted at least, by table.
    """

    columns: dict[Column, ColumnFacts]
    groups: dict[Column, Column]
    unique: dict[str, list[list[str]]]
    rows: dict[str, int]


def facts(view: ProjectView) -> Facts:
    """Collect the facts of a design."""
    found = Facts(defaultdict(ColumnFacts), {}, defaultdict(list), defaultdict(int))
    for table in view.tables:
        if table.table.primary_key:
            found.unique[table.name].append(list(table.table.primary_key))
        if table.name in view.published and view.published[table.name].key:
            found.unique[table.name].append(list(view.published[table.name].key))
        watermark = table.table.extraction.watermark_column if table.table.extraction else None
        for name in [*table.table.primary_key, *([watermark] if watermark else [])]:
            found.columns[table.name, name].never_null = True
    for check in (item.check for item in view.checks):
        if check.table in view.tables_by_name:
            _of_check(found, check, check.table)
        elif check.check == "not_null" and check.table in view.outputs:
            for column in _sources(view, check.table, columns_of(check)):
                found.columns[column].never_null = True
    equal: list[tuple[Column, Column]] = [
        pair for check in view.checks for pair in _referenced(view, check.check)
    ]
    for item in view.design.transformations:
        if item.type == "sql" and item.sql:
            equal += _of_query(view, found, item.sql)
    found.groups = _grouped(equal)
    return found


def _of_check(found: Facts, check: Check, table: str) -> None:
    """Note what a check on a source table asserts."""
    if check.check == "unique":
        found.unique[table].append(columns_of(check))
    if check.check == "row_count":
        found.rows[table] = max(found.rows[table], check.min_rows or 0)
    for name in columns_of(check):
        column = found.columns[table, name]
        if check.check in ("not_null", "null_rate") or not check.allow_null:
            column.never_null = True
        if check.check == "accepted_values":
            column.values = [value for value in check.values if value is not None]
        elif check.check == "range":
            column.low = check.min if check.min is not None else column.low
            column.high = check.max if check.max is not None else column.high
        elif check.check == "length":
            column.shortest, column.longest = check.min_length, check.max_length
        elif check.check == "regex":
            column.pattern = check.pattern
        elif check.check == "freshness":
            column.max_age_hours = check.max_age_hours


def _referenced(view: ProjectView, check: Check) -> list[tuple[Column, Column]]:
    if check.check != "referential_integrity" or not {check.table, check.reference_table} <= set(
        view.tables_by_name
    ):
        return []
    table, other = check.table or "", check.reference_table or ""
    return [
        ((table, name), (other, key))
        for name, key in zip(columns_of(check), references_of(check), strict=False)
    ]


def _sources(view: ProjectView, table: str, columns: list[str]) -> list[Column]:
    """Return the source columns that columns of an output come from."""
    item = view.outputs[table]
    if item.type != "sql" or not item.sql:
        return []
    return [
        (bare_table(source), name)
        for found in column_lineage(item.sql, view.known_tables)
        if found.column in columns
        for source, name in found.sources
        if bare_table(source) in view.tables_by_name
    ]


def _of_query(view: ProjectView, found: Facts, sql: str) -> list[tuple[Column, Column]]:
    """Return the columns a query joins on, and note the literals it compares columns with."""
    tree = parse_query(sql, "duckdb").tree or parse_query(sql, "postgres").tree
    if tree is None:
        return []
    aliases = {
        table.alias_or_name: table.name
        for table in tree.find_all(exp.Table)
        if table.name in view.tables_by_name
    }
    pairs = []
    for equality in tree.find_all(exp.EQ):
        left, right = (_column(view, aliases, side) for side in (equality.left, equality.right))
        if left and right:
            pairs.append((left, right))
        elif left and isinstance(equality.right, exp.Literal):
            _wanted(found.columns[left], [equality.right])
    for choice in tree.find_all(exp.In):
        if column := _column(view, aliases, choice.this):
            _wanted(
                found.columns[column], [item for item in choice.expressions if isinstance(item, exp.Literal)]
            )
    for join in tree.find_all(exp.Join):
        for name in join.args.get("using") or ():
            holders = [
                (table, name.name)
                for table in dict.fromkeys(aliases.values())
                if name.name in view.columns_of(table)
            ]
            pairs += list(itertools.pairwise(holders))
    return pairs


def _wanted(column: ColumnFacts, literals: Iterable[exp.Expr]) -> None:
    if not column.values or column.values[-1:] == ["other"]:
        column.values = list(dict.fromkeys([*(item.name for item in literals), *column.values]))


def _column(view: ProjectView, aliases: dict[str, str], node: exp.Expr | None) -> Column | None:
    if not isinstance(node, exp.Column):
        return None
    if node.table:
        return (aliases[node.table], node.name) if node.table in aliases else None
    holders = [table for table in dict.fromkeys(aliases.values()) if node.name in view.columns_of(table)]
    return (holders[0], node.name) if len(holders) == 1 else None


def _grouped(pairs: list[tuple[Column, Column]]) -> dict[Column, Column]:
    """Return, for each joined column, the first column of its group."""
    first: dict[Column, Column] = {}
    for left, right in pairs:
        one, other = first.get(left, left), first.get(right, right)
        kept, gone = min(one, other), max(one, other)
        first |= {left: kept, right: kept, gone: kept, kept: kept}
        for column, leader in first.items():
            if leader == gone:
                first[column] = kept
    return first
