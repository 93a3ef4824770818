"""Column names of a query: each must be a column of a table in reach, and of one only."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from generator.design.nearest import did_you_mean

from .query import Parsed, SqlProblem, problem_at
from .relations import Relations

_Known = dict[str, str] | None
"""Columns of one source in reach, folded name -> name; None where unknown (table functions, unprobed)."""


def column_problems(parsed: Parsed, relations: Relations) -> list[SqlProblem]:
    """Return unknown and ambiguous columns and unknown table aliases."""
    if parsed.tree is None:
        return []
    try:
        scopes = traverse_scope(parsed.tree)
    except SqlglotError:
        return []
    outputs: dict[int, _Known] = {}
    problems: list[SqlProblem] = []
    for scope in scopes:
        sources = {name: _columns(source, relations, outputs) for name, source in scope.sources.items()}
        outputs[id(scope)] = _outputs(scope, sources, outputs)
        problems += _scope_problems(parsed, scope, sources, relations, outputs)
    return problems


def _columns(source: exp.Expr | Scope, relations: Relations, outputs: dict[int, _Known]) -> _Known:
    if isinstance(source, Scope):
        return outputs.get(id(source))
    if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
        return None
    full = relations.find(source)
    if full is None or not relations.tables[full]:
        return None
    renamed = source.alias_column_names
    names = [*renamed, *list(relations.tables[full])[len(renamed) :]]
    return {name.casefold(): name for name in names}


def _outputs(scope: Scope, sources: dict[str, _Known], outputs: dict[int, _Known]) -> _Known:
    """Return the names a scope offers to the query around it, stars expanded; None when one cannot be."""
    tree = scope.expression
    if isinstance(tree, exp.SetOperation):
        return outputs.get(id(scope.set_operation_scopes[0])) if scope.set_operation_scopes else None
    if not isinstance(tree, exp.Select):
        return None
    if isinstance(tree.parent, exp.CTE | exp.Subquery) and tree.parent.alias_column_names:
        return {name.casefold(): name for name in tree.parent.alias_column_names}
    names: dict[str, str] = {}
    for item in tree.selects:
        if item.is_star:
            if isinstance(item, exp.Star) and (item.args.get("rename_") or item.args.get("rename")):
                return None
            wanted = [item.table] if isinstance(item, exp.Column) else list(scope.selected_sources)
            for name in wanted:
                known = sources.get(name)
                if known is None:
                    return None
                names.update(known)
        elif isinstance(item, exp.Columns) or (isinstance(item, exp.Expr) and item.find(exp.Columns)):
            return None
        else:
            name = item.alias_or_name or ""
            names[name.casefold()] = name
    return names


def _scope_problems(
    parsed: Parsed, scope: Scope, sources: dict[str, _Known], relations: Relations, outputs: dict[int, _Known]
) -> Iterator[SqlProblem]:
    if scope.expression.args.get("pivots") or any(table.args.get("pivots") for table in scope.tables):
        return
    selected = {name: sources.get(name) for name in scope.selected_sources}
    outer = list(_enclosing(scope, relations, outputs))
    aliases = (
        {item.alias.casefold() for item in scope.expression.selects if item.alias}
        if isinstance(scope.expression, exp.Query)
        else set()
    )
    shared = _using(scope)
    for column in scope.columns:
        if column.name == "*" or _is_parameter(column):
            continue
        name, owner = column.name.casefold(), column.table
        if owner:
            yield from _qualified(parsed, column, selected, outer)
            continue
        holders = [table for table, known in selected.items() if known is not None and name in known]
        unknown = any(known is None for known in selected.values())
        if len(holders) > 1 and name not in shared and not unknown:
            if name in aliases and column.find_ancestor(exp.Order, exp.Group, exp.Having, exp.Qualify):
                continue
            yield problem_at(
                parsed.sql,
                column,
                f"{column.name} is in {' and in '.join(holders)}: write {holders[0]}.{column.name}",
            )
        elif (
            not holders
            and not unknown
            and name not in aliases
            and name not in {a.casefold() for a in selected}
        ):
            if any(known is None or name in known for _, known in outer):
                continue
            reach = [column_name for known in selected.values() if known for column_name in known.values()]
            where = f" in {', '.join(selected)}" if selected else ": the query reads no table"
            yield problem_at(
                parsed.sql,
                column,
                f"there is no column {column.name}{where}; {did_you_mean(column.name, reach)}".rstrip("; "),
            )


def _qualified(
    parsed: Parsed, column: exp.Column, selected: dict[str, _Known], outer: list[tuple[str, _Known]]
) -> Iterator[SqlProblem]:
    folded = {name.casefold(): (name, known) for name, known in [*outer, *selected.items()]}
    first = column.parts[0].name.casefold()
    match = folded.get(column.table.casefold()) or folded.get(first)
    if match is None:
        # DuckDB reads a.b as field b of column a, too.
        if any(known is None or first in known for _, known in folded.values()):
            return
        owner = column.args.get("table") or column
        yield problem_at(
            parsed.sql,
            owner,
            f"there is no table or alias {column.table} here; {did_you_mean(column.table, list(selected))}",
        )
        return
    alias, known = match
    name = column.name if column.table.casefold() in folded else column.parts[1].name
    if known is not None and name.casefold() not in known:
        yield problem_at(
            parsed.sql,
            column,
            f"there is no column {name} in {alias}; {did_you_mean(name, list(known.values()))}",
        )


def _enclosing(
    scope: Scope, relations: Relations, outputs: dict[int, _Known]
) -> Iterator[tuple[str, _Known]]:
    """Yield what the queries around a correlated subquery have in reach."""
    parent = scope.parent
    while parent is not None:
        if scope.is_subquery or scope.is_udtf or scope.is_derived_table:
            for name, source in parent.sources.items():
                yield name, _columns(source, relations, outputs)
        scope, parent = parent, parent.parent


def _using(scope: Scope) -> set[str]:
    """Return the columns that joins merge into one (USING, NATURAL)."""
    names: set[str] = set()
    for join in scope.find_all(exp.Join):
        names.update(part.name.casefold() for part in join.args.get("using") or ())
        if join.method == "NATURAL":
            names.update(column.name.casefold() for column in scope.columns)
    return names


def _is_parameter(column: exp.Column) -> bool:
    """Tell whether a name is the parameter of a lambda around it."""
    node: exp.Expr | None = column.parent
    while node is not None:
        if isinstance(node, exp.Lambda) and any(
            part.name == column.parts[0].name for part in node.expressions
        ):
            return True
        node = node.parent
    return False
