"""Where each output column of a query comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer import build_scope
from sqlglot.optimizer.qualify import qualify

from .design_tables import output_columns
from .parse import base_tables
from .query import parse_query
from .relations import Relations, Tables


@dataclass(frozen=True)
class ColumnLineage:
    """One output column: its logical type (empty where unknown) and the columns (table, column) it is made
    from.

    No sources means that it comes from no column: a constant or a count of rows.
    """

    column: str
    type: str
    sources: tuple[tuple[str, str], ...]


def column_lineage(sql: str, tables: Tables, dialect: str = "duckdb") -> list[ColumnLineage]:
    """Return the lineage of every output column, in order; empty for a query that cannot be analysed.

    Args:
        sql: The query.
        tables: ``schema.table`` -> column -> logical type.
        dialect: ``duckdb`` or ``postgres``.
    """
    parsed = parse_query(sql, dialect)
    if parsed.tree is None:
        return []
    relations = Relations.of(tables)
    used = {full for table in base_tables(parsed) if (full := relations.find(table)) is not None}
    tree = parsed.tree.copy()
    for table in tree.find_all(exp.Table):
        _write_in_full(table, relations)
    try:
        schema = _schema(used, tables)
        qualified = qualify(
            tree, schema=schema, dialect=dialect, validate_qualify_columns=False, identify=False
        )
        scope = build_scope(qualified)
        if scope is None:
            return []
        nodes = lineage(None, qualified, schema, scope=scope, dialect=dialect, trim_selects=False, copy=False)
    except (SqlglotError, ValueError, KeyError, RecursionError):
        # Lineage is a courtesy: a query the engine accepts is never refused because it cannot be traced.
        return []
    spelled = {name.casefold(): name for full in used for name in tables[full]}
    spelled |= {name.casefold(): name for name in parsed.tree.named_selects}
    types = output_columns(sql, tables) if dialect == "duckdb" else {}
    kinds = {name.casefold(): kind for name, kind in types.items()}
    result = []
    for name, node in nodes.items():
        sources: dict[tuple[str, str], None] = {}
        for leaf in node.walk():
            if not leaf.downstream and isinstance(leaf.expression, exp.Table):
                full = relations.find(leaf.expression)
                column = str(leaf.name).rpartition(".")[2].strip('"')
                if full is not None and column != "*":
                    sources[(full, _spelling(column, tables[full]))] = None
        shown = spelled.get(name.casefold(), name)
        result.append(ColumnLineage(shown, kinds.get(name.casefold(), ""), tuple(sorted(sources))))
    return result


def _write_in_full(table: exp.Table, relations: Relations) -> None:
    if not isinstance(table.this, exp.Identifier):
        return
    full = relations.find(table)
    if full is None or table.args.get("db"):
        return
    schema, _, name = full.partition(".")
    if name:
        alias = table.alias or table.name
        table.set("db", exp.to_identifier(schema))
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))


def _schema(used: Iterable[str], tables: Tables) -> dict[str, object]:
    """Return the tables' columns in sqlglot's nested form; types play no part in tracing."""
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for full in used:
        schema, _, name = full.partition(".")
        if tables[full] and name:
            nested.setdefault(schema, {})[name] = dict.fromkeys(tables[full], "VARCHAR")
    return dict(nested)


def _spelling(column: str, columns: Iterable[str]) -> str:
    folded = column.casefold()
    return next((name for name in columns if name.casefold() == folded), column)
