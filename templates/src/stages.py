"""The six stages of a run. Each finds what the ones before it left in staging, so each may be a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from . import gates
from .engines.base import TransientError
from .extractors import open_extractor
from .extractors.base_extractor import BaseExtractor
from .extractors.extraction import TableExtraction, Window
from .extractors.staging_area import Extraction
from .publishing import Publisher
from .run_context import RunContext
from .settings import SourceSettings, TableSettings
from .transformers import open_transformer
from .utils import privacy
from .utils.dead_letters import breaker
from .utils.environment import lookup
from .utils.retry import ConfigurationError, PipelineError, QualityCheckError, TransformationError, retry
from .utils.state import TableState

logger = structlog.get_logger(__name__)
ORDER = (
    "extraction", "pre_transform_quality", "transformation", "post_transform_quality", "loading", "final_quality",
)  # fmt: skip


class Stages:
    """Carries out the stages of one run.

    Args:
        context: The run.
    """

    def __init__(self, context: RunContext) -> None:
        self._run = context
        self._settings = context.settings
        self._loader = context.loader

    def perform(self, stage: str) -> None:
        """Carry out one stage.

        Raises:
            PipelineError: it failed; what it was about to write is not there.
        """
        steps: dict[str, Callable[[], None]] = {
            "extraction": self.extraction, "pre_transform_quality": self.pre_transform_quality,
            "transformation": self.transformation, "post_transform_quality": self.post_transform_quality,
            "loading": self.loading, "final_quality": self.final_quality,
        }  # fmt: skip
        if stage not in steps:
            raise ConfigurationError(f"there is no stage {stage!r}; known are {', '.join(ORDER)}")
        self._run.stage = stage
        self._run.metrics.start_timer(stage)
        logger.info("stage_started", stage=stage)
        try:
            steps[stage]()
        except PipelineError as error:
            if stage != "loading" and error.stage == "loading":
                error.stage = stage  # engines cannot know which stage they work for
            raise
        logger.info("stage_finished", stage=stage, seconds=round(self._run.metrics.stop_timer(stage), 3))

    def extraction(self) -> None:
        """Read every table of every source into staging; each source in one snapshot."""
        published = self._run.state.tables()
        if self._run.state.published(self._run.run_id):
            with self._loader.transaction():
                self._run.state.reopen(self._run.run_id)
        if self._run.chosen is not None:
            self.restore_staging(besides=self._run.tables)
        for source in self._settings.sources:
            tables = [table for table in self._run.tables if table.source == source.name]
            if tables:
                self.extract_source(source, tables, published)
        self.stop_if_broken()

    def stop_if_broken(self) -> None:
        """Stop the run where too many rows were rejected.

        Raises:
            QualityCheckError: both the share and the number exceed the thresholds.
        """
        for count in self._run.counts.values():
            if breaker(count.extracted, count.rejected, self._settings.quality.thresholds):
                raise QualityCheckError(
                    f"{count.table}: {count.rejected} of {count.extracted} rows were rejected, more than the"
                    " thresholds allow; nothing was published. `dlq list` says why they were rejected",
                    stage="extraction",
                )

    def extract_source(
        self,
        source: SourceSettings,
        tables: Iterable[TableSettings],
        published: Mapping[str, TableState],
        window: Window | None = None,
    ) -> list[Extraction]:
        """Extract tables of one source; an error that may pass is met with a new connection."""
        self.install_privacy()
        extractor = open_extractor(self._settings, source, self._loader.work)

        def fresh(table: TableSettings) -> Extraction:
            if not extractor.connected:
                extractor.connect()
            try:
                return self._extract(extractor, table, published.get(table.staging_name), window)
            except TransientError:
                extractor.close()
                raise

        attempt = retry(self._settings.requirements.retry, transient=(TransientError,))(fresh)
        try:
            return [attempt(table) for table in tables]
        finally:
            extractor.close()

    def _extract(
        self,
        extractor: BaseExtractor,
        table: TableSettings,
        published: TableState | None,
        window: Window | None,
    ) -> Extraction:
        run, loader = self._run, self._loader
        work = TableExtraction(self._settings, loader, run.area, run.run_id, run.warn, run.suppression)
        extraction = work.extract(
            extractor, table, published, full=run.full_refresh, window=window, letters=run.dead_letters
        )
        run.observer("after_extract_batch", table.staging_name)
        loader.deliver(table)
        with loader.staging.transaction():
            run.area.accept(table, extraction)
        run.observer("after_staging", table.staging_name)
        run.count_extraction(extraction)
        landed = extraction.landed
        run.metrics.record_extraction(landed.extracted, table.staging_name)
        logger.info(
            "table_extracted",
            table=table.staging_name,
            rows=landed.rows,
            rejected=landed.rejected,
            filtered=landed.filtered,
            erased=landed.erased,
            watermark_from=extraction.low,
            watermark_to=extraction.high,
            null_watermarks=landed.null_watermarks,
        )
        return extraction

    def restore_staging(self, besides: Iterable[TableSettings] = ()) -> None:
        """Read in full what staging lacks: transformations see whole tables, whatever this run extracts itself.

        Nothing of it is published as such, and no watermark moves: the next run reads these tables in full again.

        Args:
            besides: Tables this run reads in a way that needs nothing in staging.
        """
        run, left = self._run, {table.staging_name for table in besides}
        if self._settings.mode != "modelled":
            return
        published = run.state.tables()
        part = replace(
            run, run_id=f"{run.run_id}-restore", lease_id=run.lease_id or run.run_id, counts={}, suites={}
        )
        for source in self._settings.sources:
            lost = [
                table
                for table in source.tables
                if table.staging_name not in left and not run.area.belongs_to(table, published)
            ]
            if lost:
                Stages(part).extract_source(source, lost, {})

    def install_privacy(self) -> None:
        """Give the staging queries what they need to mask and tokenise.

        Raises:
            ConfigurationError: the token key is missing.
        """
        kinds = {column.pii for table in self._settings.tables for column in table.columns if column.pii}
        if not kinds:
            return
        key = lookup(privacy.KEY_VARIABLE, self._settings.environment) if "tokenize" in kinds else None
        if "tokenize" in kinds and key is None:
            raise ConfigurationError(
                f"personal data is to be tokenised but {privacy.KEY_VARIABLE} is not set; set it to a long secret"
            )
        privacy.install(self._loader.work.connection, key)

    def pre_transform_quality(self) -> None:
        """Check what was extracted; what judges whole tables that are only copied is checked when loading."""
        gates.judge(self._run, "pre_transform_quality", self._loader.staging, self._run.area.relation)

    def transformation(self) -> None:
        """Compute every output from staging, in the order of the configuration."""
        run = self._run
        if self._settings.transformations and run.kind == "run" and run.chosen is None:
            self.require_extractions()
        for transformation in self._settings.transformations:
            transformer = open_transformer(
                self._settings, transformation, self._loader.staging, self._loader.work
            )
            result = transformer.transform()
            if problems := transformer.validate_output(result):
                raise TransformationError("; ".join(problems))
            run.metrics.record_transformation(result.input_record_count, result.output_record_count)
            logger.info(
                "transformed",
                transform=transformation.name,
                rows=result.output_record_count,
                seconds=round(result.duration_seconds, 3),
            )

    def require_extractions(self) -> dict[str, Extraction]:
        """Return what this run has extracted.

        Raises:
            ConfigurationError: staging holds another run's rows, or none.
        """
        found = self._run.extractions()
        if missing := [table.staging_name for table in self._run.tables if table.staging_name not in found]:
            raise ConfigurationError(
                f"staging holds no rows of run {self._run.run_id} for {', '.join(missing)}: another run has been"
                " here since, or the stage extraction has not run; start again from it"
            )
        return found

    def post_transform_quality(self) -> None:
        """Check what was computed."""
        gates.judge(self._run, "post_transform_quality", self._loader.staging, self._run.area.relation)

    def loading(self) -> None:
        """Publish everything in one transaction of the destination, with state and audit, or nothing."""
        if self._run.state.published(self._run.run_id):
            logger.info("published_already")
            return
        self.require_extractions()
        Publisher(self._run).publish()

    def final_quality(self) -> None:
        """Check what is published."""
        gates.judge_published(self._run, "final_quality")
