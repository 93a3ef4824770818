"""A query run on sample rows, in the embedded engine: a few rows, a short time, no file and no network."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import duckdb

from generator.errors import DesignError

from .dialect import apply_edits, qualifying_edits, transpile
from .engine import connect, create_tables, duckdb_type, engine_problem
from .query import SqlProblem, parse_query
from .relations import Columns, Relations, Tables, quote

MAX_ROWS = 10
MAX_SECONDS = 2.0


class SampleRows(Protocol):
    """Rows of a table as a probe's `Sample` brings them; values are display strings, None is NULL."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names."""

    @property
    def rows(self) -> tuple[tuple[str | None, ...], ...]:
        """Rows, one value per column."""


@dataclass(frozen=True)
class Preview:
    """What a query gives on the samples; values are display strings, None is NULL."""

    columns: tuple[tuple[str, str], ...] = ()
    """Name and engine type of each column."""
    rows: tuple[tuple[str | None, ...], ...] = ()
    truncated: bool = False
    """There are more rows than shown."""
    error: SqlProblem | None = None
    elapsed_seconds: float = 0.0


def preview(
    sql: str,
    samples: Mapping[str, SampleRows],
    tables: Tables,
    *,
    dialect: str = "duckdb",
    rows: int = MAX_ROWS,
    seconds: float = MAX_SECONDS,
) -> Preview:
    """Run a query on sample rows and return at most ``rows`` of its rows.

    A join or filter may well give nothing on samples; that says nothing about the whole tables.

    Args:
        sql: The query.
        samples: ``schema.table`` -> rows; a table without a sample is empty.
        tables: ``schema.table`` -> column -> logical type.
        dialect: The query's; PostgreSQL's is translated first.
        rows: The most rows to return.
        seconds: The query is interrupted after this time.
    """
    began = time.monotonic()
    if dialect != "duckdb":
        try:
            sql = transpile(sql, dialect, "duckdb")
        except DesignError as error:
            return Preview(error=parse_query(sql, dialect).problem or SqlProblem(1, 1, error.what))
    parsed = parse_query(sql)
    if parsed.tree is None:
        return Preview(error=parsed.problem)
    relations = Relations.of(tables)
    edits, used = qualifying_edits(parsed, relations)
    if unknown := next((name for name in used if not tables[name]), None):
        return Preview(error=SqlProblem(1, 1, f"the columns of {unknown} are not known yet: probe it first"))
    connection = connect()
    try:
        _load(connection, {name: tables[name] for name in used}, samples)
        result = _run(connection, apply_edits(sql, edits).rstrip().rstrip(";"), rows, seconds)
    except duckdb.InterruptException:
        return Preview(error=SqlProblem(1, 1, f"stopped after {seconds:g} s: too slow for a preview"))
    except duckdb.Error as error:
        return Preview(error=engine_problem(sql, edits, str(error)))
    finally:
        connection.close()
    columns, found = result
    return Preview(columns, found[:rows], len(found) > rows, elapsed_seconds=time.monotonic() - began)


def _run(
    connection: duckdb.DuckDBPyConnection, sql: str, rows: int, seconds: float
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str | None, ...], ...]]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        connection.execute(sql)
        found = connection.fetchmany(rows + 1)
        columns = tuple((str(item[0]), str(item[1])) for item in connection.description or ())
    finally:
        timer.cancel()
    return columns, tuple(tuple(_text(value) for value in row) for row in found)


def _load(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Columns], samples: Mapping[str, SampleRows]
) -> None:
    create_tables(connection, tables.items())
    for full, columns in tables.items():
        sample = samples.get(full)
        if sample is None or not sample.rows:
            continue
        present = [name for name in columns if name in sample.columns]
        if not present:
            continue
        values = [[row[sample.columns.index(name)] for row in sample.rows] for name in present]
        # A sample value that does not fit its type is a dead letter in a run; here it is NULL.
        casts = ", ".join(
            f"TRY_CAST(unnest(?::VARCHAR[]) AS {duckdb_type(columns[name])})" for name in present
        )
        schema, _, name = full.partition(".")
        target = f"{quote(schema)}.{quote(name)}" if name else quote(schema)
        connection.execute(f"INSERT INTO {target} ({', '.join(map(quote, present))}) SELECT {casts}", values)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
