"""The systems a world lives in: a SQLite file, a folder of CSV files, a PostgreSQL database."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.world import Row

ACCOUNTS = {
    "id": "bigint primary key", "name": "text", "balance": "numeric(12,2)", "updated_at": "timestamp not null",
}  # fmt: skip
UNSTAMPED = {**ACCOUNTS, "updated_at": "timestamp"}


class Source(ABC):
    """A system with a table ``accounts``, and how a design connects to it."""

    type: str
    connection: dict[str, str | int]

    def put(self, rows: Iterable[Row]) -> None:
        """Insert or replace accounts, in one transaction."""
        self.insert(
            *(
                {"id": r.id, "name": r.name, "balance": Decimal(r.balance) / 100, "updated_at": r.updated_at}
                for r in rows
            )
        )

    @abstractmethod
    def insert(self, *rows: Mapping[str, Any], table: str = "accounts") -> None:
        """Insert or replace (by the first column) rows, in one transaction."""

    @abstractmethod
    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Have a table of these columns hold these rows and no others, in one transaction."""

    @abstractmethod
    def add_column(self, name: str, kind: str) -> None:
        """Add a column to the accounts."""

    @abstractmethod
    def drop_column(self, name: str) -> None:
        """Drop a column of the accounts."""

    @abstractmethod
    def rename_column(self, name: str, new: str) -> None:
        """Rename a column of the accounts."""

    @abstractmethod
    def lose_table(self) -> None:
        """Have the accounts be there no more under their name."""


class CsvSource(Source):
    """A folder of CSV files, each written anew whenever its rows change; NULL is an empty field."""

    type = "files"

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.connection = {"path": str(folder)}
        self._folder = folder
        self._columns: dict[str, list[str]] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self.fill("accounts", ACCOUNTS, [])

    def insert(self, *rows: Mapping[str, Any], table: str = "accounts") -> None:
        """Insert or replace (by the first column) rows, in one step."""
        key = self._columns[table][0]
        arriving = {str(row[key]): dict(row) for row in rows}
        kept = [row for row in self._rows[table] if str(row[key]) not in arriving]
        self._rows[table] = [*kept, *arriving.values()]
        self._write(table)

    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a file that holds just these rows."""
        self._columns[table] = list(columns)
        self._rows[table] = [dict(zip(columns, row, strict=True)) for row in rows]
        self._write(table)

    def add_column(self, name: str, kind: str) -> None:
        """Add a column."""
        self._columns["accounts"].append(name)
        self._write("accounts")

    def drop_column(self, name: str) -> None:
        """Drop a column."""
        self._columns["accounts"].remove(name)
        self._write("accounts")

    def rename_column(self, name: str, new: str) -> None:
        """Rename a column."""
        self._columns["accounts"] = [
            new if name == column else column for column in self._columns["accounts"]
        ]
        for row in self._rows["accounts"]:
            row[new] = row.pop(name)
        self._write("accounts")

    def lose_table(self) -> None:
        """Remove the file."""
        self.file("accounts").unlink()

    def file(self, table: str) -> Path:
        """Return a table's file."""
        return self._folder / f"{table}.csv"

    def _write(self, table: str) -> None:
        columns = self._columns[table]
        lines = [",".join(_quoted(name) for name in columns)]
        for row in self._rows[table]:
            values = [row.get(name) for name in columns]
            lines.append(",".join("" if value is None else _quoted(str(value)) for value in values))
        partial = self.file(table).with_suffix(".partial")
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        partial.replace(self.file(table))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class SqlSource(Source):
    """A database."""

    @abstractmethod
    def execute(self, *statements: str) -> None:
        """Run SQL, in one transaction."""

    def add_column(self, name: str, kind: str) -> None:
        """Add a column."""
        self.execute(f"alter table accounts add column {_quoted(name)} {kind}")

    def drop_column(self, name: str) -> None:
        """Drop a column."""
        self.execute(f"alter table accounts drop column {_quoted(name)}")

    def rename_column(self, name: str, new: str) -> None:
        """Rename a column."""
        self.execute(f"alter table accounts rename column {_quoted(name)} to {_quoted(new)}")

    def lose_table(self) -> None:
        """Rename the table."""
        self.execute("alter table accounts rename to old_accounts")


def _definition(table: str, columns: Mapping[str, str]) -> str:
    described = ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns.items())
    return f"create table if not exists {_quoted(table)} ({described})"


class SqliteSource(SqlSource):
    """A SQLite file."""

    type = "sqlite"

    def __init__(self, path: Path) -> None:
        self.connection = {"path": str(path)}
        self.path = path
        self.execute(_definition("accounts", ACCOUNTS))

    def insert(self, *rows: Mapping[str, Any], table: str = "accounts") -> None:
        """Insert or replace (by the primary key) rows, in one transaction."""
        with sqlite3.connect(self.path) as db:
            for row in rows:
                db.execute(_insertion("insert or replace", table, row, "?"), _plain(row.values()))
        db.close()

    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Have a table hold just these rows, in one transaction."""
        with sqlite3.connect(self.path) as db:
            db.execute(_definition(table, columns))
            db.execute(f"delete from {_quoted(table)}")
            marks = ", ".join("?" for _ in columns)
            db.executemany(f"insert into {_quoted(table)} values ({marks})", [_plain(row) for row in rows])
        db.close()

    def execute(self, *statements: str) -> None:
        """Run SQL in one transaction."""
        with sqlite3.connect(self.path) as db:
            for statement in statements:
                db.execute(statement)
        db.close()


class PostgresSource(SqlSource):
    """A PostgreSQL database."""

    type = "postgres"

    def __init__(self, url: str, connection: dict[str, str | int]) -> None:
        self.connection = connection
        self.url = url
        self.execute(_definition("accounts", ACCOUNTS))

    def insert(self, *rows: Mapping[str, Any], table: str = "accounts") -> None:
        """Insert or replace (by the first column) rows, in one transaction."""
        with psycopg.connect(self.url) as db, db.cursor() as cursor:
            for columns in {tuple(row) for row in rows}:
                key, *others = (_quoted(name) for name in columns)
                changes = ", ".join(f"{name} = excluded.{name}" for name in others)
                statement = _insertion("insert", table, dict.fromkeys(columns), "%s")
                cursor.executemany(
                    f"{statement} on conflict ({key}) do update set {changes}".encode(),
                    [_plain(row.values()) for row in rows if tuple(row) == columns],
                )

    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Have a table hold just these rows, in one transaction."""
        with psycopg.connect(self.url) as db, db.cursor() as cursor:
            cursor.execute(_definition(table, columns).encode())
            cursor.execute(f"delete from {_quoted(table)}".encode())
            marks = ", ".join("%s" for _ in columns)
            name = _quoted(table).replace("%", "%%")
            cursor.executemany(f"insert into {name} values ({marks})".encode(), [_plain(row) for row in rows])

    def execute(self, *statements: str) -> None:
        """Run SQL in one transaction."""
        with psycopg.connect(self.url) as db:
            for statement in statements:
                db.execute(statement.encode())


def _insertion(verb: str, table: str, row: Mapping[str, Any], mark: str) -> str:
    columns, marks = ", ".join(_quoted(name) for name in row), ", ".join(mark for _ in row)
    return f"{verb} into {_quoted(table)} ({columns}) values ({marks})"


def _plain(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values as any driver takes them: all but numbers, booleans and NULL as text, which servers convert."""
    return tuple(v if v is None or isinstance(v, bool | int | float) else str(v) for v in values)
