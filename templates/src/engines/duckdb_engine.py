"""DuckDB: a destination file, the embedded staging file, or memory, attached as catalogs of one connection.

Files are attached under names of our own: DuckDB names a file's catalog after the file, and ``analytics.duckdb``
with a schema ``analytics`` would make every ``analytics.orders`` ambiguous.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ..utils.retry import LoadError
from .base import Column, Dialect, literal, quoted
from .duckdb_errors import load_error, open_error
from .waiting import Result, Waiting

if TYPE_CHECKING:
    import pyarrow as pa

    from ..settings import Settings

DEFAULT_MEMORY_LIMIT = "200MB"
CHECKPOINT_THRESHOLD = "256MB"
"""How long a write-ahead log may grow: below that a file is put in order once, when it is closed.

By default DuckDB does so in the middle of a run, and writes staging tables into the file that are dropped at once.
"""
MEMORY = "memory"
"""The catalog of a connection that was opened on no file."""


@dataclass
class _Shared:
    """What all engines of one connection know of it."""

    catalog: str = MEMORY
    in_transaction: bool = False
    waiting: Waiting = field(default_factory=Waiting)
    feeding: list[Callable[[], None]] = field(default_factory=list)


class DuckDBEngine:
    """SQL in one catalog of a DuckDB connection; names without a catalog mean this one.

    Args:
        connection: A connection opened on memory.
        catalog: Name of an attached database.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalog: str = MEMORY) -> None:
        self.connection = connection
        self.catalog = catalog
        self._shared = _Shared()

    def sibling(self, catalog: str) -> DuckDBEngine:
        """Return an engine for another catalog of the same connection; transactions span both."""
        other = DuckDBEngine(self.connection, catalog)
        other._shared = self._shared
        return other

    @property
    def dialect(self) -> Dialect:
        """The dialect its SQL is written in."""
        return "duckdb"

    def execute(self, sql: str) -> int:
        """Run one statement and return the rows it touched, -1 where that is not known."""
        try:
            home = self._at_home()
            rows = self._finish(lambda: home.execute(sql).fetchall())
        except duckdb.Error as error:
            raise load_error(error) from error
        return int(rows[0][0]) if len(rows) == 1 and len(rows[0]) == 1 and isinstance(rows[0][0], int) else -1

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query and return its rows; points in time come back aware, in UTC."""
        try:
            home = self._at_home()
            return self._finish(lambda: self._fetch(home.sql(sql)))
        except duckdb.Error as error:
            raise load_error(error) from error

    def _fetch(self, relation: duckdb.DuckDBPyRelation | None) -> list[tuple[Any, ...]]:
        if relation is None:
            return []
        zoned = {
            index for index, kind in enumerate(relation.types) if str(kind) == "TIMESTAMP WITH TIME ZONE"
        }
        if not zoned:
            return relation.fetchall()
        # The client would need pytz for these: they travel as naive UTC instead.
        items = [
            f"timezone('UTC', #{index + 1})" if index in zoned else f"#{index + 1}"
            for index in range(len(relation.types))
        ]
        rows = relation.project(", ".join(items)).fetchall()
        return [tuple(_aware(value) if i in zoned else value for i, value in enumerate(row)) for row in rows]

    def arrow(self, sql: str) -> pa.Table:
        """Run one query and return its rows as an Arrow table."""
        try:
            home = self._at_home()
            return self._finish(home.sql(sql).to_arrow_table)
        except duckdb.Error as error:
            raise load_error(error) from error

    def hold(self, name: str) -> bool:
        """Take the true lock of a destination: the file's own, which opening it has taken already."""
        return True

    def holders(self, name: str) -> list[str]:
        """Return nobody: who has the file open keeps all others from opening it."""
        return []

    def end_holders(self, name: str) -> None:
        """Do nothing: a lock of the operating system ends with its process alone."""

    def quote(self, name: str) -> str:
        """Return a name as an identifier."""
        return quoted(name)

    def literal(self, value: object) -> str:
        """Return a value as a literal."""
        return literal(value, "duckdb")

    def relation(self, schema: str, name: str) -> str:
        """Return the full, quoted name of a table."""
        return f"{quoted(self.catalog)}.{quoted(schema)}.{quoted(name)}"

    def columns(self, schema: str, name: str) -> list[Column]:
        """Return a table's columns in order; empty where there is no such table."""
        # Asked of the catalog directly: what lists all columns of all tables takes the longer the more there are,
        # and a statement about a table that is not there would end the transaction.
        try:
            found = self.connection.table(self.relation(schema, name))
        except duckdb.CatalogException:
            return []
        except duckdb.Error as error:
            raise load_error(error) from error
        return [(column, str(kind)) for column, kind in zip(found.columns, found.types, strict=True)]

    def tables(self, schema: str) -> list[str]:
        """Return the names of the tables (not views) of a schema, sorted."""
        here = f"schema_name = {self.literal(schema)} AND database_name = {self.literal(self.catalog)}"
        found = self.query(f"SELECT table_name FROM duckdb_tables() WHERE {here} ORDER BY 1")
        return [str(row[0]) for row in found]

    def drop(self, schema: str, name: str) -> None:
        """Drop a table or view, if there is one."""
        here = f"database_name = {self.literal(self.catalog)} AND schema_name = {self.literal(schema)}"
        # A view is there even when what it shows is not.
        shown = self.query(f"SELECT 1 FROM duckdb_views() WHERE {here} AND view_name = {self.literal(name)}")
        self.execute(f"DROP {'VIEW' if shown else 'TABLE IF EXISTS'} {self.relation(schema, name)}")

    def create_schema(self, schema: str) -> None:
        """Create a schema unless it is there."""
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.catalog)}.{quoted(schema)}")

    def describe(self, sql: str) -> list[Column]:
        """Return the columns a query would give, without running it."""
        try:
            rows = self._at_home().execute(f"DESCRIBE {sql}").fetchall()
        except duckdb.Error as error:
            raise load_error(error) from error
        return [(str(row[0]), str(row[1])) for row in rows]

    @contextmanager
    def fed(self, name: str, rows: Any, cancel: Callable[[], None]) -> Iterator[None]:
        """Let statements read an Arrow stream under a name.

        Args:
            name: The name.
            rows: The stream.
            cancel: Makes whoever feeds it stop, where a signal ends a statement that reads it.
        """
        self.connection.register(name, rows)
        self._shared.feeding.append(cancel)
        try:
            yield
        finally:
            self._shared.feeding.remove(cancel)
            self.connection.unregister(name)

    def _finish(self, call: Callable[[], Result]) -> Result:
        return self._shared.waiting.finish(call, self._interrupt)

    def _interrupt(self) -> None:
        for cancel in self._shared.feeding:
            cancel()
        self.connection.interrupt()

    def _at_home(self) -> duckdb.DuckDBPyConnection:
        """Return the connection with this engine's catalog as the one that bare names mean."""
        if self._shared.catalog != self.catalog:
            self.connection.execute(f"USE {quoted(self.catalog)}")
            self._shared.catalog = self.catalog
        return self.connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside as one transaction; inside another one, as part of it."""
        if self._shared.in_transaction:
            yield
            return
        self.connection.execute("BEGIN TRANSACTION")
        self._shared.in_transaction = True
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise
        finally:
            self._shared.in_transaction = False

    def _rollback(self) -> None:
        try:
            self.connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # a failed COMMIT, or a failed disk, has already ended it

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()
        self._shared.waiting.close()


def open_duckdb(path: Path | None, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file (or memory, for None) with the pipeline's limits.

    ``PIPELINE_MEMORY_LIMIT`` (default 200MB) bounds its buffers; what does not fit spills below the state folder.

    Raises:
        LockHeldError: another process has the file open.
        LoadError: the file cannot be opened.
    """
    environment = settings.environment
    temporary = settings.state_dir / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": environment.get("PIPELINE_MEMORY_LIMIT", DEFAULT_MEMORY_LIMIT),
        "threads": environment.get("PIPELINE_THREADS", str(os.cpu_count() or 1)),
        "temp_directory": str(temporary),
        "preserve_insertion_order": "false",
        "checkpoint_threshold": CHECKPOINT_THRESHOLD,
        "autoinstall_known_extensions": "false",
        "TimeZone": "UTC",
    }
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(str(path) if path else ":memory:", config=config)
    except duckdb.IOException as error:
        raise open_error(path, error) from None
    except duckdb.OutOfMemoryException as error:
        raise load_error(error) from None


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *, read_only: bool = False) -> None:
    """Attach a DuckDB file under a catalog name.

    Raises:
        LockHeldError: another process has the file open.
        LoadError: the file cannot be opened.
    """
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    option = " (READ_ONLY)" if read_only else ""
    try:
        connection.execute(f"ATTACH {literal(str(path), 'duckdb')} AS {quoted(name)}{option}")
    except duckdb.ResourceInUseException:
        said = "is source and destination of this pipeline at once; give each a file of its own"
        raise LoadError(f"{path} {said}") from None
    except duckdb.IOException as error:
        raise open_error(path, error) from None
    except duckdb.OutOfMemoryException as error:
        raise load_error(error) from None


def _aware(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
