"""What a destination must hold, by a direct query of the source, and what it does hold, by plain clients."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg

from generator.design.models import Column, PipelineDesign, Table
from generator.design.types import decimal_parameters
from tests.servers.postgres import PostgresDatabase

Rows = list[tuple[Any, ...]]


class Target(Protocol):
    """A destination: its section of a design, and its rows."""

    dialect: str

    @property
    def design(self) -> dict[str, Any]:
        """The destination section."""
        ...

    def rows(self, query: str) -> Rows:
        """Return the rows of a query."""
        ...


class DuckDBTarget:
    """A DuckDB file, read by a plain DuckDB client."""

    dialect = "duckdb"

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def design(self) -> dict[str, Any]:
        """The destination section."""
        return {
            "name": "warehouse",
            "type": "duckdb",
            "connection": {"path": str(self.path)},
            "schema": "mart",
        }

    def rows(self, query: str) -> Rows:
        """Return the rows of a query."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(query).fetchall()


class PostgresTarget:
    """A PostgreSQL database, read by psycopg."""

    dialect = "postgres"

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database

    @property
    def design(self) -> dict[str, Any]:
        """The destination section."""
        connection = self.database.connection
        return {"name": "warehouse", "type": "postgres", "connection": connection, "schema": "mart"}

    def rows(self, query: str) -> Rows:
        """Return the rows of a query."""
        return postgres_rows(self.database.url, query)


class FilesTarget:
    """A folder of Parquet files, read by a plain DuckDB client as the manifest says."""

    dialect = "duckdb"

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def design(self) -> dict[str, Any]:
        """The destination section."""
        return {"name": "lake", "type": "files", "connection": {"path": str(self.path)}, "schema": "mart"}

    def rows(self, query: str) -> Rows:
        """Return the rows of a query, its table being ``mart.<table>``."""
        manifest = json.loads((self.path / "_manifest.json").read_text())
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA mart")
            for entry in manifest["tables"]:
                if entry["schema"] == "mart":
                    files = [str(self.path / file) for file in entry["files"]]
                    view = f"mart.{quoted(entry['table'])}"
                    connection.execute(
                        f"CREATE VIEW {view} AS FROM read_parquet({files}, hive_partitioning = false)"
                    )
            return connection.execute(query).fetchall()


def postgres_rows(url: str, query: str) -> Rows:
    """Return the rows of a query by psycopg, with the session in UTC."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query.encode()).fetchall()


def quoted(name: str) -> str:
    """Return a name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def expression(column: Column, dialect: str) -> str:
    """Return what to select so that both sides' clients give equal Python values.

    ``source`` is the source's side; the others are destinations.
    """
    name = quoted(column.name)
    if column.type == "timestamptz":
        return f"timezone('UTC', {name})"
    if column.type == "real":
        return f"CAST({name} AS double precision)"
    if column.type == "json":
        return f"CAST({name} AS varchar)"
    if dialect == "source" and column.type == "text":
        return f"CASE WHEN {name} IS NOT NULL THEN format('%s', {name}) END"
    return name


def canonical(rows: Rows, columns: Sequence[Column]) -> Counter[str]:
    """Return rows as a multiset that compares by value; JSON by its content."""
    documents = {index for index, column in enumerate(columns) if column.type == "json"}
    return Counter(
        repr([_value(json.loads(v) if i in documents and v is not None else v) for i, v in enumerate(row)])
        for row in rows
    )


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, _value(item)) for key, item in value.items())
    if type(value).__name__ == "Decimal":
        return value.normalize()
    return bytes(value) if isinstance(value, memoryview) else value


def assert_table_equals_source(table: Table, url: str, target: Target) -> int:
    """Compare a published table with its source: every value, and counts, distinct keys and sums; return its rows."""
    columns = table.columns_probed
    origin = f"{quoted(table.namespace or 'public')}.{quoted(table.table)}"
    place = f"mart.{quoted(table.staging_name)}"
    there = postgres_rows(url, f"SELECT {', '.join(expression(c, 'source') for c in columns)} FROM {origin}")
    here = target.rows(f"SELECT {', '.join(expression(c, target.dialect) for c in columns)} FROM {place}")
    expected, found = canonical(there, columns), canonical(here, columns)
    missing, extra = expected - found, found - expected
    assert not missing, f"{place}: {missing.total()} rows are missing, as {next(iter(missing))}"
    assert not extra, f"{place}: {extra.total()} rows too many, as {next(iter(extra))}"
    assert target.rows(facts(table, place)) == postgres_rows(url, facts(table, origin))
    return len(here)


def facts(table: Table, relation: str) -> str:
    """Return a query of a table's count, distinct keys and decimal sums, for either side."""
    items = ["count(*)"]
    if table.primary_key:
        listed = ", ".join(map(quoted, table.primary_key))
        items.append(f"(SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {relation}) AS keys)")
    items += [f"sum({quoted(c.name)})" for c in table.columns_probed if decimal_parameters(c.type)]
    return f"SELECT {', '.join(items)} FROM {relation}"


def assert_equals_source(design: PipelineDesign, url: str, target: Target) -> dict[str, int]:
    """Compare every published table with its source; return their numbers of rows."""
    return {
        table.staging_name: assert_table_equals_source(table, url, target)
        for source in design.sources
        for table in source.tables
    }
