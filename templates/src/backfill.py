"""Backfill: a past range of watermarks loaded again in bounded windows.

A published window is remembered in the transaction that publishes it, so a backfill that was cut off goes on where
it stopped. Watermarks stay where they are. Once the whole range is done its windows are forgotten.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import structlog

from .engines.types import ddl
from .extractors.extraction import Window
from .publishing import Publisher
from .run_context import RunContext
from .settings import TableSettings
from .stages import Stages
from .utils.retry import ConfigurationError, LoadError
from .utils.state import TableCounts

logger = structlog.get_logger(__name__)


class Backfill:
    """Loads a past range of one run's tables.

    Args:
        context: The run.
        start: First watermark, inclusive.
        end: Last watermark, exclusive.
        window: Size of a window in time; a watermark that is a number is loaded in one window.
    """

    def __init__(self, context: RunContext, start: str, end: str, window: timedelta) -> None:
        self._run = context
        self._start, self._end, self._window = start, end, window
        self._totals: dict[str, TableCounts] = {}
        self._number = 0

    def perform(self) -> None:
        """Load every window of every table that is not done yet; then compute and publish what depends on them.

        Raises:
            ConfigurationError: no table has a watermark, or the range is none.
            PipelineError: a window failed; those before it stay.
        """
        tables = [table for table in self._run.tables if table.extraction.watermark_column]
        if not tables:
            raise ConfigurationError("a backfill needs a table with a watermark column")
        Stages(self._run).restore_staging()
        for table in tables:
            self._table(table)
        self._run.counts.update(self._totals)
        if self._run.settings.mode == "modelled":
            stages = Stages(self._run)
            for stage in ("pre_transform_quality", "transformation", "post_transform_quality"):
                stages.perform(stage)
            Publisher(self._run).publish(also=lambda: self._forget(tables))
        else:
            with self._run.loader.transaction():
                self._forget(tables)
                self._run.state.record_run(Publisher(self._run).record("success"))
        Stages(self._run).perform("final_quality")

    def windows(self, table: TableSettings) -> list[Window]:
        """Return the windows of a table's range, in order.

        Raises:
            ConfigurationError: the bounds are no watermarks of the table, or in the wrong order.
        """
        name = table.extraction.watermark_column
        kind = next(
            (ddl(column.type, "duckdb") for column in table.columns if column.name == name), "VARCHAR"
        )
        work = self._run.loader.work
        bounds = [f"CAST({work.literal(bound)} AS {kind})" for bound in (self._start, self._end)]
        try:
            if kind.startswith(("TIMESTAMP", "DATE")):
                seconds = max(int(self._window.total_seconds()), 86_400 if kind == "DATE" else 1)
                query = f"SELECT unnest(generate_series({bounds[0]}, {bounds[1]}, INTERVAL {seconds} SECOND))"
                points = (
                    f"SELECT DISTINCT CAST(p AS {kind}) AS p FROM ({query} AS p UNION ALL SELECT {bounds[1]})"
                )
            else:
                points = f"SELECT DISTINCT p FROM (SELECT {bounds[0]} AS p UNION ALL SELECT {bounds[1]})"
            wanted = f"SELECT CAST(p AS VARCHAR) FROM ({points}) WHERE p <= {bounds[1]} ORDER BY p"
            edges = [str(row[0]) for row in work.query(wanted)]
        except LoadError as error:
            raise ConfigurationError(f"{table.full_name}: {self._start} to {self._end}: {error}") from None
        if len(edges) < 2:
            if kind == "DATE" and self._is_part_of_a_day():
                return []  # the window that goes over midnight holds the whole day
            raise ConfigurationError(
                f"{self._start} to {self._end} is no range: the end must come after the start"
            )
        return [Window(low, high) for low, high in itertools.pairwise(edges)]

    def _is_part_of_a_day(self) -> bool:
        """Tell whether the range is one of hours, although its bounds are the same day."""
        work = self._run.loader.work
        bounds = [f"CAST({work.literal(bound)} AS TIMESTAMP)" for bound in (self._start, self._end)]
        return bool(work.query(f"SELECT {bounds[0]} < {bounds[1]}")[0][0])

    def _table(self, table: TableSettings) -> None:
        name = table.staging_name
        done = self._run.state.finished_windows(name)
        for window in self.windows(table):
            if (window.low, window.high) in done:
                logger.info("window_skipped", table=name, window_from=window.low, window_to=window.high)
                continue
            self._load(table, window)
            if self._run.settings.mode == "replicate":
                self._run.committed = True
                self._run.counts.update(self._totals)
            self._run.observer("mid_backfill", name)

    def _load(self, table: TableSettings, window: Window) -> None:
        """Load one window, as a run of its own within this one."""
        self._number += 1
        part = replace(
            self._run,
            run_id=f"{self._run.run_id}-{self._number:05d}",
            lease_id=self._run.run_id,
            counts={},
            suites={},
        )
        stages = Stages(part)
        source = next(source for source in self._run.settings.sources if source.name == table.source)
        published = part.state.tables()
        stages.extract_source(source, [table], published, window)
        stages.stop_if_broken()
        counts = part.counts[table.staging_name]

        def remember() -> None:
            part.state.finish_window(table.staging_name, window.low, window.high, part.run_id, counts.loaded)

        if self._run.settings.mode == "modelled":
            with part.loader.transaction():
                Publisher(part).settle_letters(part.extractions())
                remember()
        else:
            stages.perform("pre_transform_quality")
            Publisher(part).publish(also=remember)
        before = self._totals.get(table.staging_name, TableCounts(table.staging_name))
        self._totals[table.staging_name] = before.plus(counts)
        logger.info("window_loaded", table=table.staging_name, window_from=window.low, window_to=window.high)

    def _forget(self, tables: list[TableSettings]) -> None:
        for table in tables:
            self._run.state.forget_windows(table.staging_name)
