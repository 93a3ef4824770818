"""One small shop, the same in every system, so that the conformance suite can ask every connector the same questions.

A new connector joins the suite by one `System` here.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from tests.servers.postgres import PostgresDatabase

CUSTOMERS = [(1, "ann@example.com", "2020-01-31"), (2, "böb@example.com", "2020-02-29"), (3, None, None)]
ORDERS = [
    (10, 1, "12.50", "2024-03-01 10:00:00"),
    (11, 1, "0.01", "2024-03-02 10:00:00"),
    (12, 2, "99999.99", "2024-03-02 10:00:01"),
    (13, 3, None, None),
]
HOSTILE_TABLE = 'or;der "x" --select'
HOSTILE_COLUMNS = ("select", "a b", 'quo"te', "semi;colon", "größe €", "100%", "per%s{c}", "it's")
MANY = 12_000
"""Rows of the table that is larger than a profile looks at."""


class System(ABC):
    """A live system of one kind, filled with the shop."""

    connector: ClassVar[str]
    keys = True
    """It declares primary and foreign keys and indexes."""
    views = True
    hostile_table = HOSTILE_TABLE
    namespace: ClassVar[str | None] = None

    @property
    @abstractmethod
    def connection(self) -> dict[str, Any]:
        """What a design's connection holds."""

    @abstractmethod
    def empty(self) -> dict[str, Any]:
        """Return the connection of a system of this kind that holds nothing."""

    @abstractmethod
    def fill(self) -> None:
        """Put the shop in."""

    @abstractmethod
    def fingerprint(self) -> object:
        """Return something that changes when anything in the system changes."""


def _ddl(money: str, moment: str, integer: str) -> list[str]:
    columns = ", ".join(f"{_quote(name)} {integer}" for name in HOSTILE_COLUMNS)
    return [
        f"CREATE TABLE customers (id {integer} PRIMARY KEY, email varchar(80), joined date)",
        f"CREATE TABLE orders (id {integer} PRIMARY KEY, customer {integer} NOT NULL REFERENCES customers (id),"
        f" amount {money}, placed_at {moment})",
        "CREATE INDEX orders_placed ON orders (placed_at)",
        f"CREATE TABLE visits (id {integer}, page varchar(20))",
        f"CREATE TABLE {_quote(HOSTILE_TABLE)} ({columns})",
        "CREATE VIEW paid AS SELECT id, amount FROM orders WHERE amount IS NOT NULL",
    ]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _hostile_insert() -> str:
    return f"INSERT INTO {_quote(HOSTILE_TABLE)} VALUES ({', '.join(map(str, range(len(HOSTILE_COLUMNS))))})"


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def _inserts(table: str, rows: Sequence[Sequence[object]]) -> list[str]:
    return [f"INSERT INTO {table} VALUES ({', '.join(map(_literal, row))})" for row in rows]


def _statements() -> list[str]:
    return [*_inserts("customers", CUSTOMERS), *_inserts("orders", ORDERS), _hostile_insert()]


class SQLiteSystem(System):
    """A SQLite file."""

    connector = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "shop with space.db"

    @property
    def connection(self) -> dict[str, Any]:
        return {"path": str(self.path)}

    def empty(self) -> dict[str, Any]:
        path = self.folder / "empty.db"
        path.touch()
        return {"path": str(path)}

    def fill(self) -> None:
        with sqlite3.connect(self.path) as shop:
            for statement in [*_ddl("decimal(10,2)", "timestamp", "integer"), *_statements()]:
                shop.execute(statement)
            shop.executemany("INSERT INTO visits VALUES (?, ?)", ((i, f"page {i % 3}") for i in range(MANY)))
        shop.close()

    def fingerprint(self) -> object:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}


class DuckDBSystem(System):
    """A DuckDB file."""

    connector = "duckdb"
    namespace = "main"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "shop with space.duckdb"

    @property
    def connection(self) -> dict[str, Any]:
        return {"path": str(self.path)}

    def empty(self) -> dict[str, Any]:
        path = self.folder / "empty.duckdb"
        duckdb.connect(str(path)).close()
        return {"path": str(path)}

    def fill(self) -> None:
        with duckdb.connect(str(self.path)) as shop:
            for statement in [*_ddl("decimal(10,2)", "timestamp", "bigint"), *_statements()]:
                shop.execute(statement)
            shop.execute(f"INSERT INTO visits SELECT i, 'page ' || (i % 3) FROM range({MANY}) AS r (i)")

    def fingerprint(self) -> object:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}


class PostgresSystem(System):
    """A PostgreSQL database."""

    connector = "postgres"
    namespace = "public"

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database

    @property
    def connection(self) -> dict[str, Any]:
        return self.database.connection

    def empty(self) -> dict[str, Any]:
        return self.database.server.create_database().connection

    def fill(self) -> None:
        self.database.execute(
            *_ddl("numeric(10,2)", "timestamp", "bigint"),
            *_statements(),
            f"INSERT INTO visits SELECT i, 'page ' || (i % 3) FROM generate_series(0, {MANY - 1}) AS i",
            "ANALYZE",
        )

    def fingerprint(self) -> object:
        tables = [row[0] for row in self.database.query("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
                                                        " AND relnamespace = 'public'::regnamespace ORDER BY 1")]  # fmt: skip
        counts = [self.database.query(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {t} AS t")
                  for t in tables]  # fmt: skip
        relations = self.database.query("SELECT oid, relname FROM pg_class WHERE oid >= 16384 ORDER BY 1")
        return tables, counts, relations


class FilesSystem(System):
    """A folder of exports: CSV, JSON Lines, Parquet."""

    connector = "files"
    keys = False
    views = False
    hostile_table = "or_der_x_select"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "exports [1] with space"
        self.folder.mkdir()

    @property
    def connection(self) -> dict[str, Any]:
        return {"path": str(self.folder)}

    def empty(self) -> dict[str, Any]:
        path = self.folder / "empty"
        path.mkdir()
        return {"path": str(path)}

    def fill(self) -> None:
        with duckdb.connect() as shop:
            for statement in [*_ddl("decimal(10,2)", "timestamp", "bigint"), *_statements()]:
                shop.execute(statement)
            shop.execute(f"INSERT INTO visits SELECT i, 'page ' || (i % 3) FROM range({MANY}) AS r (i)")
            (self.folder / "visits").mkdir()
            for table, file in (
                ("customers", "customers.csv"),
                ("orders", "orders.parquet"),
                ("visits", "visits/part-1.csv"),
                (_quote(HOSTILE_TABLE), 'or;der "x" --select.csv'),
            ):
                kind = "parquet" if file.endswith("parquet") else "csv"
                target = str(self.folder / file).replace("'", "''")
                shop.execute(f"COPY {table} TO '{target}' (FORMAT {kind})")

    def fingerprint(self) -> object:
        return {str(file): file.read_bytes() for file in self.folder.rglob("*") if file.is_file()}
