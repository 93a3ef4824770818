"""``run``, ``backfill``, ``stage`` and ``check``: the commands that move or judge data."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..pipeline import Pipeline
from ..quality.runner import run_suite
from ..settings import Settings
from ..utils.retry import EXIT_OK, EXIT_QUALITY, ConfigurationError, LoadError
from ..utils.state import State
from .destination import destination
from .summary import run_summary, table


def run(settings: Settings, *, full_refresh: bool, tables: list[str] | None, run_id: str) -> int:
    """Run the pipeline once and print what it did."""
    print(run_summary(Pipeline(settings).run(full_refresh=full_refresh, tables=tables, run_id=run_id)))
    return EXIT_OK


def backfill(
    settings: Settings, *, start: str, end: str, window: timedelta, tables: list[str] | None, run_id: str
) -> int:
    """Load a past range again and print what was done.

    Raises:
        ConfigurationError: the range is empty; no run is begun for it, so that none is on record as failed.
    """
    if _is_empty(start, end):
        raise ConfigurationError(f"{start} to {end} is no range: the end must come after the start")
    print(run_summary(Pipeline(settings).backfill(start, end, window, tables=tables, run_id=run_id)))
    return EXIT_OK


def _is_empty(start: str, end: str) -> bool:
    """Tell whether two bounds of the same kind leave nothing between them."""
    if start.lstrip("-").isdigit() and end.lstrip("-").isdigit():
        return int(end) <= int(start)
    try:
        return datetime.fromisoformat(end) <= datetime.fromisoformat(start)
    except (ValueError, TypeError):  # a number and a time, or a time with and one without an offset
        return False


def stage(settings: Settings, *, name: str, run_id: str) -> int:
    """Carry out one stage of a run and print what it did."""
    print(run_summary(Pipeline(settings).stage(name, run_id)))
    return EXIT_OK


def check(settings: Settings, *, run_id: str) -> int:
    """Run the final checks on what is published and print each result; 3 if one would stop a run.

    Raises:
        LoadError: nothing is published.
    """
    schema = settings.destination.schema
    with destination(settings) as loader:
        published = (loader.engine.columns(schema, name) for name, _ in settings.published())
        if settings.quality.final and not any(published):
            raise LoadError("nothing is published yet, so there is nothing to check; `run` first")
        history = State(loader.engine, settings.meta_schema).history()
        suite = run_suite(
            loader.engine,
            settings,
            "final",
            run_id,
            lambda name: loader.engine.relation(schema, name),
            history=lambda name: history.get(name, []),
        )
    if suite.results:
        rows = [[r.status.value, r.severity.value, r.check_name, r.message] for r in suite.results]
        print(table(["result", "severity", "check", "finding"], rows))
    print(suite.verdict() if suite.results else "no final checks are configured")
    return EXIT_QUALITY if suite.blocking else EXIT_OK
