"""Replay: rejected rows tried again, through the same staging query and publishing transaction as any other row.

The transaction that publishes them closes their dead letters, so a row is loaded once however often and wherever a
replay is cut off. A row that is rejected again is open again.
"""

from __future__ import annotations

import json
from dataclasses import replace

import structlog

from .engines.types import from_engine
from .extractors.base_extractor import ExtractionRequest, ExtractionResult
from .extractors.extraction import TableExtraction
from .extractors.outdated import pointer
from .publishing import Publisher
from .run_context import RunContext
from .settings import TableSettings
from .stages import Stages
from .utils.dead_letters import Rows
from .utils.schema_contract import ColumnInfo

logger = structlog.get_logger(__name__)
_LETTERS = "_letters"


class Replay:
    """Replays the open dead letters of one run's tables.

    Args:
        context: The run.
    """

    def __init__(self, context: RunContext) -> None:
        self._run = context
        self._replayed: list[str] = []

    def perform(self) -> None:
        """Replay everything that is open.

        Raises:
            PipelineError: nothing was published and no dead letter was closed.
        """
        run = self._run
        waiting = {
            table.staging_name: run.dead_letters.replayable(table.staging_name) for table in run.tables
        }
        tables = [table for table in run.tables if waiting[table.staging_name]]
        run.chosen = frozenset(table.staging_name for table in tables)
        if not tables:
            logger.info("nothing_to_replay")
            return
        stages = Stages(run)
        stages.install_privacy()
        stages.restore_staging()
        for table in tables:
            self._stage(table, waiting[table.staging_name])
        run.observer("mid_replay", "")
        for stage in ("pre_transform_quality", "transformation", "post_transform_quality"):
            stages.perform(stage)
        Publisher(run).publish(before=self._close)
        stages.perform("final_quality")

    def _stage(self, table: TableSettings, letters: Rows) -> None:
        """Bring the payloads of a table's dead letters into staging."""
        run, work = self._run, self._run.loader.work
        work.execute(f"CREATE OR REPLACE TEMP TABLE {_LETTERS} (payload VARCHAR)")
        for start in range(0, len(letters), 500):
            values = ", ".join(f"({work.literal(row['payload'])})" for row in letters[start : start + 500])
            work.execute(f"INSERT INTO {_LETTERS} VALUES {values}")
        present = {name for row in letters for name in json.loads(row["payload"])}
        since = self._taken_along(table, present)
        known = tuple(ColumnInfo(column.name, "text") for column in table.landed_columns)
        columns = (*known, *(ColumnInfo(column.name, "text") for column in since))
        items = ", ".join(
            f"json_extract_string(payload, {work.literal(pointer(column.name))}) AS {work.quote(column.name)}"
            if column.name in present
            else f"CAST(NULL AS VARCHAR) AS {work.quote(column.name)}"
            for column in columns
        )
        extraction = TableExtraction(
            run.settings, run.loader, run.area, run.run_id, run.warn, run.suppression
        ).land_again(
            ExtractionRequest(table, columns),
            ExtractionResult(f"SELECT {items} FROM {_LETTERS}", table.source),
            since,
        )
        run.loader.deliver(table)
        with run.loader.staging.transaction():
            run.area.accept(table, replace(extraction, complete=False))
        run.count_extraction(extraction)
        self._replayed += [row["id"] for row in letters]
        logger.info(
            "replaying", table=table.staging_name, rows=len(letters), rejected=extraction.landed.rejected
        )

    def _taken_along(self, table: TableSettings, present: set[str]) -> tuple[ColumnInfo, ...]:
        """Return the columns of dead letters that are newer than the contract, with the types they have here."""
        run = self._run
        if table.contract.new_column != "evolve":
            return ()
        modelled = run.settings.mode == "modelled"
        engine = run.loader.staging if modelled else run.loader.engine
        schema = run.loader.staging_schema if modelled else run.settings.destination.schema
        kinds = dict(engine.columns(schema, table.staging_name))
        new = present - {column.name for column in table.columns} - set(table.unchosen)
        return tuple(
            ColumnInfo(name, from_engine(kinds[name], engine.dialect)) for name in sorted(new & set(kinds))
        )

    def _close(self) -> None:
        """Close the dead letters, before those that were rejected again are recorded."""
        self._run.dead_letters.mark_replayed(self._replayed, self._run.run_id)
