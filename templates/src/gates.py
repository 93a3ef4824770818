"""Gates: a stage's checks are run and judged, put on record, and stop the run where they must.

Checks before the transformation that judge a whole table look, where tables are only copied, at the table as it will
be published: inside the publishing transaction, when every row is in its place and nothing is committed yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .engines.base import Engine
from .quality.checks import QualitySuiteResult
from .quality.expectations import judged_when_loading
from .quality.judgement import Extracted
from .quality.runner import Queries, run_suite
from .run_context import RunContext
from .utils.retry import QualityCheckError

STAGED, LOADING, FINAL = "pre_transform_quality", "loading", "final_quality"


def judge(run: RunContext, stage: str, engine: Queries, relation_of: Callable[[str], str]) -> None:
    """Run a stage's checks and keep the results with the run.

    Args:
        run: The run.
        stage: A stage with checks.
        engine: Where the checked tables lie.
        relation_of: SQL of a table by its name.

    Raises:
        QualityCheckError: one of them forbids to go on.
    """
    suite = _suite(run, stage, engine, relation_of)
    if suite.blocking:
        raise QualityCheckError(
            f"{suite.verdict()}; nothing was published", stage=stage, details={"critical": suite.critical}
        )


def judge_published(run: RunContext, stage: str) -> None:
    """Run checks of what is published: before that is committed (loading) or after it (final).

    Raises:
        QualityCheckError: one of them failed; before the commit that undoes it.
    """
    engine, schema = run.loader.engine, run.settings.destination.schema

    def relation_of(name: str) -> str:
        return engine.relation(schema, name)

    if stage == LOADING:
        if any(judged_when_loading(run.settings, check) for check in run.settings.quality.pre_transform):
            judge(run, stage, _Cautious(engine), relation_of)
        return
    suite = _suite(run, stage, engine, relation_of)
    with run.loader.transaction():
        run.state.record_checks(run.run_id, stage, suite.results)
    if suite.blocking:
        raise QualityCheckError(
            f"{suite.verdict()}; the data is published already",
            stage=stage,
            details={"critical": suite.critical, "final": True},
        )


def _suite(
    run: RunContext, stage: str, engine: Queries, relation_of: Callable[[str], str]
) -> QualitySuiteResult:
    history = run.state.history()
    extractions = run.extractions()
    copied = run.settings.mode == "replicate" and stage == STAGED
    suite = run_suite(
        engine,
        run.settings,
        stage,
        run.run_id,
        relation_of,
        history=lambda name: history.get(name, []),
        extracted=_extracted(run, settled=stage in (LOADING, FINAL)),
        staged=set(extractions) if copied else None,
    )
    run.suites[stage] = suite
    for result in suite.results:
        run.metrics.record_quality_check(passed=not result.bad)
    for result in suite.warnings:
        run.warn(f"{result.check_name}: {result.message}")
    return suite


def _extracted(run: RunContext, *, settled: bool) -> dict[str, Extracted]:
    """Return what the sources held, for the tables that were read in this run.

    Args:
        run: The run.
        settled: Its dead letters are on record already.
    """
    found: dict[str, Extracted] = {}
    for name, extraction in run.extractions().items():
        sums, landed = extraction.source_sums, extraction.landed
        if extraction.source_rows is not None:
            waiting = 0 if extraction.complete else run.dead_letters.count("open", name)
            if not settled:
                waiting += landed.rejected - extraction.outdated
            missing = landed.rejected + landed.filtered if extraction.complete else waiting
            erased = bool(run.suppression.columns(run.settings.table(name)))
            found[name] = Extracted(extraction.source_rows - missing, sums, erased)
        elif extraction.complete:
            found[name] = Extracted(landed.rows, sums)
    return found


class _Cautious:
    """Queries inside a transaction: on PostgreSQL one that fails leaves the transaction as it was.

    DuckDB needs nothing for a query it refuses; one that breaks off while it runs ends the transaction there.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query and return its rows."""
        if self._engine.dialect != "postgres":
            return self._engine.query(sql)
        self._engine.execute("SAVEPOINT check_query")
        try:
            return self._engine.query(sql)
        except BaseException:
            self._engine.execute("ROLLBACK TO SAVEPOINT check_query")
            raise
        finally:
            self._engine.execute("RELEASE SAVEPOINT check_query")
