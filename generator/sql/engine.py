"""The embedded engine as the judge of a query: an in-memory DuckDB, shut off from files and network."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import duckdb

from generator.design.types import decimal_parameters

from .query import SqlProblem, parse_query, position
from .relations import Columns, Relations, quote

_LOCKED_DOWN = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
    "memory_limit": "256MB",
    "errors_as_json": "true",
}
_guard = threading.Lock()


@dataclass(frozen=True)
class Bound:
    """What the engine makes of a query: problems, or its output columns (name, DuckDB type)."""

    problems: tuple[SqlProblem, ...] = ()
    columns: tuple[tuple[str, str], ...] = field(default=())


def connect() -> duckdb.DuckDBPyConnection:
    """Return a fresh in-memory database that can reach nothing outside itself; its settings are locked."""
    connection = duckdb.connect(":memory:", config=dict(_LOCKED_DOWN))
    connection.execute("SET lock_configuration = true")
    return connection


def duckdb_type(kind: str) -> str:
    """Return DuckDB's spelling of a logical type; decimals it cannot hold exactly are text, as in staging."""
    if kind.endswith("[]"):
        return duckdb_type(kind[:-2]) + "[]"
    if kind == "decimal":
        return "VARCHAR"
    if parameters := decimal_parameters(kind):
        precision, scale = parameters
        return f"DECIMAL({precision},{scale})" if precision <= 38 and 0 <= scale <= precision else "VARCHAR"
    return {"text": "VARCHAR", "bytes": "BLOB", "real": "FLOAT"}.get(kind, kind.upper())


def create_tables(connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, Columns]]) -> None:
    """Create empty tables, each under its ``schema.table`` name."""
    for full, columns in tables:
        schema, _, name = full.rpartition(".") if full.count(".") <= 1 else full.partition(".")
        if schema:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        place = f"{quote(schema)}.{quote(name)}" if schema else quote(name)
        fields = ", ".join(f"{quote(column)} {duckdb_type(kind)}" for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {place} ({fields})")


def bind(sql: str, relations: Relations) -> Bound:
    """Let DuckDB parse and bind a query over empty tables; nothing is executed.

    Queries over tables whose columns are not known are not judged.
    """
    from .dialect import apply_edits, qualifying_edits

    parsed = parse_query(sql)
    if parsed.tree is None:
        return Bound((parsed.problem,) if parsed.problem else ())
    edits, used = qualifying_edits(parsed, relations)
    text = apply_edits(sql, edits)
    if any(not relations.tables[name] for name in used):
        return Bound()
    with _guard:
        connection = _shared()
        connection.execute("BEGIN")
        try:
            create_tables(connection, [(name, relations.tables[name]) for name in used])
            connection.execute(f"DESCRIBE {text}")
            return Bound(columns=tuple((str(row[0]), str(row[1])) for row in connection.fetchall()))
        except duckdb.Error as error:
            return Bound((engine_problem(sql, edits, str(error), skip=len("DESCRIBE ")),))
        finally:
            connection.execute("ROLLBACK")


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    """Return the one database queries are bound in: opening one takes longer than binding queries."""
    return connect()


def engine_problem(sql: str, edits: list[tuple[int, int, str]], answer: str, *, skip: int = 0) -> SqlProblem:
    """Return the engine's error as a problem placed in the query as the user wrote it.

    Args:
        sql: The query as written.
        edits: What was replaced in it before it was run.
        answer: The error's text.
        skip: Characters put in front of the query.
    """
    from .dialect import apply_edits, offset_before

    place, message = error_details(answer)
    if place is None:
        return SqlProblem(1, 1, message)
    # The engine counts bytes.
    before = apply_edits(sql, edits).encode()[: max(0, place - skip)]
    offset = len(before.decode(errors="ignore"))
    line, column = position(sql, offset_before(edits, offset))
    return SqlProblem(line, column, message)


def error_details(answer: str) -> tuple[int | None, str]:
    """Return the offset and the first sentences of a DuckDB error in JSON form."""
    place: object = None
    try:
        details = json.loads(answer[answer.index("{") :])
    except ValueError:
        message = answer
    else:
        message = str(details.get("exception_message", answer))
        place = details.get("position") or str(details.get("location", "")).strip("[]").partition(",")[0]
    for tail in ("\n\nLINE", "\nLINE", "Candidate functions:", "Candidate bindings:", "For more information"):
        message = message.split(tail)[0]
    return (int(str(place)) if str(place).isdigit() else None), " ".join(message.split())
