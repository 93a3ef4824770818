"""What the stages of one run share: the open destination, staging, state, and what is known of the run so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import structlog

from .extractors.staging_area import Extraction, StagingArea
from .loaders.base_loader import BaseLoader
from .quality.checks import QualitySuiteResult
from .settings import Settings, TableSettings
from .utils.alerts import notify
from .utils.dead_letters import DeadLetters
from .utils.erasures import Erasures, Suppression
from .utils.lineage import LineageEmitter
from .utils.lock import RunLock
from .utils.metrics import MetricsCollector
from .utils.state import State, TableCounts

logger = structlog.get_logger(__name__)

Observer = Callable[[str, str], None]
"""Called at the named points of a run with the point and the table or transformation at work."""
POINTS = (
    "after_extract_batch", "after_staging", "before_publish", "mid_publish", "after_commit", "mid_backfill",
    "mid_replay",
)  # fmt: skip
"""The points an observer hears of. They are where a run that dies would do most harm; tests make it die there."""


def ignore(point: str, subject: str) -> None:
    """Observe nothing."""


@dataclass
class RunContext:
    """One run.

    Attributes:
        settings: The configuration.
        loader: The open destination with its staging.
        run_id: The run's id, on every row of audit and every line of the log.
        kind: run, backfill or replay.
        started_at: When it started (aware UTC).
        observer: Told of every point of the run.
        chosen: Names in staging of the tables to extract; None: all.
        full_refresh: Read every table in full.
        lease_id: The run that holds the lock, where this one is a part of it.
        orchestrated: This is one stage of the run; the others are processes of their own.
        committed: Rows of this run are published.
    """

    settings: Settings
    loader: BaseLoader
    run_id: str
    kind: str = "run"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    observer: Observer = ignore
    chosen: frozenset[str] | None = None
    full_refresh: bool = False
    lease_id: str = ""
    orchestrated: bool = False
    committed: bool = False
    stage: str = ""
    warnings: list[str] = field(default_factory=list)
    suites: dict[str, QualitySuiteResult] = field(default_factory=dict)
    counts: dict[str, TableCounts] = field(default_factory=dict)

    @cached_property
    def state(self) -> State:
        """The pipeline's state in the destination."""
        return State(self.loader.engine, self.settings.meta_schema)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Rejected rows in the destination."""
        return DeadLetters(self.loader.engine, self.settings.meta_schema)

    @cached_property
    def suppression(self) -> Suppression:
        """Who has been erased and must not come back."""
        return Erasures(self.loader.engine, self.settings.meta_schema).suppression(self.settings)

    @cached_property
    def area(self) -> StagingArea:
        """Staging."""
        return StagingArea(
            self.loader.staging, self.loader.staging_schema, modelled=self.settings.mode == "modelled"
        )

    @cached_property
    def metrics(self) -> MetricsCollector:
        """The run's metrics."""
        return MetricsCollector(self.settings.pipeline.name, self.run_id, self.kind, part=self.orchestrated)

    @cached_property
    def lineage(self) -> LineageEmitter:
        """The run's lineage events."""
        return LineageEmitter(
            self.settings.pipeline.name, self.run_id, self.settings.state_dir, self.settings.environment
        )

    def lock(self, *, orchestrated: bool = False) -> RunLock:
        """Return this run's lease."""
        return RunLock(
            self.loader.engine,
            self.settings.meta_schema,
            self.lease_id or self.run_id,
            "orchestrated" if orchestrated else "process",
            self.settings.pipeline.max_runtime_minutes,
        )

    @property
    def tables(self) -> list[TableSettings]:
        """The tables this run extracts."""
        return [t for t in self.settings.tables if self.chosen is None or t.staging_name in self.chosen]

    def extractions(self) -> dict[str, Extraction]:
        """Return what this run has extracted, by table."""
        return self.area.extractions(self.run_id)

    def warn(self, message: str) -> None:
        """Log something that does not stop the run but that somebody should know, and tell the channels."""
        logger.warning("attention", stage=self.stage, message=message)
        self.warnings.append(message)
        notify(self.settings, "warn", "attention", message)

    def count_extraction(self, extraction: Extraction) -> None:
        """Take a table's extraction into the run's balance."""
        landed = extraction.landed
        self.counts[extraction.table] = TableCounts(
            table=extraction.table,
            extracted=landed.extracted,
            loaded=landed.rows,
            rejected=landed.rejected,
            filtered=landed.filtered,
            null_watermarks=landed.null_watermarks,
            watermark_from=extraction.low,
            watermark_to=extraction.high,
        )
