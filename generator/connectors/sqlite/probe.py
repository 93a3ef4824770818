"""Looking at a SQLite database: schema, keys, estimates, values."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from generator.connectors.base import DISPLAY_LIMIT, ProgressCallback
from generator.connectors.catalog import Catalog, ForeignKey, ProbedColumn, ProbedTable, Profile, Sample
from generator.connectors.profiling import ProfileDialect, compute_profile

from .connection import limit_statement, quote, reading
from .types import COUNTS, Values, count_expressions, logical_type

if TYPE_CHECKING:
    from . import SQLiteSettings

LOOK_ROWS = 2_000
"""Rows looked at, per table, to see what its columns hold."""
COUNT_LIMIT = 1_000_000
"""Rows counted, at most, where the database has no statistics of its own."""
COLUMNS_PER_LOOK = 150
"""SQLite returns at most 2,000 columns; ten are asked for per column of the table."""

DIALECT = ProfileDialect(
    text="CAST({c} AS TEXT)",
    text_of="CAST({c} AS TEXT)",
    distinct_json="json_group_array(DISTINCT substr(CAST({c} AS TEXT), 1, {n}))",
    orderable=lambda column: True,
)
_TABLES = """
    SELECT name, type FROM sqlite_master
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND (type = 'view' OR name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow'))
    ORDER BY name
"""
_FOREIGN_KEYS = 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq'
_INDEXES = """
    SELECT i.name, c.name FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c
    WHERE i.partial = 0 ORDER BY i.seq, c.seqno
"""


def probe(settings: SQLiteSettings, timeout: float, on_table: ProgressCallback | None) -> Catalog:
    """Return all tables and views."""
    started = time.monotonic()
    with reading(settings.path, timeout) as connection:
        estimates = _estimates(connection)
        tables: list[ProbedTable] = []
        warnings: list[str] = []
        for name, kind in connection.execute(_TABLES).fetchall():
            try:
                table = _table(connection, name, kind, estimates)
            except sqlite3.OperationalError as error:
                if kind != "view":
                    raise
                warnings.append(f"The view {name} cannot be read and is left out: {error}.")
                continue
            tables.append(table)
            if on_table:
                on_table(table)
    if not tables:
        warnings.append("The database holds no tables; check that this is the file you mean.")
    return Catalog(
        connector="sqlite",
        system=f"SQLite {sqlite3.sqlite_version}",
        tables=tuple(tables),
        elapsed_seconds=time.monotonic() - started,
        warnings=tuple(warnings),
    )


def sample(settings: SQLiteSettings, table: ProbedTable, rows: int) -> Sample:
    """Return the first rows as display strings; bytes as hexadecimal."""
    shown = [_display(quote(name)) for name in table.column_names]
    with reading(settings.path, 10.0) as connection:
        limit_statement(connection)
        query = f"SELECT {', '.join(shown)} FROM {quote(table.name)} LIMIT ?"
        found = connection.execute(query, (rows,)).fetchall()
    return Sample(columns=table.column_names, rows=tuple(tuple(row) for row in found))


def profile(settings: SQLiteSettings, table: ProbedTable, rows: int) -> Profile:
    """Profile the first rows."""
    with reading(settings.path, 10.0) as connection:

        def first_rows(columns: Sequence[str]) -> str:
            return f"SELECT {', '.join(columns)} FROM {quote(table.name)} LIMIT {rows:d}"

        def fetch(query: str) -> Sequence[object]:
            limit_statement(connection)
            return list(connection.execute(query).fetchone())

        return compute_profile(table, rows=rows, quote=quote, sample=first_rows, fetch=fetch, dialect=DIALECT)


def _table(connection: sqlite3.Connection, name: str, kind: str, estimates: dict[str, int]) -> ProbedTable:
    limit_statement(connection)
    # hidden: 0 ordinary, 2 and 3 generated; 1 is an inner column of a virtual table.
    described = connection.execute(
        'SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid', (name,)
    ).fetchall()
    values = _look(connection, name, [row[0] for row in described])
    key = tuple(row[0] for row in sorted((row for row in described if row[3]), key=lambda row: row[3]))
    columns = []
    for (column, declared, not_null, _), seen in zip(described, values, strict=True):
        logical, caveat = logical_type(column, declared, seen)
        columns.append(
            ProbedColumn(
                name=column,
                type=logical,
                # Only NOT NULL and the row id keep NULL out: SQLite lets NULL into other primary keys.
                nullable=not (not_null or (key == (column,) and declared.upper() == "INTEGER")),
                source_type=declared,
                caveat=caveat,
            )
        )
    return ProbedTable(
        name=name,
        kind="view" if kind == "view" else "table",
        columns=tuple(columns),
        primary_key=key,
        foreign_keys=_foreign_keys(connection, name),
        indexes=_indexes(connection, name),
        rows=None if kind == "view" else _row_count(connection, name, estimates),
    )


def _look(connection: sqlite3.Connection, table: str, columns: list[str]) -> list[Values]:
    found: list[Values] = []
    for start in range(0, len(columns), COLUMNS_PER_LOOK):
        # Own names: SQLite takes a sub-query's column called "TRUE" or "FALSE" for the word.
        aliases = {f"c{place}": name for place, name in enumerate(columns[start : start + COLUMNS_PER_LOOK])}
        expressions = [expression for alias in aliases for expression in count_expressions(alias)]
        shown = ", ".join(f"{quote(name)} AS {alias}" for alias, name in aliases.items())
        rows = f"SELECT {shown} FROM {quote(table)} LIMIT {LOOK_ROWS}"
        cells = connection.execute(f"SELECT {', '.join(expressions)} FROM ({rows})").fetchone()
        width = len(expressions) // len(aliases)
        for place in range(0, len(cells), width):
            one = cells[place : place + width]
            found.append(Values(*(int(count) for count in one[:COUNTS]), *one[COUNTS:]))
    return found


def _foreign_keys(connection: sqlite3.Connection, table: str) -> tuple[ForeignKey, ...]:
    grouped: dict[int, list[tuple[str, str, str | None]]] = defaultdict(list)
    for number, target, column, referenced in connection.execute(_FOREIGN_KEYS, (table,)):
        grouped[number].append((target, column, referenced))
    keys = []
    for parts in grouped.values():
        target = parts[0][0]
        referenced = tuple(part[2] for part in parts if part[2] is not None)
        if len(referenced) < len(parts):  # REFERENCES parent, without columns: its primary key
            query = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
            referenced = tuple(row[0] for row in connection.execute(query, (target,)))
        keys.append(ForeignKey(columns=tuple(part[1] for part in parts), table=target, references=referenced))
    return tuple(keys)


def _indexes(connection: sqlite3.Connection, table: str) -> tuple[tuple[str, ...], ...]:
    grouped: dict[str, list[str | None]] = defaultdict(list)
    for index, column in connection.execute(_INDEXES, (table,)):
        grouped[index].append(column)
    # An index on an expression has no column there.
    return tuple(
        tuple(c for c in columns if c is not None) for columns in grouped.values() if None not in columns
    )


def _estimates(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the row counts of the last ANALYZE, if there was one."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchall():
        return {}
    rows = connection.execute("SELECT tbl, CAST(stat AS INTEGER) FROM sqlite_stat1").fetchall()
    return {table: max(count for name, count in rows if name == table) for table, _ in rows}


def _row_count(connection: sqlite3.Connection, table: str, estimates: dict[str, int]) -> int:
    if table in estimates:
        return estimates[table]
    limit_statement(connection)
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {quote(table)} LIMIT {COUNT_LIMIT})"
    count = int(connection.execute(counted).fetchone()[0])
    if count < COUNT_LIMIT:
        return count
    try:
        highest = connection.execute(f"SELECT max(rowid) FROM {quote(table)}").fetchone()[0]
    except sqlite3.OperationalError:  # a table WITHOUT ROWID
        return count
    return max(count, int(highest))


def _display(column: str) -> str:
    """Return the expression that shows a value: bytes as ``\\x..``, as PostgreSQL shows them."""
    blob = f"'\\x' || lower(hex(substr({column}, 1, {DISPLAY_LIMIT // 2 - 1})))"
    text = f"substr(CAST({column} AS TEXT), 1, {DISPLAY_LIMIT})"
    return f"CASE WHEN typeof({column}) = 'blob' THEN {blob} ELSE {text} END"
