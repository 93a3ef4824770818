"""Rows between DuckDB and another engine, as Arrow streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from .base import Column, Engine, fit, names, quoted
from .duckdb_engine import DuckDBEngine
from .types import ddl, from_duckdb, wire, wire_postgres

if TYPE_CHECKING:
    import pyarrow as pa


class Receiver(Engine, Protocol):
    """An engine that takes a DuckDB relation's rows by binary COPY."""

    def ingest(self, relation: Any, table: str, *, schema: str | None = None, temporary: bool = False) -> int:
        """Append a relation to an existing table and return the rows written."""


def logical_columns(columns: list[Column], known: Mapping[str, str]) -> list[Column]:
    """Return the logical types of DuckDB columns: the configured one where the column has it, else the nearest."""
    return [
        (name, known[name] if name in known and ddl(known[name], "duckdb") == kind else from_duckdb(kind))
        for name, kind in columns
    ]


def fetch_arrow(engine: Engine, work: DuckDBEngine, query: str) -> pa.Table:
    """Return the rows of a query as an Arrow table."""
    if isinstance(engine, DuckDBEngine):
        return engine.arrow(query)
    postgres: Any = engine
    with postgres.stream(query) as name:
        return work.arrow(f"SELECT * FROM {name}")


def store_query(work: DuckDBEngine, query: str, engine: Engine, schema: str, table: str) -> None:
    """Create a table in an engine from a query of the DuckDB at work, in the caller's transaction."""
    if isinstance(engine, DuckDBEngine):
        engine.execute(f"CREATE TABLE {engine.relation(schema, table)} AS {query}")
    else:
        postgres: Any = engine
        send(work, query, postgres, table, schema=schema)


def send(
    work: DuckDBEngine,
    query: str,
    engine: Receiver,
    table: str,
    *,
    schema: str | None = None,
    types: Mapping[str, str] | None = None,
    unlogged: bool = False,
) -> tuple[Column, ...]:
    """Create a PostgreSQL table and fill it with a DuckDB query's rows; return its columns.

    Args:
        work: Where the query runs.
        query: The rows.
        engine: Where they go, in the caller's transaction.
        table: The new table's name.
        schema: Its schema; None makes it a temporary table that ends with the transaction.
        types: Logical types of columns, where known.
        unlogged: Let a crash of the server empty the table.
    """
    described = work.describe(query)
    native, columns = dict(described), logical_columns(described, types or {})
    kinds = tuple((name, ddl(kind, "postgres")) for name, kind in columns)
    items = ", ".join(f"{_wired(name, kind, native[name])} AS {quoted(name)}" for name, kind in columns)
    relation = work.connection.sql(f"SELECT {items} FROM ({query})")
    target = engine.relation(schema, table) if schema else quoted(fit(table))
    head = "CREATE TEMP TABLE" if schema is None else "CREATE UNLOGGED TABLE" if unlogged else "CREATE TABLE"
    tail = " ON COMMIT DROP" if schema is None else ""
    listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in kinds)
    engine.execute(f"{head} {target} ({listed}){tail}")
    received = [(name, wire_postgres(kind)) for name, kind in columns]
    if all(_same(sent, final) for (_, sent), (_, final) in zip(received, kinds, strict=True)):
        engine.ingest(relation, fit(table), schema=fit(schema) if schema else None, temporary=schema is None)
        return kinds
    passage = fit(f"{table}__wire")
    listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in received)
    engine.execute(f"CREATE TEMP TABLE {quoted(passage)} ({listed}) ON COMMIT DROP")
    engine.ingest(relation, passage, temporary=True)
    casts = ", ".join(f"CAST({quoted(name)} AS {kind})" for name, kind in kinds)
    engine.execute(
        f"INSERT INTO {target} ({names([name for name, _ in kinds])}) SELECT {casts} FROM {quoted(passage)}"
    )
    engine.execute(f"DROP TABLE {quoted(passage)}")
    return kinds


def _wired(name: str, logical: str, native: str) -> str:
    if logical == "json" and native not in {"JSON", "VARCHAR"}:
        return f"CAST(to_json({quoted(name)}) AS VARCHAR)"
    return f"CAST({quoted(name)} AS {wire(logical)})"


def _same(sent: str, final: str) -> bool:
    """Tell whether a binary COPY may write straight into the final column."""
    return sent == final or (sent == "numeric" and final.startswith("numeric(") and not final.endswith("[]"))
