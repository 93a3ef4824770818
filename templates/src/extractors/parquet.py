"""Parquet files that make one table although a column is not of the same type in all of them."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from ..engines.base import quoted, text_literal
from ..engines.duckdb_engine import DuckDBEngine
from ..utils.schema_contract import holds
from .duckdb import logical_type


def parquet_relation(work: DuckDBEngine, files: Sequence[Path], options: str) -> str:
    """Return what reads Parquet files as one table, each value exact.

    DuckDB gives a column one type for all files. Where that cannot hold the values of some of them (as a double those
    of a bigint), the column is read as text, and staging finds out what fits.

    Args:
        work: Any DuckDB.
        files: The files.
        options: Further options of ``read_parquet``.
    """
    whole = _read(files, options)
    alike = _alike(work, files) if len(files) > 1 else []
    if len(alike) < 2:
        return whole
    together = dict(work.describe(f"SELECT * FROM {whole}"))
    kinds = [dict(work.describe(f"SELECT * FROM {_read(group[:1], options)}")) for group in alike]
    torn = {
        name
        for held in kinds
        for name, kind in held.items()
        if not holds(logical_type(together[name]), logical_type(kind))
    }
    if not torn:
        return whole
    parts = []
    for group, held in zip(alike, kinds, strict=True):
        texts = ", ".join(
            f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in held if name in torn
        )
        items = f"* REPLACE ({texts})" if texts else "*"
        parts.append(f"SELECT {items} FROM {_read(group, options)}")
    return f"({' UNION ALL BY NAME '.join(parts)})"


def _alike(work: DuckDBEngine, files: Sequence[Path]) -> list[list[Path]]:
    """Return the files in groups of the same columns and types."""
    column = "[name, coalesce(duckdb_type, type), CAST(num_children AS VARCHAR)]"
    found = work.query(
        f"SELECT list(file_name) FROM (SELECT file_name, list({column} ORDER BY column_id) AS columns"
        f" FROM parquet_schema([{_listed(files)}]) GROUP BY file_name) GROUP BY columns"
    )
    return sorted(sorted(map(Path, names)) for (names,) in found)


def _read(files: Sequence[Path], options: str) -> str:
    return f"read_parquet([{_listed(files)}], {options})"


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(text_literal(glob.escape(str(file))) for file in files)
