"""The pipeline: a whole run, one stage of it, a backfill of a past range, or a replay of rejected rows.

Every way of running goes through the same lock, the same stages and the same publishing transaction. A run that dies
anywhere leaves the destination as it was or as it was to be; the next run puts everything right.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog

from .engines.base import TransientError
from .extractors import anticipate
from .extractors.landing import incoming_name
from .extractors.staging_area import Extraction
from .loaders import open_loader
from .loaders.base_loader import BaseLoader
from .publishing import Publisher
from .run_context import Observer, RunContext, ignore
from .settings import Settings
from .stages import ORDER, Stages
from .utils.alerts import notify
from .utils.credentials import redact
from .utils.retry import EXIT_FAILED, LockHeldError, PipelineError, QualityCheckError, retry
from .utils.state import RunRecord
from .utils.state_metrics import observe_state

logger = structlog.get_logger(__name__)


def new_run_id() -> str:
    """Return an id that sorts by time and is unique."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.urandom(4).hex()}"


class Pipeline:
    """The pipeline described by a configuration.

    Args:
        settings: The configuration.
        observer: Told of the named points of a run (`run_context.POINTS`).
    """

    def __init__(self, settings: Settings, *, observer: Observer = ignore) -> None:
        self.settings = settings
        self._observer = observer

    def run(
        self, *, full_refresh: bool = False, tables: Iterable[str] | None = None, run_id: str | None = None
    ) -> RunRecord:
        """Extract, check, transform, check, publish, check.

        Args:
            full_refresh: Read every table in full, whatever its watermark.
            tables: Names in staging of the tables to extract; None: all.
            run_id: The run's id; default: a new one.

        Raises:
            PipelineError: the run failed or was stopped, with its exit code; nothing was published unless it says so.
        """
        with self._opened(run_id, "run", full_refresh=full_refresh, tables=tables) as context:
            stages = Stages(context)
            for stage in ORDER:
                stages.perform(stage)
            return Publisher(context).record("success")

    def stage(self, name: str, run_id: str, *, full_refresh: bool = False) -> RunRecord:
        """Carry out one stage of a run whose stages are processes of their own.

        Between them the run keeps its lease, so that no other run comes in between.

        Raises:
            PipelineError: the stage failed or was stopped, with its exit code.
        """
        with self._opened(
            run_id,
            "run",
            full_refresh=full_refresh,
            orchestrated=True,
            keep=name != ORDER[-1],
            reads=name == ORDER[0],
        ) as context:
            Stages(context).perform(name)
            if name in ("pre_transform_quality", "post_transform_quality"):
                with context.loader.transaction():
                    for stage, suite in context.suites.items():
                        context.state.record_checks(context.run_id, stage, suite.results)
            return Publisher(context).record("success")

    def backfill(
        self,
        start: str,
        end: str,
        window: timedelta = timedelta(days=1),
        *,
        tables: Iterable[str] | None = None,
        run_id: str | None = None,
    ) -> RunRecord:
        """Load a past range of watermarks again, window by window; a window that is done is not done twice.

        Args:
            start: First watermark, inclusive.
            end: Last watermark, exclusive.
            window: Size of a window; whole numbers count as units of a numeric watermark in days.
            tables: Names in staging; None: every incremental table.
            run_id: The run's id.

        Raises:
            PipelineError: a window failed; those before it are published.
        """
        from .backfill import Backfill

        with self._opened(run_id, "backfill", tables=tables) as context:
            Backfill(context, start, end, window).perform()
            return Publisher(context).record("success")

    def replay(self, *, table: str | None = None, run_id: str | None = None) -> RunRecord:
        """Try rejected rows again, after their cause has been put right; what loads is closed, exactly once.

        Raises:
            PipelineError: the replay failed; nothing was published.
        """
        from .replay import Replay

        with self._opened(run_id, "replay", tables=[table] if table else None, reads=False) as context:
            Replay(context).perform()
            return Publisher(context).record("success")

    @contextmanager
    def _opened(
        self,
        run_id: str | None,
        kind: str,
        *,
        full_refresh: bool = False,
        tables: Iterable[str] | None = None,
        orchestrated: bool = False,
        keep: bool = False,
        reads: bool = True,
    ) -> Iterator[RunContext]:
        chosen = (
            None if tables is None else frozenset(self.settings.table(name).staging_name for name in tables)
        )
        if kind != "replay":
            self.settings.require_variables()
        if reads:
            anticipate(self.settings)
        with self._destination() as loader:
            context = RunContext(
                settings=self.settings,
                loader=loader,
                run_id=run_id or new_run_id(),
                kind=kind,
                observer=self._observer,
                chosen=chosen,
                full_refresh=full_refresh,
                orchestrated=orchestrated,
            )
            lock = context.lock(orchestrated=orchestrated)
            lock.hold()
            with loader.transaction():
                context.state.ensure()
                context.dead_letters.ensure()
            lock.acquire()
            loader.guard(lock.verify)
            try:
                self._refuse_if_suspended(context)
                context.area.ensure()
                if self.settings.elt:
                    self._claim_staging(context)
                yield context
            except LockHeldError:
                raise
            except BaseException as error:
                self._failed(context, error)
                if not orchestrated:
                    self._quietly(lambda: self._tidy(context))
                self._quietly(lock.release)
                raise
            self._succeeded(context, goes_on=keep)
            if not keep:
                lock.release()

    @contextmanager
    def _destination(self) -> Iterator[BaseLoader]:
        loader = open_loader(self.settings)
        policy = self.settings.requirements.retry
        retry(policy, transient=(TransientError,))(loader.__enter__)()
        try:
            yield loader
        finally:
            loader.__exit__(None, None, None)

    def _refuse_if_suspended(self, context: RunContext) -> None:
        if reason := context.state.suspension():
            raise QualityCheckError(
                f"the pipeline is suspended: {reason}; look into it, then call `ack`", stage="start",
                details={"suspended": True},
            )  # fmt: skip

    def _claim_staging(self, context: RunContext) -> None:
        computed = [item.output_name for item in self.settings.transformations]
        with context.loader.transaction():
            names = [*(table.staging_name for table in self.settings.tables), *computed]
            context.area.claim(self.settings.pipeline.name, names)

    def _failed(self, context: RunContext, error: BaseException) -> None:
        """Put the failure on record, as far as the destination still takes it, and tell people."""
        code = error.exit_code if isinstance(error, PipelineError) else EXIT_FAILED
        details = error.details if isinstance(error, PipelineError) else {}
        message = str(error) or type(error).__name__
        told = redact(message)  # logs hide secrets by themselves, the destination does not
        blocked = isinstance(error, QualityCheckError)
        logger.error("run_failed", stage=context.stage, error=message, exit_code=code)
        context.metrics.record_error(context.stage, message)
        if details.get("suspended"):
            self._finish_metrics(context, "blocked", code)
            return

        def record() -> None:
            status, state, publisher = "blocked" if blocked else "failed", context.state, Publisher(context)
            extractions = self._staged(context)
            with context.loader.transaction():
                for stage, suite in context.suites.items():
                    state.record_checks(context.run_id, stage, suite.results)
                if state.published(context.run_id):
                    state.amend(publisher.record("success", exit_code=code, error=told))
                else:
                    for extraction in () if context.counts else extractions.values():
                        context.count_extraction(extraction)
                    if blocked:
                        publisher.record_rejected(extractions)
                    state.record_run(publisher.record(status, exit_code=code, error=told))
                if details.get("critical"):
                    context.state.suspend(context.run_id, told)

        self._quietly(record)
        self._finish_metrics(context, "blocked" if blocked else "failed", code)
        severity = "critical" if details.get("critical") else "error"
        notify(self.settings, severity, "run stopped" if blocked else "run failed", message)

    def _staged(self, context: RunContext) -> dict[str, Extraction]:
        """Return what the run has extracted, as far as staging can still tell."""
        try:
            return context.extractions()
        except PipelineError:
            return {}

    def _tidy(self, context: RunContext) -> None:
        """Leave nothing unpublished where readers look; the stages of an orchestrated run may be tried again."""
        for table in context.tables:
            context.loader.withdraw(incoming_name(table.staging_name))

    def _succeeded(self, context: RunContext, *, goes_on: bool) -> None:
        self._finish_metrics(context, "success", 0, goes_on=goes_on)
        seconds = context.metrics.metrics.duration_seconds or 0.0
        logger.info("run_finished", kind=context.kind, seconds=round(seconds, 3))

    def _finish_metrics(self, context: RunContext, status: str, code: int, *, goes_on: bool = False) -> None:
        context.metrics.finalize(status, code, goes_on=goes_on)
        self._quietly(lambda: observe_state(context.metrics, context.state, context.dead_letters))
        try:
            context.metrics.write(self.settings.state_dir)
        except OSError as error:
            logger.warning("metrics_not_written", error=str(error))
        context.metrics.push(self.settings.environment)

    def _quietly(self, action: Callable[[], None]) -> None:
        """Do what would be good to do after a failure; the failure itself matters more."""
        try:
            action()
        except PipelineError as error:
            logger.warning("not_recorded", error=str(error))
