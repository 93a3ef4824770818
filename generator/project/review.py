"""Everything wrong with a design, asked in one place by the wizard, the command line and the generator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from generator.advice.schedule import freshness_fit
from generator.checks import catalogue
from generator.connectors.compat import connector_problems
from generator.connectors.environment import env_references, is_set
from generator.connectors.secret_fields import secret_fields
from generator.design.models import Check, PipelineDesign
from generator.design.nearest import did_you_mean
from generator.design.problem import the_first
from generator.design.problems import STEPS, Problem, error, structural_problems, warning
from generator.design.relations import bare, output_name
from generator.design.rules.quality import STAGES
from generator.design.secrets import literal_secrets
from generator.errors import DesignError
from generator.sql.design_tables import all_inputs, design_tables, staging_tables
from generator.sql.parse import check_sql
from generator.sql.query import SqlProblem

from .engine import engine_dialect
from .files.alert_conditions import CONDITION_NAMES, expression

Tables = Mapping[str, Mapping[str, str]]


def problems(design: PipelineDesign, *, env: Mapping[str, str] | None = None) -> list[Problem]:
    """Return every problem of a design, in the order of the wizard's steps; errors stop generation.

    Args:
        design: May be incomplete.
        env: Environment variables; when given, those that connections name and are not set are problems.
    """
    found = [
        *structural_problems(design),
        *connector_problems(design),
        *_written_secrets(design),
        *_schedule_problems(design),
        *_query_problems(design),
        *_unread_tables(design),
        *_check_problems(design),
        *_alert_problems(design),
    ]
    if env is not None:
        found += _environment_problems(design, env)
    once: dict[tuple[str, str], Problem] = {}
    for problem in found:
        once.setdefault((problem.path, problem.message), problem)
    return sorted(once.values(), key=lambda problem: STEPS.index(problem.step))


def _written_secrets(design: PipelineDesign) -> Iterator[Problem]:
    for path, name in literal_secrets(design, secret_fields):
        yield error(path, "a secret is written into the design", f"write ${{{name}}} and set that variable")


def _schedule_problems(design: PipelineDesign) -> Iterator[Problem]:
    fit = freshness_fit(design)
    if fit.problem:
        yield warning(
            "requirements.freshness_minutes", f"the freshness cannot be kept: {fit.problem}", "run more often"
        )


def _query_problems(design: PipelineDesign) -> Iterator[Problem]:
    dialect = engine_dialect(design)
    for index, transformation in enumerate(design.transformations):
        if transformation.type != "sql" or not (transformation.sql or "").strip():
            continue
        tables = design_tables(design, before=transformation.name)
        yield from _sql_problems(f"transformations[{index}].sql", transformation.sql or "", tables, dialect)


def _unread_tables(design: PipelineDesign) -> Iterator[Problem]:
    """Name, per source, the tables that stay in staging although a person may expect to find them published."""
    if not design.transformations:
        return
    read = {bare(name).casefold() for name in all_inputs(design)}
    for index, source in enumerate(design.sources):
        names = [table.staging_name for table in source.tables if table.staging_name]
        unread = [name for name in names if name.casefold() not in read]
        if unread:
            yield warning(
                f"sources[{index}].tables",
                f"no transform reads {the_first(unread)}: copied into staging, but not published",
                "add a transform that selects from it, or leave it out",
            )


def _sql_problems(path: str, sql: str, tables: Tables, dialect: str) -> Iterator[Problem]:
    shape = tuple((name, tuple(columns.items())) for name, columns in tables.items())
    for fault in _checked(sql, shape, dialect):
        said = f"line {fault.line}, column {fault.column}: {fault.message}"
        yield Problem(path, fault.severity, said)


@lru_cache(maxsize=512)
def _checked(
    sql: str, shape: tuple[tuple[str, tuple[tuple[str, str], ...]], ...], dialect: str
) -> tuple[SqlProblem, ...]:
    """Return what is wrong with a query; an unchanged query over unchanged tables is not parsed again."""
    return tuple(check_sql(sql, {name: dict(columns) for name, columns in shape}, dialect))


def _check_problems(design: PipelineDesign) -> Iterator[Problem]:
    staged = _by_bare_name(staging_tables(design))
    computed = _by_bare_name(design_tables(design)) if design.transformations else staged
    outputs = {output_name(item).casefold() for item in design.transformations}
    published = {name: columns for name, columns in computed.items() if name in outputs} or staged
    for stage in STAGES:
        tables = staged if stage == "pre_transform" else published
        checks: list[Check] = getattr(design.quality, stage)
        for index, check in enumerate(checks):
            if not check.check:
                continue
            path = f"quality.{stage}[{index}]"
            named = (
                check
                if check.table or len(tables) != 1
                else check.model_copy(update={"table": next(iter(tables))})
            )
            columns = tables.get(bare(named.table or "").casefold()) or None
            for fault in catalogue.problems(named, columns, stage=stage):
                place = f"{path}.{fault.field}" if fault.field else path
                yield Problem(place, fault.severity, fault.message, fault.fix)


def _alert_problems(design: PipelineDesign) -> Iterator[Problem]:
    for index, rule in enumerate(design.monitoring.alerts.rules):
        if not rule.condition.strip():
            continue
        try:
            expression(rule.condition, design.pipeline.name)
        except DesignError as fault:
            yield error(f"monitoring.alerts.rules[{index}].condition", fault.what, fault.fix)
    for index, metric in enumerate(design.monitoring.metrics):
        if metric.name not in CONDITION_NAMES:
            said = f"{metric.name!r} is not among what a pipeline measures"
            fix = did_you_mean(metric.name, CONDITION_NAMES, limit=20)
            yield warning(f"monitoring.metrics[{index}].name", said, fix)


def _by_bare_name(tables: Tables) -> dict[str, Mapping[str, str]]:
    return {bare(name).casefold(): columns for name, columns in tables.items()}


def _environment_problems(design: PipelineDesign, env: Mapping[str, str]) -> Iterator[Problem]:
    """Name the variables of each connection that are not set, all at once."""
    connections = [(f"sources[{i}].connection", source.connection) for i, source in enumerate(design.sources)]
    for path, connection in [*connections, ("destination.connection", design.destination.connection)]:
        missing = [name for name in env_references(connection) if not is_set(name, env)]
        if missing:
            verb = "are" if len(missing) > 1 else "is"
            yield warning(
                path, f"{', '.join(missing)} {verb} not set in the environment", f"export {missing[0]}=..."
            )
