"""Destinations the tests publish to, each read by something other than the pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.servers.postgres import PostgresDatabase

Rows = list[tuple[str | None, ...]]


@dataclass(frozen=True)
class Place:
    """A destination: its section of the design, its pattern, and a way to read a table as text."""

    name: str
    destination: dict[str, Any]
    pattern: str
    read: Callable[[str, str], Rows]

    def rows(self, table: str, columns: str = "*", schema: str = "analytics") -> Rows:
        """Return a table's rows as text, sorted."""
        return sorted(self.read(f'"{schema}"."{table}"', columns), key=str)


def duckdb_place(home: Path, pattern: str) -> Place:
    """Return a DuckDB file as destination."""

    def read(relation: str, columns: str) -> Rows:
        with duckdb.connect() as connection:
            connection.execute(
                f"SET TimeZone='UTC'; ATTACH '{home}/warehouse.duckdb' AS w (READ_ONLY); USE w"
            )
            return connection.execute(
                f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT {columns} FROM {relation})"
            ).fetchall()

    return Place(
        f"duckdb-{pattern}", {"type": "duckdb", "connection": {"path": "warehouse.duckdb"}}, pattern, read
    )


def files_place(home: Path) -> Place:
    """Return a folder as destination, read through its manifest."""

    def read(relation: str, columns: str) -> Rows:
        schema, table = relation.strip('"').split('"."')
        manifest = json.loads((home / "lake/_manifest.json").read_text())
        entry = next(e for e in manifest["tables"] if (e["schema"], e["table"]) == (schema, table))
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone='UTC'")
            if not entry["files"]:
                return []
            files = ", ".join(f"'{home}/lake/{file}'" for file in entry["files"])
            source = f"read_parquet([{files}], union_by_name=true, hive_partitioning=false)"
            return connection.execute(
                f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT {columns} FROM {source})"
            ).fetchall()

    return Place("files", {"type": "files", "connection": {"path": "lake"}}, "batch_etl", read)


def postgres_place(database: PostgresDatabase, pattern: str) -> Place:
    """Return a PostgreSQL database as destination."""

    def read(relation: str, columns: str) -> Rows:
        names = (
            [
                row[0]
                for row in database.query(
                    "SELECT a.attname FROM pg_attribute a WHERE attrelid = "
                    f"'{relation}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
                )
            ]
            if columns == "*"
            else [name.strip() for name in columns.split(",")]
        )
        items = ", ".join('"' + name.replace('"', '""') + '"::text' for name in names)
        with database.connect() as connection:
            connection.execute("SET TimeZone='UTC'")
            return connection.execute(f"SELECT {items} FROM {relation}".encode()).fetchall()

    return Place(
        f"postgres-{pattern}", {"type": "postgres", "connection": database.connection}, pattern, read
    )
