"""DuckDB's readers over a list of files, and what they cost."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from generator.connectors.duckdb.session import literal

from .listing import COMPRESSIONS
from .settings import FileFormat, FilesSettings

MOST_SAMPLED_FILES = 100
"""Files whose columns are looked at: the first and the last ones."""
SMALL_BYTES = 16 * 1024 * 1024
"""Text files up to this size are counted; above, their rows are estimated from the first bytes."""
_HEAD_BYTES = 256 * 1024


def relation(settings: FilesSettings, kind: FileFormat, files: Sequence[Path]) -> str:
    """Return the table function that reads the files; every field of a CSV file as text."""
    listed = ", ".join(literal(glob.escape(str(file))) for file in sampled(files))
    if kind == "parquet":
        return f"read_parquet([{listed}], union_by_name=true)"
    if kind == "jsonl":
        return f"read_json([{listed}], union_by_name=true)"
    options = [
        f"[{listed}]",
        "all_varchar=true",
        "union_by_name=true",
        f"encoding={literal(settings.encoding)}",
        # As the pipeline reads them: a sample must not decide that there are other quotes, or comments.
        "quote='\"'",
        "comment=''",
    ]
    if settings.delimiter:
        options.append(f"delim={literal(settings.delimiter)}")
    if settings.header is not None:
        options.append(f"header={str(settings.header).lower()}")
        options += [] if settings.header else ["skip=0"]
    return f"read_csv({', '.join(options)})"


def sampled(files: Sequence[Path]) -> list[Path]:
    """Return the first and last files of many."""
    if len(files) <= MOST_SAMPLED_FILES:
        return list(files)
    half = MOST_SAMPLED_FILES // 2
    return [*files[:half], *files[-half:]]


def counting_query(kind: FileFormat, files: Sequence[Path], readable: str) -> str | None:
    """Return the query that counts the rows of the sampled files cheaply; None where there is none."""
    if kind == "parquet":
        listed = ", ".join(literal(glob.escape(str(file))) for file in sampled(files))
        return f"SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata([{listed}])"
    small = sum(file.stat().st_size for file in files) <= SMALL_BYTES
    return f"SELECT count(*) FROM {readable}" if small and len(files) <= MOST_SAMPLED_FILES else None


def estimated_rows(kind: FileFormat, files: Sequence[Path]) -> int | None:
    """Estimate the rows of large text files from their first bytes; None where that says nothing."""
    if kind == "parquet" or any(file.suffix.lower() in COMPRESSIONS for file in files):
        return None
    with files[0].open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if not (lines := head.count(b"\n")):
        return None
    return round(lines / len(head) * sum(file.stat().st_size for file in files))
