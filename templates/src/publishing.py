"""Publishing: every table, state and audit in one transaction of the destination, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from .engines.base import CommitOutcomeUnknownError, TransientError
from .extractors.landing import incoming_name
from .extractors.outdated import closes_all
from .extractors.staging_area import Extraction
from .gates import LOADING, judge_published
from .loaders.base_loader import LoadRequest, LoadResult
from .run_context import RunContext
from .transformers.base_transformer import OUTPUT_SUFFIX
from .utils.lineage import Dataset
from .utils.retry import LoadError, retry
from .utils.state import RunRecord, TableState

logger = structlog.get_logger(__name__)
Step = Callable[[], None]


def _nothing() -> None:
    return


class Publisher:
    """Publishes what a run has staged.

    Args:
        context: The run.
    """

    def __init__(self, context: RunContext) -> None:
        self._run = context
        self._settings = context.settings
        self._loader = context.loader

    def publish(self, *, before: Step | None = None, also: Step | None = None) -> None:
        """Publish, trying again after errors that may pass.

        A transaction whose answer was lost may have happened: the run's own record, written by it, tells.

        Args:
            before: Done first in the publishing transaction.
            also: Done last in it.

        Raises:
            LoadError: nothing was published.
            LockHeldError: another run has taken over.
        """
        run, extractions = self._run, self._run.extractions()
        run.observer("before_publish", "")
        lost = False

        def once() -> None:
            nonlocal lost
            if lost:
                self._loader.reconnect()
                if run.state.published(run.run_id):
                    return
            try:
                with self._loader.transaction():
                    self._publish(extractions, before or _nothing)
                    (also or _nothing)()
            except (CommitOutcomeUnknownError, TransientError):
                lost = True
                raise

        transient = (CommitOutcomeUnknownError, TransientError)
        retry(self._settings.requirements.retry, transient=transient)(once)()
        run.committed = True
        logger.info("published", tables=len(extractions))
        for counts in (run.counts[name] for name in extractions):
            run.metrics.record_load(counts.loaded, counts.rejected, counts.filtered, counts.table)
        run.observer("after_commit", "")
        for name in extractions:
            run.area.discard(name)
            if run.kind == "run":
                run.area.settle(name, run.run_id)
            self._loader.withdraw(incoming_name(name))

    def _publish(self, extractions: dict[str, Extraction], before: Step) -> None:
        self._run.lock().verify()
        before()
        for request in self.requests(extractions):
            result = self._loader.load(request)
            self._account(request, result, extractions)
            self._run.observer("mid_publish", request.table)
        self._remember(extractions)

    def requests(self, extractions: dict[str, Extraction]) -> list[LoadRequest]:
        """Return what is to be published: outputs of transformations, else the extracted tables themselves."""
        if self._settings.mode == "modelled":
            return [
                LoadRequest(
                    table=item.output_name,
                    staged=item.output_name + OUTPUT_SUFFIX,
                    loading=item.loading,
                    run_id=self._run.run_id,
                    started_at=self._run.started_at,
                )
                for item in self._settings.transformations
            ]
        return [self.replicated(extraction) for extraction in extractions.values()]

    def replicated(self, extraction: Extraction) -> LoadRequest:
        """Return the request for a table that is published under its own name.

        Rejected rows are in the source although they are not among the arriving ones: what is missing cannot be
        told from what was rejected, so such a run deletes nothing.
        """
        table = self._settings.table(extraction.table)
        loading = table.loading or self._settings.destination.loading
        partial = self._run.kind != "run" and loading.strategy == "overwrite"
        if partial and table.primary_key:
            loading, partial = replace(loading, strategy="upsert", key=table.primary_key), False
        return LoadRequest(
            table=table.staging_name,
            staged=self._run.area.staged_name(table.staging_name),
            loading=loading,
            run_id=self._run.run_id,
            started_at=self._run.started_at,
            types={column.name: "text" if column.pii else column.type for column in table.columns},
            complete=extraction.complete and not extraction.landed.rejected,
            partial=partial,
            low=extraction.low,
            high=extraction.until,
            watermark=table.extraction.watermark_column,
            dropped=extraction.dropped,
            unique=set(loading.key) == set(table.primary_key) and loading.strategy != "scd2",
        )

    def _account(
        self, request: LoadRequest, result: LoadResult, extractions: Mapping[str, Extraction]
    ) -> None:
        """Make sure that the rows that were staged are the rows that were applied."""
        run = self._run
        run.metrics.set("pipeline_table_rows", result.table_rows, table=request.table)
        logger.info(
            "table_published",
            table=request.table,
            strategy=result.strategy.value,
            arrived=result.records_loaded,
            written=result.records_written,
            deleted=result.records_deleted,
            rows=result.table_rows,
            seconds=round(result.duration_seconds, 3),
        )
        name = request.table
        if self._settings.mode == "modelled":
            name = f"{self._settings.destination.schema}.{request.table}"
            run.state.save(name, TableState(rows=result.table_rows, run_id=run.run_id))
            return
        extraction = extractions[request.table]
        if result.records_loaded != extraction.landed.rows:
            raise LoadError(
                f"{name}: {extraction.landed.rows} rows were staged and {result.records_loaded} arrived;"
                " staging was changed from outside, nothing was published"
            )
        self._save(extraction, result.table_rows)

    def _save(self, extraction: Extraction, rows: int) -> None:
        if self._run.kind == "run":
            self._run.state.save(
                extraction.table,
                TableState(extraction.high, self._run.area.generation, rows, self._run.run_id),
            )

    def _remember(self, extractions: dict[str, Extraction]) -> None:
        """Write state and audit, inside the publishing transaction."""
        run = self._run
        for extraction in extractions.values():
            run.count_extraction(extraction)
            counts = run.counts[extraction.table]
            if not counts.balanced:
                raise LoadError(
                    f"{counts.table}: {counts.extracted} rows extracted, but {counts.loaded} loaded +"
                    f" {counts.rejected} rejected + {counts.filtered} filtered; nothing was published"
                )
            if self._settings.mode == "modelled":
                self._save(extraction, run.area.count(extraction.table))
        self.settle_letters(extractions)
        if self._settings.mode == "replicate":
            judge_published(run, LOADING)
        for stage, suite in run.suites.items():
            run.state.record_checks(run.run_id, stage, suite.results)
        run.state.record_lineage(run.run_id, self._lineage(extractions))
        run.state.record_run(self.record("success"))

    def record(self, status: str, *, exit_code: int = 0, error: str = "") -> RunRecord:
        """Return the run's record; of one that failed before it committed no row counts as loaded."""
        run = self._run
        counts = tuple(run.counts.values())
        if status != "success" and not run.committed:
            counts = tuple(replace(count, loaded=0) for count in counts)
        return RunRecord(
            run_id=run.run_id,
            kind=run.kind,
            status=status,
            started_at=run.started_at,
            stage=run.stage,
            exit_code=exit_code,
            finished_at=datetime.now(UTC),
            error=error,
            tables=counts,
        )

    def settle_letters(self, extractions: dict[str, Extraction]) -> None:
        """Close the dead letters whose rows were read again, and write those of this run, which may be the same."""
        run = self._run
        for name, extraction in extractions.items():
            if run.kind != "replay" and closes_all(self._settings, self._settings.table(name), extraction):
                run.dead_letters.supersede(name, run.run_id)
            elif extraction.outdated:
                query = f"SELECT id FROM {run.area.outdated(name)}"
                with self._loader.brought(query, f"{name}__outdated_ids") as relation:
                    run.dead_letters.supersede(name, run.run_id, relation)
        self.record_rejected(extractions)

    def record_rejected(self, extractions: dict[str, Extraction]) -> None:
        """Write the rejected rows, in the caller's transaction."""
        run, stage = self._run, "extraction"
        for name, extraction in extractions.items():
            if not extraction.landed.rejected:
                continue
            columns = "reason, column_name, offending_value, payload"
            query = f"SELECT {columns} FROM {run.area.rejected(name)}"
            with self._loader.brought(query, f"{name}__letters") as relation:
                rejected = f"SELECT {columns} FROM {relation} AS letters"
                run.dead_letters.record_select(rejected, name, stage, run.run_id)

    def _lineage(self, extractions: dict[str, Extraction]) -> list[dict[str, Any]]:
        """Return one event for each table read and each table published."""
        settings, emitter = self._settings, self._run.lineage
        staged = {
            t.staging_name: Dataset(settings.pipeline.name, f"staging.{t.staging_name}")
            for t in settings.tables
        }
        events = [
            emitter.complete(
                f"extract.{name}",
                [
                    Dataset(
                        settings.table(name).source,
                        settings.table(name).full_name,
                        rows=extraction.landed.extracted,
                    )
                ],
                [staged[name]],
            )
            for name, extraction in extractions.items()
        ]
        for name, _ in settings.published():
            target = Dataset(settings.destination.name, f"{settings.destination.schema}.{name}")
            events.append(emitter.complete(f"publish.{name}", list(staged.values()), [target]))
        return events
