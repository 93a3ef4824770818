"""The contract of every extractor: one snapshot of a table as a stream that DuckDB can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import structlog

from ..engines.duckdb_engine import DuckDBEngine
from ..settings import SourceSettings, TableSettings
from ..utils.environment import Scalar
from ..utils.retry import ExtractionError, PipelineError, SourceChangedError
from ..utils.schema_contract import ColumnInfo

MISFIT_COLUMN = "_pipeline_misfit"
"""A column in which an extractor may tell of values it could not hand over: JSON of texts, by column."""

NULLED_COLUMN = "_pipeline_nulled"
"""A column in which an extractor may name the columns it had to give as NULL, separated by chr(31)."""


@dataclass(frozen=True)
class ExtractionRequest:
    """What to read of one table.

    Attributes:
        table: The table.
        columns: The source's columns to read, with their types there.
        low: Lowest watermark to read, inclusive, as exact text; rows without a watermark are read too. None: all rows.
        high: Watermark to stop before; set only by a backfill, which leaves out rows without a watermark.
    """

    table: TableSettings
    columns: tuple[ColumnInfo, ...]
    low: str | None = None
    high: str | None = None

    @property
    def watermark(self) -> ColumnInfo | None:
        """The watermark column as the source has it."""
        name = self.table.extraction.watermark_column
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Totals:
    """Rows of a whole source table, and sums of columns."""

    rows: int
    sums: Mapping[str, Decimal]


@dataclass
class ExtractionResult:
    """One table's rows, readable once.

    Attributes:
        data: An Arrow stream, or the text of a DuckDB query.
        source_name: The source.
        extraction_timestamp: When the snapshot was taken (UTC).
        nulled: Rows whose values the extractor had to give as NULL, by column; told after the stream has been read.
    """

    data: Any
    source_name: str
    extraction_timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    nulled: dict[str, int] = field(default_factory=dict)

    def again(self, failure: str) -> bool:
        """Tell, after reading failed, whether it is worth reading anew: the data has been made ready for it.

        Args:
            failure: What DuckDB made of the error.

        Raises:
            PipelineError: why reading failed, where more is known than DuckDB says.
        """
        return False

    def bind(self, work: DuckDBEngine, name: str) -> None:
        """Make the rows readable in DuckDB under a name."""
        if isinstance(self.data, str):
            work.execute(f"CREATE OR REPLACE TEMP VIEW {work.quote(name)} AS {self.data}")
        else:
            work.connection.register(name, self.data)

    def unbind(self, work: DuckDBEngine, name: str) -> None:
        """Take the name away again."""
        if isinstance(self.data, str):
            work.execute(f"DROP VIEW IF EXISTS {work.quote(name)}")
        else:
            work.connection.unregister(name)


class BaseExtractor(ABC):
    """Reads tables of one source. Open it as a context manager.

    Args:
        source: The source's settings.
        connection: Its connection values, expanded.
        work: The DuckDB that reads what is extracted.
    """

    typed: ClassVar[bool] = False
    """Whether the source makes sure that values are of the types it declares."""

    def __init__(self, source: SourceSettings, connection: Mapping[str, Scalar], work: DuckDBEngine) -> None:
        self.source = source
        self.connection = connection
        self.work = work
        self._log = structlog.get_logger(__name__).bind(source=source.name)

    @classmethod
    def anticipate(cls, source: SourceSettings, connection: Mapping[str, Scalar]) -> None:
        """Begin, in the background, what makes connecting to a source take long; failures show when it connects."""
        return

    @abstractmethod
    def connect(self) -> None:
        """Establish the connection; read-only, with time limits.

        Raises:
            ExtractionError: the source cannot be reached or refuses.
        """

    @abstractmethod
    def columns(self, table: TableSettings) -> list[ColumnInfo]:
        """Return the columns the table has now.

        Raises:
            SourceChangedError: the table is gone.
        """

    def hidden(self, table: TableSettings) -> str:
        """Return what of a table this pipeline may not see, as a clause; empty where the source tells of nothing."""
        return ""

    @abstractmethod
    def extract(self, request: ExtractionRequest) -> AbstractContextManager[ExtractionResult]:
        """Give the rows of one snapshot of a table; the stream ends with the context.

        A snapshot is read by one stream, so no keyset order is needed: a run reads all of its range or nothing.

        Raises:
            ExtractionError: the rows cannot be read.
        """

    def totals(self, table: TableSettings, columns: Sequence[str]) -> Totals | None:
        """Return the rows and exact sums of the whole table in the snapshot; None where the source cannot tell."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection; harmless when there is none."""

    def existing_path(self) -> Path:
        """Return the path of the connection.

        Raises:
            ExtractionError: nothing is there.
        """
        path = Path(str(self.connection.get("path") or "")).expanduser()
        if not path.exists():
            raise ExtractionError(
                f"{self.source.name}: {path}: there is no such file or folder; check the path in its connection"
            )
        return path

    def gone(self, table: TableSettings, how: str = "") -> SourceChangedError:
        """Return the error that says that a table is not there, and what to do."""
        remedy = "bring it back, or take it out of config/pipeline_config.yaml"
        return SourceChangedError(f"{self.source.name}: table {table.full_name} is gone{how}; {remedy}")

    def check(self) -> None:
        """Make sure that the open connection answers and that every table is there.

        Raises:
            ExtractionError: it does not, or one is not.
        """
        for table in self.source.tables:
            self.columns(table)

    def validate_connection(self) -> bool:
        """Tell whether the source answers; a connection that is open is used and stays open."""
        try:
            if self.connected:
                self.check()
            else:
                with self:
                    self.check()
        except PipelineError as error:
            self._log.error("connection_validation_failed", error=str(error))
            return False
        return True

    @property
    @abstractmethod
    def connected(self) -> bool:
        """Whether a connection is open."""

    def __enter__(self) -> Self:
        try:
            self.connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
