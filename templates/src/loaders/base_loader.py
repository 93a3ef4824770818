"""The contract of every loader: a destination that takes a run's tables in one transaction."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from ..engines.base import Column, Engine, quoted
from ..engines.duckdb_engine import DuckDBEngine
from ..settings import LoadingSettings, Settings, TableSettings
from .publication import Publication
from .strategies import STRATEGIES, refill

STAGING_FILE = "staging.duckdb"
STAGING_CATALOG = "_staging_file"
DESTINATION_CATALOG = "_destination_file"
"""Names under which DuckDB files are attached; see `engines.duckdb_engine`."""


class LoadStrategy(Enum):
    """How arriving rows are applied to a published table."""

    APPEND = "append"
    OVERWRITE = "overwrite"
    UPSERT = "upsert"
    MERGE = "merge"
    SCD_TYPE_1 = "scd1"
    SCD_TYPE_2 = "scd2"
    SCD_TYPE_3 = "scd3"


@dataclass(frozen=True)
class LoadRequest:
    """What to publish: a table in staging, and how.

    Attributes:
        table: The published table's name.
        staged: The name of the table in staging that holds the arriving rows.
        loading: How they are applied.
        run_id: This run.
        started_at: When it started (aware).
        types: Logical types of columns where the configuration knows them.
        complete: The rows are the whole table, so what is missing from them is gone.
        partial: They are a part of a table that is otherwise overwritten as a whole.
        low: They are all rows from this watermark on; None: from the beginning.
        high: They end before this watermark (a backfill's window).
        watermark: The watermark column.
        unique: The rows are known to hold each key once.
        dropped: Columns the source has no more; what is published in them stays.
    """

    table: str
    staged: str
    loading: LoadingSettings
    run_id: str
    started_at: datetime
    types: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    partial: bool = False
    low: str | None = None
    high: str | None = None
    watermark: str | None = None
    unique: bool = False
    dropped: tuple[str, ...] = ()


@dataclass
class LoadResult:
    """What a load did. ``records_loaded`` counts arriving rows applied, ``records_written`` rows changed by them."""

    destination_name: str
    strategy: LoadStrategy
    records_loaded: int
    records_written: int
    records_deleted: int
    records_rejected: int
    load_timestamp: datetime
    duration_seconds: float
    table_rows: int = 0

    @property
    def success_rate(self) -> float:
        """Percentage of the rows that were not rejected."""
        total = self.records_loaded + self.records_rejected
        return 100.0 if total == 0 else self.records_loaded / total * 100


class BaseLoader(ABC):
    """A destination with its staging. Open it as a context manager: that also takes the destination's true lock.

    Attributes:
        work: The DuckDB that reads what extractors give.
        staging: Where staging lies: in the destination (ELT), or in a file of its own (ETL).
        engine: The destination.
    """

    work: DuckDBEngine
    staging: Engine
    engine: Engine

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.destination_name = settings.destination.name
        self.connected = False
        self._log = structlog.get_logger(__name__).bind(destination=self.destination_name)

    @property
    def staging_schema(self) -> str:
        """The schema of staging tables."""
        return self.settings.destination.staging_schema

    @abstractmethod
    def connect(self) -> None:
        """Open the destination and staging, take the true lock and create missing schemas.

        Raises:
            LockHeldError: another run is at work; nothing was written.
            LoadError: the destination cannot be reached or refuses.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; harmless when nothing is open."""

    @abstractmethod
    def arriving(self, request: LoadRequest) -> tuple[str, tuple[Column, ...]]:
        """Return the arriving rows as a relation the destination can read, and their columns in its own types."""

    def transaction(self) -> AbstractContextManager[None]:
        """Run what is inside as one transaction of the destination."""
        return self.engine.transaction()

    def landing_schema(self, table: TableSettings) -> str:
        """Return the schema of the DuckDB at work that takes a table's landed rows, made ready for them."""
        return self.staging_schema

    def movable(self, request: LoadRequest) -> tuple[str, str] | None:
        """Return schema and name of the staged table itself, where it may become the published one."""
        return None

    def withdraw(self, staged: str) -> None:
        """Remove landed rows that were not landed in staging itself and are not needed any more."""
        return

    def deliver(self, table: TableSettings) -> None:
        """Bring a table's landed rows to where staging lies; there is nothing to do where they landed in it."""
        return

    def guard(self, verify: Callable[[], None]) -> None:
        """Have every transaction begin with a look at the lock, where the true lock can be lost unnoticed."""
        return

    @contextmanager
    def brought(self, query: str, name: str) -> Iterator[str]:
        """Give a query over staging as a relation that the destination can read, inside the caller's transaction.

        Args:
            query: The query, in staging's dialect.
            name: What to call its rows where they have to be carried.
        """
        yield f"({query})"

    def fetch(self, query: str, name: str) -> None:
        """Copy the rows of a query over the destination into a temporary table of the DuckDB at work."""
        self.work.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {query}")

    def reconnect(self) -> None:
        """Open the destination anew after the connection was lost; a local one has nothing to lose."""
        return

    def forget_deleted(self, tables: Sequence[str]) -> list[Path]:
        """Let go of what deleted rows leave behind; return the DuckDB files that must be written anew once closed.

        Args:
            tables: Relations of the destination that may hold remains of them.

        Raises:
            LoadError: remains could not be removed; it says what to do.
        """
        return [] if self.settings.elt else [self.settings.state_dir / STAGING_FILE]

    def load(self, request: LoadRequest) -> LoadResult:
        """Apply staged rows to a published table, in the caller's transaction."""
        began = time.monotonic()
        publication = self.publication(request)
        apply = refill if request.partial else STRATEGIES[request.loading.strategy]
        applied = apply(publication)
        rows = applied.published
        if rows is None:
            rows = self.engine.query(f"SELECT count(*) FROM {publication.target}")[0][0]
        return LoadResult(
            destination_name=self.destination_name,
            strategy=LoadStrategy(request.loading.strategy),
            records_loaded=applied.arrived,
            records_written=applied.written,
            records_deleted=applied.deleted,
            records_rejected=0,
            load_timestamp=datetime.now(UTC),
            duration_seconds=time.monotonic() - began,
            table_rows=int(rows),
        )

    def publication(self, request: LoadRequest) -> Publication:
        """Return the publication of a request."""
        source, columns = self.arriving(request)
        plain = source == self.engine.relation(self.staging_schema, request.staged)
        return Publication(
            engine=self.engine,
            schema=self.settings.destination.schema,
            table=request.table,
            source=source,
            columns=columns,
            loading=request.loading,
            run_id=request.run_id,
            started_at=request.started_at,
            complete=request.complete,
            low=request.low,
            high=request.high,
            watermark=request.watermark,
            unique=request.unique,
            movable=self.movable(request) if plain else None,
            dropped=request.dropped,
        )

    def create_table_if_not_exists(self, table_name: str, schema: Mapping[str, str]) -> None:
        """Create a published table from column names and types as the engine spells them, unless it is there."""
        columns = ", ".join(f"{self.engine.quote(name)} {kind}" for name, kind in schema.items())
        relation = self.engine.relation(self.settings.destination.schema, table_name)
        self.engine.execute(f"CREATE TABLE IF NOT EXISTS {relation} ({columns})")

    def published(self, table: str) -> bool:
        """Tell whether a published table is there."""
        return bool(self.engine.columns(self.settings.destination.schema, table))

    def __enter__(self) -> Self:
        try:
            self.connect()
        except BaseException:
            self.close()
            raise
        self.connected = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connected = False
        self.close()
