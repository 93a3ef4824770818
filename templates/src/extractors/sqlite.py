"""SQLite: one read transaction, every value exact.

SQLite checks no types, so a column may hold anything. Each column travels in the Arrow type its declaration promises
as long as its values keep that promise; where one does not, the whole column is read again as text, in which no
value is lost, and staging finds out what fits.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..engines.base import quoted, text_literal
from ..engines.types import decimal_parameters
from ..settings import TableSettings
from ..utils.retry import ExtractionError
from ..utils.schema_contract import ColumnInfo
from .base_extractor import MISFIT_COLUMN, BaseExtractor, ExtractionRequest, ExtractionResult, Totals

if TYPE_CHECKING:
    import pyarrow as pa

BUSY_SECONDS = 30.0
_KINDS = {
    "smallint": "int64", "integer": "int64", "bigint": "int64", "boolean": "int64", "real": "float64",
    "double": "float64", "bytes": "binary", "text": "string", "date": "string", "time": "string",
    "timestamp": "string", "timestamptz": "string", "uuid": "string", "json": "string",
}  # fmt: skip
"""Arrow type that values of a logical type are expected in; all others go as text from the start."""
_HALF_MILLISECOND = "0.00000001"
"""In days: what `julianday` may lose. Reading a row again is harmless, missing it is not."""


class MisfitError(Exception):
    """Values of a column that do not fit its Arrow type."""


class SQLiteExtractor(BaseExtractor):
    """Reads tables of a SQLite file."""

    _database: sqlite3.Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""
        return self._database is not None

    def connect(self) -> None:
        """Open the file read-only; the snapshot begins with the first read."""
        path = str(self.existing_path())
        uri = f"file:{_uri_path(path)}?mode=ro"
        try:
            self._database = sqlite3.connect(
                uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._database.text_factory = bytes
            self._database.execute("BEGIN")
            self._database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.Error as error:
            raise ExtractionError(f"{self.source.name}: {path}: {error}") from None

    def columns(self, table: TableSettings) -> list[ColumnInfo]:
        """Return the columns the table has now; a type the contract knows by the same spelling is kept."""
        schema = f", {text_literal(table.namespace)}" if table.namespace else ""
        query = f'SELECT name, type, "notnull" FROM pragma_table_info({text_literal(table.table)}{schema})'
        rows = [row for batch in self.rows(query, 1000) for row in batch]
        if not rows:
            raise self.gone(table)
        known = {column.name: column for column in table.columns}
        found = []
        for raw_name, raw_type, not_null in rows:
            name, spelling = raw_name.decode(), raw_type.decode()
            contract = known.get(name)
            if contract is not None and _bare(contract.source_type) in ("", _bare(spelling)):
                found.append(ColumnInfo(name, contract.type, not not_null))
            else:
                found.append(ColumnInfo(name, declared_type(spelling), not not_null))
        return found

    @contextmanager
    def extract(self, request: ExtractionRequest) -> Iterator[ExtractionResult]:
        """Give the rows of the snapshot as a stream of record batches."""
        yield SQLiteRows(self, request)

    def rows(self, sql: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query in lists of at most ``size``; text comes as UTF-8 bytes.

        Raises:
            ExtractionError: the rows cannot be read.
        """
        if self._database is None:
            raise ExtractionError(f"{self.source.name} is not connected")
        try:
            cursor = self._database.execute(sql)
            while rows := cursor.fetchmany(size):
                yield rows
        except sqlite3.Error as error:
            raise ExtractionError(f"{self.source.name}: {error}") from None

    def totals(self, table: TableSettings, columns: Sequence[str]) -> Totals:
        """Return the rows and sums of the whole table; sums of floating point numbers to their column's scale."""
        scales = {column.name: decimal_parameters(column.type) for column in table.columns}
        items = "".join(f", sum({quoted(name)})" for name in columns)
        place = f"{quoted(table.namespace)}." if table.namespace else ""
        (found,) = (
            row
            for rows in self.rows(f"SELECT count(*){items} FROM {place}{quoted(table.table)}", 1)
            for row in rows
        )
        sums = {}
        for name, total in zip(columns, found[1:], strict=True):
            exact, scale = Decimal(str(total or 0)), scales.get(name)
            sums[name] = exact.quantize(Decimal(1).scaleb(-scale[1])) if scale else exact
        return Totals(int(found[0]), sums)

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None


class SQLiteRows(ExtractionResult):
    """Rows of one table as an Arrow stream; which columns must go as text is found out by reading."""

    def __init__(self, extractor: SQLiteExtractor, request: ExtractionRequest) -> None:
        self._extractor = extractor
        self._request = request
        self._kinds = {column.name: _KINDS.get(column.type, "text") for column in request.columns}
        self._misfit: str | None = None
        self._failure: ExtractionError | None = None
        super().__init__(self._stream(), extractor.source.name)

    def again(self, failure: str) -> bool:
        """Make the stream ready to be read anew, with the column that did not fit as text."""
        if self._failure is not None:
            raise self._failure
        if self._misfit is None:
            return False
        self._kinds[self._misfit] = "text"
        self._misfit = None
        self.data = self._stream()
        return True

    def _stream(self) -> pa.RecordBatchReader:
        import pyarrow as pa

        fields = [
            pa.field(column.name, getattr(pa, kind if kind != "text" else "string")())
            for column, kind in zip(self._request.columns, self._kinds.values(), strict=True)
        ]
        if "text" in self._kinds.values():
            fields.append(pa.field(MISFIT_COLUMN, pa.string()))
        schema = pa.schema(fields)
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        # An exception crosses DuckDB as mere text: it is kept here for `again`.
        import pyarrow as pa

        try:
            size = self._request.table.extraction.batch_size
            for rows in self._extractor.rows(_query(self._request), size):
                misfits: dict[int, dict[str, str]] = {}
                arrays = [
                    self._array(column, values, misfits)
                    for column, values in zip(self._request.columns, zip(*rows, strict=True), strict=True)
                ]
                if len(arrays) < len(schema):
                    texts = [json.dumps(misfits[row]) if row in misfits else None for row in range(len(rows))]
                    arrays.append(pa.array(texts, pa.string()))
                yield pa.record_batch(arrays, schema=schema)
        except ExtractionError as error:
            self._failure = error
            raise

    def _array(
        self, column: ColumnInfo, values: Sequence[Any], misfits: dict[int, dict[str, str]]
    ) -> pa.Array:
        kind = self._kinds[column.name]
        if kind == "text":
            return _texts(column, values, misfits)
        try:
            return _typed(values, kind)
        except MisfitError:
            self._misfit = column.name
            raise


def _typed(values: Sequence[Any], kind: str) -> pa.Array:
    """Return an array of an Arrow type.

    Raises:
        MisfitError: a value is not of that type.
    """
    import pyarrow as pa

    try:
        if kind != "int64":
            return pa.array(values, getattr(pa, kind)())
        # Asked for int64, pyarrow would cut 1.5 down to 1: let it find the type instead.
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise MisfitError(str(error)) from error
    if array.type == pa.int64():
        return array
    if array.null_count == len(array):
        return pa.nulls(len(array), pa.int64())
    raise MisfitError("not all values are integers")


def _texts(column: ColumnInfo, values: Sequence[Any], misfits: dict[int, dict[str, str]]) -> pa.Array:
    """Return values as exact text; one that has no text becomes NULL and is put down in ``misfits`` by its row."""
    import pyarrow as pa

    texts: list[str | None] = []
    for row, value in enumerate(values):
        try:
            texts.append(_text(value, of_bytes=column.type == "bytes"))
        except ValueError:
            texts.append(None)
            shown = value.hex() if isinstance(value, bytes) else str(value)
            misfits.setdefault(row, {})[column.name] = shown
    return pa.array(texts, pa.string())


def _text(value: Any, *, of_bytes: bool) -> str | None:
    """Return a SQLite value as text: floats in the shortest form that reads back equal, bytes escaped for DuckDB.

    Raises:
        ValueError: bytes that are not UTF-8 where text is wanted, or a number where bytes are wanted.
    """
    if value is None:
        return None
    if of_bytes:
        if not isinstance(value, bytes):
            raise ValueError("a number is no BLOB")
        return "".join(f"\\x{byte:02X}" for byte in value)
    return value.decode() if isinstance(value, bytes) else repr(value)


def declared_type(spelling: str) -> str:
    """Return the logical type of a declared SQLite type, by the rules of https://sqlite.org/datatype3.html."""
    kind = spelling.upper()
    if "INT" in kind:
        return "bigint"
    for words, logical in (
        (("CHAR", "CLOB", "TEXT"), "text"), (("BLOB",), "bytes"), (("REAL", "FLOA", "DOUB"), "double"),
        (("BOOL",), "boolean"), (("TIMESTAMP", "DATETIME"), "timestamp"), (("DATE",), "date"),
        (("DEC", "NUM"), "decimal"),
    ):  # fmt: skip
        if any(word in kind for word in words):
            return logical
    return "text"


def _bare(spelling: str) -> str:
    """Return a declared type without case and blanks, which a probe may write otherwise."""
    return "".join(spelling.lower().split())


def _query(request: ExtractionRequest) -> str:
    table = request.table
    place = f"{quoted(table.namespace)}." if table.namespace else ""
    items = ", ".join(quoted(column.name) for column in request.columns)
    return f"SELECT {items} FROM {place}{quoted(table.table)}{_range(request)}"


def _range(request: ExtractionRequest) -> str:
    """Return the WHERE clause; it may let through more than the range, never less."""
    column = request.watermark
    if column is None or (request.low is None and request.high is None):
        return ""
    name = quoted(column.name)
    value, slack, exact = name, "", _number
    if column.type in {"timestamp", "timestamptz", "date"}:
        value, slack = f"julianday({name})", _HALF_MILLISECOND
    elif column.type == "text":
        value, exact = f"CAST({name} AS TEXT) COLLATE BINARY", text_literal
    parts = []
    for operator, bound, sign in ((">=", request.low, "-"), ("<=", request.high, "+")):
        if bound is not None:
            literal = f"julianday({text_literal(bound)}) {sign} {slack}" if slack else exact(bound)
            parts.append(f"{value} {operator} {literal}")
    return f" WHERE ({' AND '.join(parts)}) OR {value} IS NULL"


def _number(value: str) -> str:
    """Return a value as a number where it is one, else as text."""
    return value if value.lstrip("-").replace(".", "", 1).isdigit() else text_literal(value)


def _uri_path(path: str) -> str:
    return quote(path, safe="/")
