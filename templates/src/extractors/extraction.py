"""Extracting one table: what its source looks like now, what to read, and its rows into staging."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from ..engines.types import ddl
from ..loaders.base_loader import BaseLoader
from ..settings import Settings, TableSettings
from ..utils.dead_letters import DeadLetters
from ..utils.erasures import Suppression
from ..utils.file_names import file_stem
from ..utils.retry import ConfigurationError, ExtractionError, LoadError, SourceChangedError
from ..utils.schema_contract import ColumnInfo, ContractDecision, decide
from ..utils.state import TableState
from .base_extractor import BaseExtractor, ExtractionRequest, ExtractionResult, Totals
from .landing import STREAM, Landed, Landing, rejected_name
from .outdated import Outdated
from .staging_area import Extraction, StagingArea, in_the_future, lower_bound
from .typed_rows import TypingQuery

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Window:
    """A bounded range of watermarks to read, as exact text: from ``low``, inclusive, to ``high``, exclusive."""

    low: str
    high: str


@dataclass
class TableExtraction:
    """Reads one table into staging.

    Attributes:
        settings: The configuration.
        loader: The open destination with its staging.
        area: Staging.
        run_id: This run.
        warn: Told of every change of a source's shape, as a sentence.
        suppression: Who has been erased.
    """

    settings: Settings
    loader: BaseLoader
    area: StagingArea
    run_id: str
    warn: Callable[[str], None]
    suppression: Suppression = field(default_factory=Suppression)

    def extract(
        self,
        extractor: BaseExtractor,
        table: TableSettings,
        published: TableState | None,
        *,
        full: bool = False,
        window: Window | None = None,
        letters: DeadLetters | None = None,
    ) -> Extraction:
        """Read a table's range in one snapshot, type it and hand it to staging; all of it or nothing.

        Args:
            extractor: The connected extractor of its source.
            table: The table.
            published: How far it has been published.
            full: Read all rows, whatever has been published.
            window: Read this range instead, for a backfill.
            letters: The dead letters; those whose rows are read again are found among them.

        Raises:
            SourceChangedError: the contract says to stop.
            ExtractionError: the rows cannot be read.
        """
        decision, columns = self._contract(extractor, table)
        low = window.low if window else None if full else self._low(table, published)
        request = ExtractionRequest(table, columns, low, window.high if window else None)
        schema = self.loader.landing_schema(table)
        with extractor.extract(request) as result:
            landed = self._land(result, request, decision, schema, typed=extractor.typed)
        if landed.rejected and table.contract.type_conflict == "stop":
            raise SourceChangedError(self._conflict(table, landed.rejected))
        high = landed.high if window is None else None
        totals = self._totals(extractor, table) if window is None else None
        extraction = Extraction(
            run_id=self.run_id,
            table=table.staging_name,
            landed=landed,
            low=low,
            high=self._highest(table, high, published),
            until=window.high if window else None,
            complete=low is None,
            dropped=decision.dropped,
            source_rows=totals.rows if totals else None,
            source_sums=dict(totals.sums) if totals else {},
        )
        for name, count in landed.nulled:
            self.warn(f"{table.full_name}: {count} values of {name} have no equal in staging and are NULL")
        if letters is None:
            return extraction
        outdated = Outdated(self.settings, self.loader, letters).find(table, extraction, schema)
        return replace(extraction, outdated=outdated)

    def _conflict(self, table: TableSettings, count: int) -> str:
        """Return the sentence about rows that do not fit, with the first of their values unless it is personal."""
        work = self.loader.work
        rejected = work.relation(self.loader.staging_schema, rejected_name(table.staging_name))
        reason, value = work.query(f"SELECT reason, offending_value FROM {rejected} ORDER BY ALL LIMIT 1")[0]
        shown = "" if value is None else f": {value!r}"
        return (
            f"{table.full_name}: {count} row{'s do' if count > 1 else ' does'} not fit, {reason}{shown}, and the"
            " contract says to stop; correct it at the source, or change the table's contract in"
            " config/pipeline_config.yaml"
        )

    def land_again(
        self, request: ExtractionRequest, result: ExtractionResult, since: tuple[ColumnInfo, ...] = ()
    ) -> Extraction:
        """Type rows that were rejected before; their personal data has been taken out already.

        Args:
            request: The table and all columns of the rows.
            result: The rows.
            since: Those of the columns that the contract does not know, with the types they are published in.
        """
        schema = self.loader.landing_schema(request.table)
        landed = self._land(result, request, ContractDecision(added=since), schema, protected=True)
        return Extraction(run_id=self.run_id, table=request.table.staging_name, landed=landed, complete=False)

    def _totals(self, extractor: BaseExtractor, table: TableSettings) -> Totals | None:
        """Ask the source for what a reconciliation compares with, in the same snapshot; only where there is one."""
        quality = self.settings.quality
        checks = [
            check
            for check in (*quality.pre_transform, *quality.post_transform, *quality.final)
            if check.check == "reconciliation"
            and (check.table or "").rpartition(".")[2] == table.staging_name
        ]
        columns = dict.fromkeys(name for c in checks for name in ((c.column,) if c.column else c.columns))
        return extractor.totals(table, list(columns)) if checks else None

    def _contract(
        self, extractor: BaseExtractor, table: TableSettings
    ) -> tuple[ContractDecision, tuple[ColumnInfo, ...]]:
        """Compare the source with the contract; return what to do and the columns to read."""
        actual = [column for column in extractor.columns(table) if column.name not in table.unchosen]
        decision = decide(table, actual)
        if decision.stop_reason:
            raise SourceChangedError(decision.stop_reason)
        for message in decision.messages(table.full_name):
            self.warn(message)
        if hidden := extractor.hidden(table):
            self.warn(f"{table.full_name}: {hidden}")
        wanted = {column.name for column in table.landed_columns} | {column.name for column in decision.added}
        return decision, tuple(column for column in actual if column.name in wanted)

    def _land(
        self,
        result: ExtractionResult,
        request: ExtractionRequest,
        decision: ContractDecision,
        schema: str,
        *,
        typed: bool = False,
        protected: bool = False,
    ) -> Landed:
        table, work = request.table, self.loader.work
        path = staging_file(self.settings.home, table.staging_name)
        try:
            sql = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from None
        query = TypingQuery(
            request,
            decision,
            sql,
            typed,
            protected,
            into_postgres=self.loader.engine.dialect == "postgres",
            erased=self.suppression.condition(work, table),
        )
        landing = Landing(work, schema, self.loader.staging_schema, query)
        strategy = self.strategy(table)
        while True:
            result.bind(work, STREAM)
            try:
                with work.transaction():
                    return landing.land(newest_only=strategy not in {"append", "scd2"})
            except LoadError as error:
                # A failed statement has ended the transaction: reading anew starts from nothing.
                if not result.again(str(error)):
                    said = withheld(str(error)) if any(column.pii for column in table.columns) else str(error)
                    raise ExtractionError(f"{table.full_name}: {said}") from None
            finally:
                result.unbind(work, STREAM)

    def strategy(self, table: TableSettings) -> str:
        """Return how the table's incoming rows will be applied."""
        if self.settings.mode == "modelled":
            return "upsert"
        return (table.loading or self.settings.destination.loading).strategy

    def _low(self, table: TableSettings, published: TableState | None) -> str | None:
        """Return the watermark to read from; None where everything must be read.

        That is so for a table that is read in full, replaced as a whole, or whose published rows or staging are gone.
        """
        if not table.extraction.incremental or published is None or published.watermark is None:
            return None
        if self.settings.mode == "modelled":
            if not self.area.belongs_to(table, {table.staging_name: published}):
                return None
        elif self.strategy(table) == "overwrite" or not self.loader.published(table.staging_name):
            return None
        kind = self._kind(table)
        if in_the_future(self.loader.work, kind, published.watermark):
            self.warn(
                f"{table.full_name}: the watermark {published.watermark} lies in the future, set when a clock was"
                " wrong; every row is read until that time has come, so that none is missed"
            )
            return None
        return lower_bound(self.loader.work, table, kind, published.watermark)

    def _highest(self, table: TableSettings, high: str | None, published: TableState | None) -> str | None:
        """Return the watermark to publish: that of the rows read, but never less than the published one."""
        before = published.watermark if published else None
        if high is None or before is None:
            return high or before
        kind, value = self._kind(table), self.loader.work.literal
        values = f"CAST({value(high)} AS {kind}), CAST({value(before)} AS {kind})"
        return str(self.loader.work.query(f"SELECT CAST(greatest({values}) AS VARCHAR)")[0][0])

    def _kind(self, table: TableSettings) -> str:
        """Return the watermark column's DuckDB type."""
        name = table.extraction.watermark_column
        return next(
            (ddl(column.type, "duckdb") for column in table.columns if column.name == name), "VARCHAR"
        )


def withheld(message: str) -> str:
    """Return an engine's message without the values it quotes: in a table about people they may be personal."""
    first = message.partition("\n")[0]
    return re.sub(r"""'[^']*'|"[^"]*"|(?<=Line: ).*""", "(value withheld)", first)


def staging_file(home: Path, staging_name: str) -> Path:
    """Return the file that holds a table's staging query."""
    return home / "sql" / "staging" / f"{file_stem(staging_name)}_staging.sql"
