"""DuckDB files as a source: attached read-only, read by DuckDB itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from ..engines.base import names, quoted, text_literal
from ..engines.duckdb_engine import DuckDBEngine, attach
from ..engines.types import ddl, from_duckdb
from ..settings import TableSettings
from ..utils.retry import ExtractionError, LockHeldError
from ..utils.schema_contract import ColumnInfo
from .base_extractor import BaseExtractor, ExtractionRequest, ExtractionResult, Totals

_HUGE = "decimal(39,0)"
"""What HUGEINT is elsewhere: its digits fit, but not every number of that many digits fits it."""


class DuckDBExtractor(BaseExtractor):
    """Reads tables of a DuckDB file. The file cannot change while it is attached, so all reads are one snapshot."""

    typed = True
    _attached = False

    @property
    def _catalog(self) -> str:
        return f"_source_{self.source.name}"

    @property
    def connected(self) -> bool:
        """Whether the file is attached."""
        return self._attached

    def connect(self) -> None:
        """Attach the file read-only."""
        path = self.existing_path()
        try:
            attach(self.work.connection, path, self._catalog, read_only=True)
        except LockHeldError as error:
            raise ExtractionError(f"{self.source.name}: {error}") from None
        self._attached = True

    def columns(self, table: TableSettings) -> list[ColumnInfo]:
        """Return the columns the table has now."""
        found = self.work.sibling(self._catalog).columns(table.namespace or "main", table.table)
        if not found:
            raise self.gone(table)
        return [ColumnInfo(name, logical_type(kind)) for name, kind in found]

    @contextmanager
    def extract(self, request: ExtractionRequest) -> Iterator[ExtractionResult]:
        """Give a query over the attached table."""
        table = request.table
        relation = self.work.sibling(self._catalog).relation(table.namespace or "main", table.table)
        query = f"SELECT {names([column.name for column in request.columns])} FROM {relation}"
        yield ExtractionResult(query + range_clause(request), self.source.name)

    def totals(self, table: TableSettings, columns: Sequence[str]) -> Totals:
        """Return the rows and sums of the whole table."""
        relation = self.work.sibling(self._catalog).relation(table.namespace or "main", table.table)
        return added_up(self.work, relation, {name: quoted(name) for name in columns})

    def close(self) -> None:
        """Detach the file."""
        if self._attached:
            self.work.connection.execute(f"DETACH {quoted(self._catalog)}")
            self._attached = False


def added_up(work: DuckDBEngine, relation: str, values: Mapping[str, str]) -> Totals:
    """Return the rows of a relation, and sums of expressions over it by name."""
    sums = "".join(f", CAST(coalesce(sum({value}), 0) AS VARCHAR)" for value in values.values())
    rows, *found = work.query(f"SELECT count(*){sums} FROM {relation}")[0]
    return Totals(int(rows), {name: Decimal(total) for name, total in zip(values, found, strict=True)})


def range_clause(request: ExtractionRequest) -> str:
    """Return the WHERE clause of a request in DuckDB's SQL, for columns that are typed."""
    column = request.watermark
    if column is None or request.low is None:
        return ""
    name, kind = quoted(column.name), ddl(column.type, "duckdb")
    low = f"TRY_CAST({name} AS {kind}) >= CAST({text_literal(request.low)} AS {kind})"
    if request.high is not None:
        return f" WHERE {low} AND {name} < CAST({text_literal(request.high)} AS {kind})"
    return f" WHERE {low} OR TRY_CAST({name} AS {kind}) IS NULL"


def logical_type(native: str) -> str:
    """Return the logical type of a DuckDB type, as the probe that made the contract does."""
    found = from_duckdb(native).replace(_HUGE, "decimal")
    return "json" if found == "json[]" else found
