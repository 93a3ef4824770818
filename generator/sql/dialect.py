"""From the design's SQL (DuckDB's) to the engine that runs it: its table names and its dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from generator.errors import DesignError

from .parse import base_tables
from .query import Parsed, parse_query
from .relations import Relations, Tables, quote

Place = tuple[str, str]
"""Schema and name of a table where it really lies."""
Edit = tuple[int, int, str]
"""Start and end offset of a piece of text, and what it becomes."""


@dataclass(frozen=True)
class EngineSql:
    """A query as its engine takes it; ``dialect`` is the one it was written in."""

    sql: str
    dialect: str
    translated: bool


def transpile(sql: str, read: str, write: str) -> str:
    """Translate one query between dialects (``duckdb``, ``postgres``).

    Raises:
        DesignError: it does not parse, or uses what the other dialect does not have.
    """
    parsed = parse_query(sql, read)
    if parsed.tree is None:
        raise _unreadable(parsed)
    return _generate(parsed.tree, write)


def engine_sql(sql: str, tables: Tables, places: Mapping[str, Place], engine: str) -> EngineSql:
    """Return a design's query as its engine runs it.

    A query that parses as DuckDB SQL is DuckDB SQL, and is translated where the engine is PostgreSQL. One
    that only parses as PostgreSQL is taken as it is there. Comments and layout survive where nothing has to
    be translated.

    Args:
        sql: The query as written.
        tables: What it may read, as for `check_sql`.
        places: Where each of those tables really lies; a missing one stays under its own name.
        engine: ``duckdb`` or ``postgres``.

    Raises:
        DesignError: it parses in neither dialect.
    """
    relations = Relations.of(tables)
    written = written_in(sql, relations, engine)
    parsed = parse_query(sql, written)
    if parsed.tree is None:
        raise _unreadable(parsed)

    def place(full: str) -> Place:
        schema, _, name = full.partition(".")
        return places.get(full, (schema, name))

    edits, _ = _edits(parsed, relations, place)
    text = apply_edits(sql, edits)
    if written == engine:
        return EngineSql(text, written, translated=False)
    tree = parse_query(text, written).tree
    if tree is None:
        raise DesignError(
            "the query does not parse any more once its table names are written out", where=sql[:60]
        )
    return EngineSql(_generate(tree, engine), written, translated=True)


def written_in(sql: str, relations: Relations, engine: str) -> str:
    """Return a query's dialect: DuckDB's, unless only PostgreSQL, its engine, understands it."""
    if engine != "postgres" or parse_query(sql, "postgres").tree is None:
        return "duckdb"
    from .engine import bind

    return "postgres" if bind(sql, relations).problems else "duckdb"


def _unreadable(parsed: Parsed) -> DesignError:
    problem = parsed.problem
    where = f"line {problem.line}, column {problem.column}" if problem else ""
    return DesignError(problem.message if problem else "the query cannot be read", where=where)


def qualifying_edits(parsed: Parsed, relations: Relations) -> tuple[list[Edit], list[str]]:
    """Return the edits that write every table in full, and the tables' names."""

    def place(full: str) -> Place:
        schema, _, name = full.partition(".")
        return (schema, name) if name else ("", schema)

    return _edits(parsed, relations, place)


def apply_edits(text: str, edits: list[Edit]) -> str:
    """Return the text with the edits made."""
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def offset_before(edits: list[Edit], offset: int) -> int:
    """Return where an offset in the edited text was before the edits."""
    shift = 0
    for start, end, replacement in sorted(edits):
        if offset < start + shift:
            break
        if offset < start + shift + len(replacement):
            return start
        shift += len(replacement) - (end - start)
    return offset - shift


def _edits(
    parsed: Parsed, relations: Relations, place: Callable[[str], Place]
) -> tuple[list[Edit], list[str]]:
    """Replace table names in the text itself, so that everything else stays as written."""
    edits: list[Edit] = []
    used: dict[str, None] = {}
    for table in base_tables(parsed):
        full = relations.find(table)
        span = _span(table)
        if full is None or span is None:
            continue
        used.setdefault(full)
        schema, name = place(full)
        target = ".".join(quote(part) for part in (schema, name) if part)
        # Columns may be written with the table's own name in front: it stays, as an alias.
        alias = f" AS {quote(table.name)}" if not table.alias and name != table.name else ""
        edits.append((*span, target + alias))
    if parsed.tree is not None:
        edits += _unqualified_columns(parsed.tree)
    return sorted(set(edits)), list(used)


def _unqualified_columns(tree: exp.Expr) -> list[Edit]:
    """Cut the schema from ``schema.table.column``: the table may lie in another one."""
    edits = []
    for column in tree.find_all(exp.Column):
        schema, table = column.args.get("db"), column.args.get("table")
        if schema is not None and table is not None and "start" in schema.meta and "start" in table.meta:
            edits.append((int(schema.meta["start"]), int(table.meta["start"]), ""))
    return edits


def _span(table: exp.Table) -> tuple[int, int] | None:
    metas = [part.meta for part in table.parts]
    if any("start" not in meta for meta in metas):
        return None
    return int(metas[0]["start"]), int(metas[-1]["end"]) + 1


def _generate(tree: exp.Expr, dialect: str) -> str:
    try:
        return str(tree.sql(dialect=dialect, pretty=True, unsupported_level=ErrorLevel.RAISE))
    except sqlglot.UnsupportedError as error:
        raise DesignError(f"{dialect} has no form for part of this query: {error}") from error
    except SqlglotError as error:
        raise DesignError(f"the query cannot be written for {dialect}: {error}") from error
