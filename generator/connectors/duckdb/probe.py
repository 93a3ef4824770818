"""Looking at a DuckDB file through its own catalogue."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from generator.connectors.base import STATEMENT_TIMEOUT_SECONDS, ProgressCallback
from generator.connectors.catalog import Catalog, ForeignKey, ProbedColumn, ProbedTable, Profile, Sample
from generator.errors import ProbeError

from .session import limited, open_session, profile_relation, quote, sample_relation
from .types import logical_type

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DEFAULT_SCHEMA = "main"
_OURS = "database_name = current_database() AND NOT internal"
_RELATIONS = f"""
    SELECT schema_name, table_name, 'table', estimated_size, comment FROM duckdb_tables()
    WHERE {_OURS} AND NOT temporary
    UNION ALL SELECT schema_name, view_name, 'view', NULL, comment FROM duckdb_views()
    WHERE {_OURS} AND NOT temporary
    ORDER BY 1, 2
"""
_COLUMNS = f"""
    SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()
    WHERE {_OURS} ORDER BY schema_name, table_name, column_index
"""
_CONSTRAINTS = """
    SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table,
           referenced_column_names
    FROM duckdb_constraints() WHERE database_name = current_database()
    AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') ORDER BY constraint_index
"""
_INDEXES = """
    SELECT schema_name, table_name, expressions FROM duckdb_indexes()
    WHERE database_name = current_database() ORDER BY index_name
"""

Name = tuple[str, str]


@contextmanager
def reading(path: str) -> Iterator[DuckDBPyConnection]:
    """Open the file read-only.

    Raises:
        ProbeError: the file is missing, unreadable, held by a writer or no DuckDB database.
    """
    import duckdb

    file = Path(path).expanduser().absolute()
    if not file.exists():
        raise ProbeError(
            "there is no such file",
            kind="no_such_database",
            where=str(file),
            fix="check the path of the file",
        )
    _refuse_unreadable(file)
    try:
        session = open_session(str(file), read_only=True)
    except duckdb.Error as error:
        raise explained(error, file) from error
    try:
        yield session
    finally:
        session.close()


def explained(error: Exception, file: Path) -> ProbeError:
    """Turn DuckDB's refusal to open a file into one that says what to do."""
    said = str(error).strip().splitlines()[0].rstrip(".")
    where = str(file)
    if "lock" in said.lower() and "conflicting" in said.lower():
        fix = "close the program that has it open for writing (DuckDB lets in one writer or many readers)"
        return ProbeError("another program holds the database", kind="refused", where=where, fix=fix)
    if "permission denied" in said.lower():
        fix = "give your user the right to read it"
        return ProbeError("this file may not be read", kind="no_permission", where=where, fix=fix)
    if "sqlite_scanner" in said.lower():
        fix = "choose the connector sqlite"
        return ProbeError("this file is a SQLite database", kind="no_such_database", where=where, fix=fix)
    if "not a valid duckdb" in said.lower():
        fix = "check the path, or choose the connector of that system"
        return ProbeError("this file is no DuckDB database", kind="no_such_database", where=where, fix=fix)
    fix = "check that the file is intact and was not written by a newer DuckDB"
    return ProbeError(f"DuckDB cannot open the file: {said}", kind="other", where=where, fix=fix)


def probe(path: str, on_table: ProgressCallback | None) -> Catalog:
    """Return all tables and views."""
    started = time.monotonic()
    with reading(path) as session, limited(session, STATEMENT_TIMEOUT_SECONDS, path):
        found = session.execute("SELECT version()").fetchall()
        tables = list(_tables(session))
    for table in tables:
        if on_table:
            on_table(table)
    warnings = () if tables else ("The database holds no tables; check that this is the file you mean.",)
    return Catalog(
        connector="duckdb",
        system=f"DuckDB {found[0][0].removeprefix('v')}",
        tables=tuple(tables),
        elapsed_seconds=time.monotonic() - started,
        warnings=warnings,
    )


def sample(path: str, table: ProbedTable, rows: int) -> Sample:
    """Return the first rows."""
    with reading(path) as session:
        return sample_relation(session, _relation(table), table, rows, path)


def profile(path: str, table: ProbedTable, rows: int) -> Profile:
    """Profile the first rows."""
    with reading(path) as session:
        return profile_relation(session, _relation(table), table, rows, path)


def check_destination(path: str) -> str:
    """Return the engine's version; make sure that the file can be written, without creating it.

    Raises:
        ProbeError: it cannot be.
    """
    import duckdb

    file = Path(path).expanduser().absolute()
    if file.exists():
        with reading(path):
            writable = os.access(file, os.W_OK)
    else:
        parent = file.parent
        while not parent.exists():
            parent = parent.parent
        writable = parent.is_dir() and os.access(parent, os.W_OK)
    if not writable:
        fix = "give your user the right to write there, or choose another path"
        raise ProbeError("the file may not be written", kind="no_permission", where=str(file), fix=fix)
    state = "" if file.exists() else " (the file will be created)"
    return f"DuckDB {duckdb.__version__}{state}"


def _tables(session: DuckDBPyConnection) -> Iterator[ProbedTable]:
    columns: dict[Name, list[ProbedColumn]] = defaultdict(list)
    for schema, table, name, kind, nullable, comment in session.execute(_COLUMNS).fetchall():
        logical, caveat = logical_type(kind)
        column = ProbedColumn(
            name=name, type=logical, nullable=nullable, source_type=kind, comment=comment or "", caveat=caveat
        )
        columns[schema, table].append(column)
    keys: dict[Name, tuple[str, ...]] = {}
    indexes: dict[Name, list[tuple[str, ...]]] = defaultdict(list)
    foreign: dict[Name, list[ForeignKey]] = defaultdict(list)
    for schema, table, kind, names, target, referenced in session.execute(_CONSTRAINTS).fetchall():
        if kind == "PRIMARY KEY":
            keys[schema, table] = tuple(names)
        if kind == "FOREIGN KEY":
            key = ForeignKey(
                columns=tuple(names), table=target, references=tuple(referenced), namespace=schema
            )
            foreign[schema, table].append(key)
        if kind == "UNIQUE":
            indexes[schema, table].append(tuple(names))
    for schema, table, expressions in session.execute(_INDEXES).fetchall():
        indexes[schema, table].append(_index_columns(expressions, columns[schema, table]))
    for schema, table, kind, rows, comment in session.execute(_RELATIONS).fetchall():
        place = (schema, table)
        yield ProbedTable(
            namespace=schema,
            name=table,
            kind=kind,
            columns=tuple(columns[place]),
            primary_key=keys.get(place, ()),
            foreign_keys=tuple(foreign[place]),
            indexes=tuple(index for index in indexes[place] if index),
            rows=rows,
            comment=comment or "",
        )


def _index_columns(expressions: str, columns: list[ProbedColumn]) -> tuple[str, ...]:
    """Read DuckDB's list of index expressions, as ``['"a b"', c]``; empty when one is no plain column."""
    spelled = {form: column.name for column in columns for form in (column.name, f"'{quote(column.name)}'")}
    parts = [part.strip() for part in expressions.strip("[]").split(",")]
    return tuple(spelled[part] for part in parts) if all(part in spelled for part in parts) else ()


def _relation(table: ProbedTable) -> str:
    return f"{quote(table.namespace or DEFAULT_SCHEMA)}.{quote(table.name)}"


def _refuse_unreadable(file: Path) -> None:
    if file.is_dir():
        raise ProbeError(
            "this is a folder",
            kind="no_such_database",
            where=str(file),
            fix="give the path of the database file",
        )
    if not os.access(file, os.R_OK):
        raise ProbeError(
            "this file may not be read", kind="no_permission", where=str(file), fix="give your user the right"
        )
