"""Run a check's file in DuckDB and PostgreSQL on rows made in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import duckdb
import psycopg

from generator.checks.model import EXAMPLES_MARKER

Row = tuple[Any, ...]
TYPES = {"id": "integer", "v": "double", "s": "text", "at": "timestamptz", "parent": "integer"}
SPELLED = {"integer": "INTEGER", "double": "DOUBLE PRECISION", "text": "TEXT", "timestamptz": "TIMESTAMPTZ"}


class Bench(Protocol):
    """An engine with one table ``shop."Order Lines"`` of the columns of `TYPES`."""

    dialect: str

    def fill(self, rows: Sequence[Row]) -> None:
        """Put these rows, and no others, into the table."""

    def rows(self, sql: str) -> list[Row]:
        """Return what a query gives."""


RELATION = '"shop"."Order Lines"'
_COLUMNS = ", ".join(f'"{name}" {SPELLED[kind]}' for name, kind in TYPES.items())


class DuckBench:
    """DuckDB in memory."""

    dialect = "duckdb"

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA shop")

    def fill(self, rows: Sequence[Row]) -> None:
        self.connection.execute(f"CREATE OR REPLACE TABLE {RELATION} ({_COLUMNS})")
        if rows:
            self.connection.executemany(f"INSERT INTO {RELATION} VALUES (?, ?, ?, ?, ?)", rows)

    def rows(self, sql: str) -> list[Row]:
        return self.connection.execute(sql).fetchall()


class PostgresBench:
    """A real server."""

    dialect = "postgres"

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection
        connection.execute("CREATE SCHEMA shop")

    def fill(self, rows: Sequence[Row]) -> None:
        self.connection.execute(f"DROP TABLE IF EXISTS {RELATION}".encode())
        self.connection.execute(f"CREATE TABLE {RELATION} ({_COLUMNS})".encode())
        if rows:
            with self.connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {RELATION} VALUES (%s, %s, %s, %s, %s)".encode(), rows)

    def rows(self, sql: str) -> list[Row]:
        return self.connection.execute(sql.encode()).fetchall()


def outcome(bench: Bench, text: str) -> tuple[int, int, str | None, list[Row]]:
    """Return records_checked, records_failed, observed and the examples of a check's file."""
    query, _, examples = text.partition(EXAMPLES_MARKER)
    ((checked, failed, observed),) = bench.rows(query)
    return int(checked), int(failed), observed, bench.rows(examples) if examples.strip() else []
