"""Files as a source: CSV, JSON Lines and Parquet, one snapshot being the files found when the table is read.

A table is a glob below the folder. Text files are read as text and typed in staging, so that a value that does not
fit becomes a dead letter. A column named ``_file`` in the configuration holds the path of each row's file.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath

from ..engines.base import names, quoted, text_literal
from ..engines.types import ddl
from ..settings import TableSettings
from ..utils.retry import ExtractionError, SourceChangedError
from ..utils.schema_contract import ColumnInfo
from .base_extractor import BaseExtractor, ExtractionRequest, ExtractionResult, Totals
from .duckdb import added_up, logical_type
from .parquet import parquet_relation

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".psv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
COMPRESSIONS = (".gz", ".zst")
FILE_COLUMN = "_file"


class FilesExtractor(BaseExtractor):
    """Reads tables made of files in a folder."""

    _root: Path | None = None
    _pattern: str | None = None

    @property
    def connected(self) -> bool:
        """Whether the folder has been found."""
        return self._root is not None

    def connect(self) -> None:
        """Find the folder."""
        root, self._pattern = root_and_pattern(str(self.connection.get("path") or ""))
        if not glob.has_magic(str(self.connection.get("path") or "")):
            self.existing_path()
        if not root.is_dir():
            raise ExtractionError(f"{self.source.name}: {root}: there is no such folder")
        self._root = root

    def columns(self, table: TableSettings) -> list[ColumnInfo]:
        """Return the columns the files have now; of text files only the names are told, values decide the types."""
        kind, relation = self._relation(table)
        described = self.work.describe(f"SELECT * FROM {relation}")
        known = {column.name: column for column in table.columns}
        if kind == "parquet":
            return [ColumnInfo(name, logical_type(native)) for name, native in described]
        return [
            ColumnInfo(
                name, known[name].type if name in known else "text" if kind == "csv" else logical_type(native)
            )
            for name, native in described
        ]

    @contextmanager
    def extract(self, request: ExtractionRequest) -> Iterator[ExtractionResult]:
        """Give a query over the files."""
        kind, relation = self._relation(request.table, request.columns)
        items = names([column.name for column in request.columns])
        if kind == "csv":
            # A quoted empty field is an empty text, and no value at all where text is not wanted.
            items = ", ".join(
                quoted(c.name) if c.type == "text" else f"nullif({quoted(c.name)}, '') AS {quoted(c.name)}"
                for c in request.columns
            )
        yield ExtractionResult(f"SELECT {items} FROM {relation}", self.source.name)

    def totals(self, table: TableSettings, columns: Sequence[str]) -> Totals:
        """Return the rows and sums of all files; what is no number counts for nothing."""
        kinds = {column.name: ddl(column.type, "duckdb") for column in table.columns}
        _, relation = self._relation(table)
        return added_up(self.work, relation, {n: f"TRY_CAST({quoted(n)} AS {kinds[n]})" for n in columns})

    def close(self) -> None:
        """Forget the folder."""
        self._root = None

    def _relation(self, table: TableSettings, columns: tuple[ColumnInfo, ...] = ()) -> tuple[str, str]:
        """Return the format of a table's files and the function that reads them.

        Raises:
            SourceChangedError: there are no such files.
        """
        files, kind = self._files(table)
        options = ["union_by_name=true"]
        if any(column.name == FILE_COLUMN for column in table.columns):
            options.append(f"filename={text_literal(FILE_COLUMN)}")
        if kind == "parquet":
            return kind, parquet_relation(self.work, files, ", ".join(options))
        options.insert(0, f"[{', '.join(text_literal(glob.escape(str(file))) for file in files)}]")
        if kind == "jsonl":
            if columns:
                # Read as text, the strings in a column of JSON would not be told from its numbers and words.
                typed = ", ".join(
                    f"{quoted(c.name)}: '{'JSON' if c.type == 'json' else 'VARCHAR'}'"
                    for c in columns
                    if c.name != FILE_COLUMN
                )
                options.append(f"columns={{{typed}}}")
            else:
                # All rows are looked at: a key that only a late one has is a column as well.
                options.append("sample_size=-1")
            return kind, f"read_json({', '.join(options)})"
        # What may be found out by looking at the first rows is the delimiter. A quote that none of them shows would be
        # taken for none, and lines that begin with # for comments.
        options += ["all_varchar=true", "allow_quoted_nulls=false", "quote='\"'", "comment=''"]
        if delimiter := self.connection.get("delimiter"):
            options.append(f"delim={text_literal(str(delimiter))}")
        if (header := self.connection.get("header")) is not None:
            options.append(f"header={str(header).lower()}")
            # Without a header no line comes before the rows, even if the first of them is unlike the others.
            options += [] if header else ["skip=0"]
        options.append(f"encoding={text_literal(str(self.connection.get('encoding') or 'utf-8'))}")
        return kind, f"read_csv({', '.join(options)})"

    def _files(self, table: TableSettings) -> tuple[list[Path], str]:
        """Return a table's files and their format; empty ones say nothing where others do.

        Raises:
            SourceChangedError: there are none, or files of several formats, of which one would be left unread.
        """
        if self._root is None:
            raise ExtractionError(f"{self.source.name} is not connected")
        wanted = str(self.connection.get("format") or "auto")
        files = [f for f in files_of(self._root, table.table) if wanted in ("auto", format_of(f))]
        first = {str(format_of(file)): file for file in reversed(files)}
        if not files:
            raise self.gone(table, f": no files match it in {self._root}")
        if len(first) > 1:
            named = ", ".join(
                f"{file.relative_to(self._root)} is {kind}" for kind, file in sorted(first.items())
            )
            raise SourceChangedError(
                f"{self.source.name}: the files of table {table.table} are of several formats ({named}); keep one,"
                " or say which to read by `format` in the source's connection"
            )
        return [file for file in files if file.stat().st_size] or files, next(iter(first))


def root_and_pattern(path: str) -> tuple[Path, str | None]:
    """Return the folder globs are relative to, and the glob the path itself ends in, if any."""
    whole = Path(path).expanduser().absolute()
    if whole.is_dir():
        return whole, None
    if whole.is_file() or not glob.has_magic(str(whole)):
        return whole.parent, glob.escape(whole.name)
    parts = whole.parts
    first = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first]), str(PurePath(*parts[first:]))


def format_of(file: PurePath) -> str | None:
    """Return the format a file's ending tells, None for any other; Parquet is never compressed once more."""
    suffixes = [suffix.lower() for suffix in file.suffixes[-2:]]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        inner = FORMATS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return None if inner == "parquet" else inner
    return FORMATS.get(suffixes[-1]) if suffixes else None


def files_of(root: Path, name: str) -> list[Path]:
    """Return a table's files, sorted; a plain name stands for ``name.<ending>`` and the folder ``name``."""
    patterns = [name]
    if not glob.has_magic(name) and format_of(PurePath(name)) is None:
        patterns = [f"{name}{ending}*" for ending in FORMATS] + [f"{name}/**/*"]
    found = {
        file
        for pattern in patterns
        for file in root.glob(pattern)
        if file.is_file() and format_of(file) and not _hidden(file.relative_to(root))
    }
    return sorted(found)


def _hidden(relative: PurePath) -> bool:
    """Tell whether a path is metadata by convention, as ``_manifest.json`` or ``_temporary/part.csv``."""
    return any(part.startswith(("_", ".")) for part in relative.parts)
