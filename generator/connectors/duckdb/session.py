"""A DuckDB session for looking: bounded in memory and time, and plain about what went wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from generator.connectors.base import DISPLAY_LIMIT, STATEMENT_TIMEOUT_SECONDS
from generator.connectors.catalog import ProbedColumn, ProbedTable, Profile, Sample
from generator.connectors.profiling import ProfileDialect, compute_profile
from generator.errors import ProbeError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "1GB"
_UNORDERED = ("json", "bytes")

DIALECT = ProfileDialect(
    text="CAST({c} AS VARCHAR)",
    text_of="CAST({c} AS VARCHAR)",
    distinct_json="CAST(to_json(list(DISTINCT left(CAST({c} AS VARCHAR), {n}))) AS VARCHAR)",
    orderable=lambda column: column.type not in _UNORDERED and not column.type.endswith("[]"),
)


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a string."""
    return "'" + text.replace("'", "''") + "'"


def open_session(database: str = ":memory:", *, read_only: bool = False) -> DuckDBPyConnection:
    """Open a session that neither downloads extensions nor takes all memory.

    Raises:
        duckdb.Error: the database cannot be opened.
    """
    import duckdb

    session = duckdb.connect(
        database,
        read_only=read_only,
        config={
            "memory_limit": MEMORY_LIMIT,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "true",
        },
    )
    # With it, DuckDB 2.0 moves the TRY_CAST of a text field into the reader, which fails on a bad value.
    session.execute("SET disabled_optimizers = 'type_pushdown'")
    session.execute("SET TimeZone = 'UTC'")
    return session


@contextmanager
def limited(session: DuckDBPyConnection, seconds: float, where: str) -> Iterator[None]:
    """Stop whatever the block runs after ``seconds``.

    Raises:
        ProbeError: kind ``timeout`` when it was stopped; kind ``other`` with DuckDB's words when it failed.
    """
    import duckdb

    timer = threading.Timer(seconds, session.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        what = f"a statement took longer than {seconds:.0f} s and was stopped"
        fix = "read a table instead of a view, or fewer files"
        raise ProbeError(what, kind="timeout", where=where, fix=fix) from error
    except duckdb.Error as error:
        said = str(error).strip().splitlines()[0].rstrip(".")
        fix = "check that it is intact and that your user may read it"
        raise ProbeError(f"DuckDB says: {said}", kind="other", where=where, fix=fix) from error
    finally:
        timer.cancel()


def sample_relation(
    session: DuckDBPyConnection, relation: str, table: ProbedTable, rows: int, where: str
) -> Sample:
    """Return the first rows of a relation as display strings; bytes as ``\\x..``."""
    shown = ", ".join(_display(column) for column in table.columns)
    with limited(session, STATEMENT_TIMEOUT_SECONDS, where):
        found = session.execute(f"SELECT {shown} FROM {relation} LIMIT {rows:d}").fetchall()
    return Sample(columns=table.column_names, rows=tuple(tuple(row) for row in found))


def profile_relation(
    session: DuckDBPyConnection, relation: str, table: ProbedTable, rows: int, where: str
) -> Profile:
    """Profile a bounded sample of a relation: all of a small one, the first rows of a large one."""

    def first_rows(columns: Sequence[str]) -> str:
        return f"SELECT {', '.join(columns)} FROM {relation} LIMIT {rows:d}"

    def fetch(query: str) -> Sequence[object]:
        with limited(session, STATEMENT_TIMEOUT_SECONDS, where):
            row: tuple[Any, ...] = session.execute(query).fetchall()[0]
        return row

    return compute_profile(table, rows=rows, quote=quote, sample=first_rows, fetch=fetch, dialect=DIALECT)


def _display(column: ProbedColumn) -> str:
    name = quote(column.name)
    if column.type == "bytes":
        return f"'\\x' || lower(hex({name}[1:{DISPLAY_LIMIT // 2 - 1}]))"
    if column.type == "json" and column.source_type != "JSON":
        name = f"to_json({name})"
    return f"left(CAST({name} AS VARCHAR), {DISPLAY_LIMIT})"
