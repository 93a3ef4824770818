"""The embedded engine as the judge of a query: an in-memory DuckDB, shut off from files and network."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from generator.design.types import decimal_parameters

from .query import SqlProblem, parse_query, position
from .relations import Columns, Relations, Shape

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


def quote(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


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
    from .dialect import qualify_tables

    parsed = parse_query(sql)
    if parsed.tree is None:
        return Bound((parsed.problem,) if parsed.problem else ())
    text, used = qualify_tables(parsed, relations)
    if any(not relations.tables[name] for name in used):
        return Bound()
    shape = tuple((name, tuple(relations.tables[name].items())) for name in used)
    try:
        with _guard, _catalogue(shape).cursor() as cursor:
            cursor.execute(f"DESCRIBE {text}")
            return Bound(columns=tuple((str(row[0]), str(row[1])) for row in cursor.fetchall()))
    except duckdb.Error as error:
        return Bound((_problem(sql, text, str(error)),))


_databases: dict[Shape, duckdb.DuckDBPyConnection] = {}


def _catalogue(shape: Shape) -> duckdb.DuckDBPyConnection:
    """Return a database with these empty tables; the last few are kept: an editor asks for the same ones."""
    if shape in _databases:
        return _databases[shape]
    while len(_databases) >= 8:
        _databases.pop(next(iter(_databases))).close()
    connection = connect()
    create_tables(connection, [(name, dict(columns)) for name, columns in shape])
    _databases[shape] = connection
    return connection


def _problem(sql: str, text: str, answer: str) -> SqlProblem:
    offset, message = error_details(answer)
    if offset is None:
        return SqlProblem(1, 1, message)
    # Names may have been written out in full in front of the place: the text behind it is the same.
    prefix = len("DESCRIBE ")
    place = max(0, offset - prefix)
    tail = len(text) - place
    line, column = position(sql, place if text == sql else max(0, len(sql) - tail))
    return SqlProblem(line, column, message)


def error_details(answer: str) -> tuple[int | None, str]:
    """Return the offset and the first sentence of a DuckDB error in JSON form."""
    try:
        details = json.loads(answer[answer.index("{") :])
    except ValueError:
        return None, " ".join(answer.split("\n\nLINE")[0].split())
    message = str(details.get("exception_message", answer)).split("\n\nLINE")[0]
    place = details.get("position")
    return (int(place) if place is not None and str(place).isdigit() else None), " ".join(message.split())
