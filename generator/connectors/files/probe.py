"""Looking at files with DuckDB's own readers."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator.connectors.base import STATEMENT_TIMEOUT_SECONDS, ProgressCallback
from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable, Profile, Sample
from generator.connectors.duckdb.session import (
    limited,
    literal,
    open_session,
    profile_relation,
    quote,
    sample_relation,
)
from generator.connectors.duckdb.types import logical_type
from generator.errors import ProbeError

from .inference import EXACT_DIGITS, LOOK_ROWS, TESTS_PER_COLUMN, chosen_type, counting_expressions
from .listing import FileSet, file_sets, files_of, format_of, known_format, root_and_pattern
from .reading import MOST_SAMPLED_FILES, counting_query, estimated_rows, relation, sampled
from .settings import FileFormat, FilesSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_DIGITS = 38
"""Digits of the largest decimal that DuckDB reads exactly."""


def probe(settings: FilesSettings, on_table: ProgressCallback | None) -> Catalog:
    """Return the tables the files make; one that cannot be read is a warning, all of them an error."""
    started = time.monotonic()
    root, _ = root_and_pattern(settings.path)
    sets = file_sets(settings.path, settings.format)
    tables: list[ProbedTable] = []
    failures: list[ProbeError] = []
    with open_session() as session:
        for one in sets:
            try:
                table = _table(session, settings, root, one)
            except ProbeError as error:
                failures.append(error)
                continue
            tables.append(table)
            if on_table:
                on_table(table)
    if failures and not tables:
        raise failures[0]
    warnings = [f"{failure.where} is left out: {failure.what}." for failure in failures]
    if not sets:
        warnings.append("The folder holds no CSV, JSON Lines or Parquet files.")
    return Catalog(
        connector="files",
        system=f"files in {root}",
        tables=tuple(tables),
        elapsed_seconds=time.monotonic() - started,
        warnings=tuple(warnings),
    )


def sample(settings: FilesSettings, table: ProbedTable, rows: int) -> Sample:
    """Return the first rows."""
    readable, _ = _readable(settings, table.name)
    with open_session() as session:
        return sample_relation(session, readable, table, rows, table.name)


def profile(settings: FilesSettings, table: ProbedTable, rows: int) -> Profile:
    """Profile the first rows; text fields as the types they were given."""
    readable, kind = _readable(settings, table.name)
    if kind == "csv":
        casts = ", ".join(
            f"TRY_CAST({quote(column.name)} AS {_CASTS.get(column.type, 'VARCHAR')}) AS {quote(column.name)}"
            for column in table.columns
        )
        readable = f"(SELECT {casts} FROM {readable})"
    with open_session() as session:
        return profile_relation(session, readable, table, rows, table.name)


def check_destination(path: str) -> str:
    """Make sure that files can be written into a folder, which need not exist yet, without writing one.

    Raises:
        ProbeError: they cannot be.
    """
    folder = Path(path).expanduser().absolute()
    nearest = folder
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir():
        what = f"{nearest} is a file, where a folder is needed"
        raise ProbeError(what, kind="no_such_database", where=str(folder), fix="choose another folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        fix = "give your user the right to write there, or choose another folder"
        raise ProbeError("the folder may not be written", kind="no_permission", where=str(folder), fix=fix)
    return f"Parquet files in {folder}" + ("" if folder.exists() else " (the folder will be created)")


_CASTS = {
    "boolean": "BOOLEAN", "bigint": "BIGINT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ", "uuid": "UUID", "decimal": "DECIMAL(38,10)",
}  # fmt: skip


def _table(session: DuckDBPyConnection, settings: FilesSettings, root: Path, one: FileSet) -> ProbedTable:
    files = [file for file in files_of(root, one.name) if format_of(file) == one.format]
    _refuse_unreadable(files, one.name)
    readable = relation(settings, one.format, files)
    with limited(session, STATEMENT_TIMEOUT_SECONDS, one.name):
        described = session.execute(f"DESCRIBE SELECT * FROM {readable}").fetchall()
        if one.format == "csv":
            seen, columns = _text_columns(session, readable, [str(row[0]) for row in described])
        else:
            wide = _wide_decimals(session, files) if one.format == "parquet" else {}
            seen, columns = (
                LOOK_ROWS,
                tuple(
                    _typed_column(str(row[0]), str(row[1]), one.format, wide.get(str(row[0]), ""))
                    for row in described
                ),
            )
        whole = seen < LOOK_ROWS and len(files) <= MOST_SAMPLED_FILES
        rows = seen if whole else _rows(session, one.format, files, readable)
    return ProbedTable(
        name=one.name,
        alias=one.alias,
        kind="files",
        columns=columns,
        rows=rows,
        size_bytes=sum(file.stat().st_size for file in files),
        comment=f"{len(files)} {one.format} file{'s' if len(files) != 1 else ''}",
    )


def _rows(session: DuckDBPyConnection, kind: FileFormat, files: list[Path], readable: str) -> int | None:
    """Count the rows where that is cheap, estimate them where it is not."""
    if not (query := counting_query(kind, files, readable)):
        return estimated_rows(kind, files)
    counted = int(session.execute(query).fetchall()[0][0])
    return round(counted * len(files) / len(sampled(files)))


def _typed_column(name: str, spelled: str, kind: FileFormat, wide: str) -> ProbedColumn:
    logical, caveat = logical_type(spelled)
    if wide:
        caveat = f"{wide} has more than {MOST_DIGITS} digits and is read as a double, exact to {EXACT_DIGITS}"
    elif kind == "jsonl" and logical in {"double", "double[]", "json"}:
        inner = f"{caveat}; their numbers are" if caveat else "numbers are"
        caveat = f"{inner} read as binary floating point, exact to {EXACT_DIGITS} digits"
    return ProbedColumn(name=name, type=logical, source_type=spelled, caveat=caveat)


def _wide_decimals(session: DuckDBPyConnection, files: list[Path]) -> dict[str, str]:
    """Return the columns of Parquet files whose decimals DuckDB has no exact type for, each as ``decimal(p,s)``."""
    listed = ", ".join(literal(str(file)) for file in sampled(files))
    rows = session.execute(
        "SELECT name, precision, scale FROM parquet_schema([" + listed + "]) WHERE precision > ?",
        [MOST_DIGITS],
    ).fetchall()
    return {str(name): f"decimal({precision},{scale})" for name, precision, scale in rows}


def _text_columns(
    session: DuckDBPyConnection, readable: str, names: list[str]
) -> tuple[int, tuple[ProbedColumn, ...]]:
    """Return how many rows were looked at, and the columns with the types their values allow."""
    expressions = [part for name in names for part in counting_expressions(quote(name))]
    query = f"SELECT count(*), {', '.join(expressions)} FROM (SELECT * FROM {readable} LIMIT {LOOK_ROWS})"
    seen, *counts = session.execute(query).fetchall()[0]
    columns = []
    for place, name in enumerate(names):
        own = counts[place * TESTS_PER_COLUMN : (place + 1) * TESTS_PER_COLUMN]
        logical, caveat = chosen_type(own)
        columns.append(ProbedColumn(name=name, type=logical, source_type="csv", caveat=caveat))
    return seen, tuple(columns)


def _readable(settings: FilesSettings, name: str) -> tuple[str, FileFormat]:
    root, _ = root_and_pattern(settings.path)
    files = files_of(root, name)
    _refuse_unreadable(files, name)
    # A glob may find files of several formats; a table is of the first one's.
    kind = known_format(files[0])
    return relation(settings, kind, [file for file in files if format_of(file) == kind]), kind


def _refuse_unreadable(files: list[Path], name: str) -> None:
    if not files:
        fix = "probe the folder again"
        raise ProbeError("there are no such files any more", kind="no_such_database", where=name, fix=fix)
    for file in files:
        if not os.access(file, os.R_OK):
            fix = "give your user the right to read it"
            raise ProbeError(f"{file} may not be read", kind="no_permission", where=name, fix=fix)
