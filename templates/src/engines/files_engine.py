"""A folder of Parquet files as a database: tables are views over live files until they are written to.

Statements run in an attached in-memory DuckDB. At commit every table that was written to becomes new files, and then
the manifest is replaced: a reader that follows it sees all of a commit or nothing of it. An INSERT adds files; any
other statement rewrites its table.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ..utils.file_names import file_stem
from ..utils.retry import LoadError
from .base import Column, literal, quoted
from .duckdb_engine import DuckDBEngine
from .duckdb_errors import load_error
from .manifest import Manifest, TableFiles, read_manifest, remove_dead, sync, write_manifest

_NAME = r'"(?:[^"]|"")*"'
_WRITES = re.compile(
    r"\s*(?P<verb>INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|ALTER TABLE|DROP TABLE IF EXISTS|DROP TABLE"
    rf"|CREATE OR REPLACE TABLE|CREATE TABLE IF NOT EXISTS|CREATE TABLE)\s+"
    rf"(?P<target>{_NAME}\.(?P<schema>{_NAME})\.(?P<name>{_NAME}))"
)
_ADDED = "__added"
_LOCK_FILE = ".lock"
Table = tuple[str, str]


@dataclass
class _Changes:
    """What the open transaction has done: tables rewritten, tables added to, tables dropped."""

    written: set[Table] = field(default_factory=set)
    added: set[Table] = field(default_factory=set)
    dropped: set[Table] = field(default_factory=set)


class FilesEngine(DuckDBEngine):
    """SQL over a folder of Parquet files.

    Args:
        work: An engine of the connection to use.
        catalog: Name for the attached in-memory database.
        root: The folder.
        meta_schema: The schema whose tables lie in ``_meta``.
        partitions: The column a table's files are divided by, by table.
    """

    def __init__(
        self, work: DuckDBEngine, catalog: str, root: Path, meta_schema: str, partitions: dict[str, str]
    ) -> None:
        super().__init__(work.connection, catalog)
        self._shared = work._shared
        self._root = root
        self._meta_schema = meta_schema
        self._partitions = partitions
        self._lock: int | None = None
        self._changes = _Changes()
        self._manifest = Manifest()
        work.connection.execute(f"ATTACH ':memory:' AS {quoted(catalog)}")
        root.mkdir(parents=True, exist_ok=True)
        self.refresh()

    def refresh(self) -> None:
        """Read the manifest and show its tables."""
        self._manifest = read_manifest(self._root)
        for schema, name in self._manifest.tables:
            self.create_schema(schema)
            self._show((schema, name))

    def hold(self, name: str) -> bool:
        """Lock the folder for this process; False where another has it."""
        if self._lock is None:
            try:
                handle = os.open(self._root / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise LoadError(f"{self._root} cannot be written: {error.strerror}") from None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            self._lock = handle
            # What another run committed between our opening the folder and this lock counts.
            self.refresh()
        return True

    def close(self) -> None:
        """Unlock the folder; the connection belongs to the engine it was taken from."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def execute(self, sql: str) -> int:
        """Run one statement; one that writes a table outside a transaction is a transaction of its own."""
        match = _WRITES.match(sql)
        if match is None:
            return super().execute(sql)
        if not self._shared.in_transaction:
            with self.transaction():
                return self.execute(sql)
        table = (_unquoted(match["schema"]), _unquoted(match["name"]))
        verb, live = match["verb"], self._manifest.tables.get(table)
        rewritten = table in self._changes.written
        if verb == "INSERT INTO" and live is not None and not rewritten:
            return super().execute(f"INSERT INTO {self._adding(table)} {sql[match.end('target') :]}")
        if verb == "CREATE TABLE IF NOT EXISTS" and live is not None:
            return -1
        if live is not None and not rewritten:
            self._check_out(table, empty=verb.startswith(("DROP", "CREATE")))
        self._changes.written.add(table)
        if verb.startswith("DROP"):
            self._changes.dropped.add(table)
        else:
            self._changes.dropped.discard(table)
        return super().execute(sql)

    def columns(self, schema: str, name: str) -> list[Column]:
        """Return a table's columns in order; empty where there is no such table."""
        table = (schema, name)
        rewritten = self._shared.in_transaction and table in self._changes.written
        if table in self._manifest.tables and not rewritten:
            return list(self._manifest.tables[table].columns)  # its view would open all of its files
        return super().columns(schema, name)

    def drop(self, schema: str, name: str) -> None:
        """Drop a table, if there is one."""
        self.execute(f"DROP TABLE IF EXISTS {self.relation(schema, name)}")

    def tables(self, schema: str) -> list[str]:
        """Return the names of the tables of a schema, sorted; those that nobody is writing to are views here."""
        live = {name for place, name in self._manifest.tables if place == schema}
        return sorted(live | set(super().tables(schema)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside as one transaction: new files first, then the manifest, which is the commit."""
        if self._shared.in_transaction:
            yield
            return
        self._changes, before = _Changes(), self._manifest
        try:
            with super().transaction():
                yield
                changed = bool(self._changes.written | self._changes.added)
                if changed:
                    self._write()
        except BaseException:
            self._manifest = before
            raise
        if changed:
            folders = {self._folder(table) for table in (*before.tables, *self._manifest.tables)}
            remove_dead(self._root, sorted(folders), self._manifest)

    def remove_retired(self) -> None:
        """Remove every file that is not live, those kept for readers that are under way as well."""
        self._manifest = Manifest(self._manifest.tables)
        write_manifest(self._root, self._manifest)
        remove_dead(
            self._root, sorted({self._folder(table) for table in self._manifest.tables}), self._manifest
        )

    def _write(self) -> None:
        """Write the changed tables as files and replace the manifest."""
        tables = dict(self._manifest.tables)
        mark = secrets.token_hex(6)
        for table in sorted(self._changes.written | self._changes.added):
            kept: tuple[str, ...] = ()
            relation = self.relation(*table)
            if table in self._changes.added and table not in self._changes.written:
                kept = tables[table].files
                relation = self.relation(table[0], table[1] + _ADDED)
            tables.pop(table, None)
            if table not in self._changes.dropped:
                columns = tuple(self.columns(*table))
                tables[table] = TableFiles(columns, (*kept, *self._copy(table, relation, mark)))
        manifest = Manifest(tables, tuple(sorted(self._manifest.files - Manifest(tables).files)))
        for table in self._changes.written | self._changes.added:
            super().execute(f"DROP TABLE IF EXISTS {self.relation(table[0], table[1] + _ADDED)}")
            if table in self._changes.written:
                super().execute(f"DROP TABLE IF EXISTS {self.relation(*table)}")
        self._manifest = manifest
        for table in self._changes.written | self._changes.added:
            if table in tables:
                self._show(table)
        write_manifest(self._root, manifest)

    def _copy(self, table: Table, relation: str, mark: str) -> list[str]:
        """Write a table's rows as Parquet; return the new files, relative to the root."""
        folder = self._root / self._folder(table)
        folder.mkdir(parents=True, exist_ok=True)
        options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, RETURN_FILES true"
        field_name = self._partitions.get(table[1]) if table[0] != self._meta_schema else None
        stem = f"part-{mark}" if field_name else f"part-{mark}-{file_stem(table[1])}"
        target = folder / f"{stem}.parquet"
        if field_name and field_name in dict(self.columns(*table)):
            target = folder
            options += f", PARTITION_BY ({quoted(field_name)}), WRITE_PARTITION_COLUMNS true"
            options += f", OVERWRITE_OR_IGNORE true, FILENAME_PATTERN '{stem}-{{i}}'"
        try:
            rows = self.connection.execute(
                f"COPY (SELECT * FROM {relation}) TO {literal(str(target), 'duckdb')} ({options})"
            ).fetchall()
            written = [Path(file) for file in rows[0][1]]
            for file in written:
                sync(file)
            sync(folder)
        except duckdb.OutOfMemoryException as error:
            raise load_error(error) from None
        except (duckdb.Error, OSError) as error:
            raise LoadError(f"{folder} cannot be written: {str(error).splitlines()[0]}") from None
        return [file.relative_to(self._root).as_posix() for file in written]

    def _check_out(self, table: Table, *, empty: bool) -> None:
        """Make a table of a view, so that it can be written to; empty where it is about to be replaced."""
        relation, passage = self.relation(*table), self.relation(table[0], table[1] + "__passage")
        if not empty:
            super().execute(f"CREATE TABLE {passage} AS SELECT * FROM {relation}")
        super().execute(f"DROP VIEW {relation}")
        super().execute(f"DROP TABLE IF EXISTS {self.relation(table[0], table[1] + _ADDED)}")
        if not empty:
            super().execute(f"ALTER TABLE {passage} RENAME TO {quoted(table[1])}")

    def _adding(self, table: Table) -> str:
        """Return the table that takes the rows to be added to a live one, and show both as one."""
        name = self.relation(table[0], table[1] + _ADDED)
        if table not in self._changes.added:
            columns = ", ".join(f"{quoted(c)} {kind}" for c, kind in self.columns(*table))
            super().execute(f"CREATE TABLE {name} ({columns})")
            self._changes.added.add(table)
            self._show(table, f" UNION ALL BY NAME SELECT * FROM {name}")
        return name

    def _show(self, table: Table, more: str = "") -> None:
        """Make a view of a table's live files."""
        entry = self._manifest.tables[table]
        casts = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in entry.columns)
        if entry.files:
            listed = ", ".join(literal(str(self._root / file), "duckdb") for file in entry.files)
            rows = (
                f"SELECT {casts} FROM read_parquet([{listed}], union_by_name=true, hive_partitioning=false)"
            )
        else:
            nulls = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in entry.columns)
            rows = f"SELECT {nulls} WHERE FALSE"
        super().execute(f"CREATE OR REPLACE VIEW {self.relation(*table)} AS {rows}{more}")

    def _folder(self, table: Table) -> str:
        return "_meta" if table[0] == self._meta_schema else file_stem(table[1])


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"')
