"""A small source that changes day by day, and an independent account of what a destination must then hold.

The account is kept in plain Python from the source's own rows: no SQL of ours has a part in it.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol

import psycopg

START = datetime(2026, 1, 1)
DDL = "create table accounts (id bigint primary key, name text, balance numeric(12,2), updated_at timestamp not null)"


class Row(NamedTuple):
    """One version of one account; ``balance`` in cents, so that comparison is exact."""

    id: int
    name: str | None
    balance: int
    updated_at: datetime


@dataclass
class World:
    """The source's rows day by day. Every day some rows are inserted and some updated; all ties are deliberate."""

    seed: int
    rows: dict[int, Row] = field(default_factory=dict)
    versions: list[list[Row]] = field(default_factory=list)
    """What was new or changed, day by day."""

    def next_day(self, inserts: int = 60, updates: int = 25) -> list[Row]:
        """Insert and update rows, all stamped within the new day, and return the versions of the day.

        A handful of rows carry the very timestamp of the day before's newest row: the tie at the watermark.
        """
        chance = random.Random(f"{self.seed}-{len(self.versions)}")
        morning = START + timedelta(days=len(self.versions))
        newest = max((row.updated_at for row in self.rows.values()), default=morning)
        today: list[Row] = []
        for number in range(inserts):
            stamp = (
                newest
                if number < 3 and self.rows
                else morning + timedelta(seconds=chance.randrange(1, 80_000))
            )
            key = len(self.rows) + 1
            name = chance.choice([None, "", "Ann", "Žofie", "O'Neil; drop table x--", "東京"])
            row = Row(key, name, chance.randrange(-(10**6), 10**8), stamp)
            self.rows[key] = row
            today.append(row)
        existing = [key for key in self.rows if key not in {row.id for row in today}]
        for key in chance.sample(existing, min(updates, len(existing))):
            stamp = morning + timedelta(seconds=80_000 + chance.randrange(5))
            row = Row(key, self.rows[key].name, self.rows[key].balance + 100, stamp)
            self.rows[key] = row
            today.append(row)
        self.versions.append(today)
        return today

    @property
    def current(self) -> list[Row]:
        """The source's rows as they are now, by key."""
        return [self.rows[key] for key in sorted(self.rows)]

    @property
    def every_version(self) -> list[Row]:
        """Each version a destination that keeps them all was ever shown."""
        return sorted(row for day in self.versions for row in day)

    def history(self) -> list[tuple[Row, datetime, datetime | None]]:
        """The in-order history: each version with when it became valid and when it stopped, None for current ones."""
        result: list[tuple[Row, datetime, datetime | None]] = []
        for key in sorted(self.rows):
            known = sorted(
                (row for day in self.versions for row in day if row.id == key), key=lambda r: r.updated_at
            )
            ends: list[datetime | None] = [*[row.updated_at for row in known[1:]], None]
            result += [(row, row.updated_at, end) for row, end in zip(known, ends, strict=True)]
        return result


class Source(Protocol):
    """The world in a system of some kind, and how a design connects to it."""

    type: str
    connection: dict[str, str | int]

    def put(self, rows: Iterable[Row]) -> None:
        """Insert or replace rows in one transaction."""
        ...

    def execute(self, *statements: str) -> None:
        """Run SQL in the source, in one transaction."""
        ...


class CsvSource:
    """The world in a folder of one CSV file, written anew whenever rows change; NULL is an empty field."""

    type = "files"

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.connection: dict[str, str | int] = {"path": str(folder)}
        self.file = folder / "accounts.csv"
        self._rows: dict[int, Row] = {}
        self.put([])

    def put(self, rows: Iterable[Row]) -> None:
        """Insert or replace rows in one step."""
        self._rows |= {row.id: row for row in rows}
        partial = self.file.with_suffix(".partial")
        lines = [",".join(Row._fields)]
        for row in self._rows.values():
            texts = [str(row.id), row.name, str(Decimal(row.balance) / 100), str(row.updated_at)]
            lines.append(",".join("" if text is None else _quoted(text) for text in texts))
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        partial.replace(self.file)

    def execute(self, *statements: str) -> None:
        """Files know no SQL."""
        raise AssertionError("a folder of files runs no SQL")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class SqliteSource:
    """The world in a SQLite file."""

    type = "sqlite"

    def __init__(self, path: Path) -> None:
        self.connection: dict[str, str | int] = {"path": str(path)}
        self._path = path
        with sqlite3.connect(path) as db:
            db.execute(DDL)

    def put(self, rows: Iterable[Row]) -> None:
        """Insert or replace rows in one transaction."""
        with sqlite3.connect(self._path) as db:
            db.executemany(
                "insert or replace into accounts values (?, ?, ?, ?)",
                [(r.id, r.name, str(Decimal(r.balance) / 100), str(r.updated_at)) for r in rows],
            )

    def execute(self, *statements: str) -> None:
        """Run SQL in one transaction."""
        with sqlite3.connect(self._path) as db:
            for statement in statements:
                db.execute(statement)


class PostgresSource:
    """The world in a PostgreSQL table."""

    type = "postgres"

    def __init__(self, url: str, connection: dict[str, str | int]) -> None:
        self.connection = connection
        self.url = url
        with psycopg.connect(url) as db:
            db.execute(DDL)

    def put(self, rows: Iterable[Row]) -> None:
        """Insert or replace rows in one transaction."""
        with psycopg.connect(self.url) as db, db.cursor() as cursor:
            cursor.executemany(
                "insert into accounts values (%s, %s, %s::numeric / 100, %s) on conflict (id) do update set "
                "name = excluded.name, balance = excluded.balance, updated_at = excluded.updated_at",
                [tuple(row) for row in rows],
            )

    def execute(self, *statements: str) -> None:
        """Run SQL in one transaction."""
        with psycopg.connect(self.url) as db:
            for statement in statements:
                db.execute(statement.encode())
