"""The design summary: the text a person reads and copies before saying yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from generator.advice.architecture import OFFERED, TITLES, architecture, architecture_facts, nearest_offered
from generator.advice.schedule import freshness_fit, next_runs, schedule_words
from generator.connectors.registry import connector
from generator.design.models import PipelineDesign
from generator.design.problem import the_first
from generator.errors import DesignError

_TITLE = "Pipeline Design Summary"


def summary(design: PipelineDesign, *, now: datetime | None = None) -> str:
    """Return the Pipeline Design Summary; works for incomplete designs too.

    Args:
        design: The design.
        now: Aware time from which the next run is told; without it no next run is told and the text is the
            same at any time.
    """
    lines = [
        _TITLE,
        "=" * len(_TITLE),
        f"Architecture: {architecture_text(design)}",
        f"Sources: {sources_text(design)}",
        f"Destination: {destination_text(design)}",
        f"Schedule: {schedule_text(design, now=now)}",
        f"Key Transformations: {transformations_text(design)}",
        f"Quality Gates: {quality_text(design)}",
        "",
        "Shall I proceed with implementation?",
    ]
    return "\n".join(lines) + "\n"


def architecture_text(design: PipelineDesign) -> str:
    """Return the pattern, why, and the nearest alternative."""
    # Whether the schedule meets the freshness is told beside the schedule.
    advice = architecture(replace(architecture_facts(design), unreachable=""))
    chosen = design.technology.pattern
    if chosen != "auto" and chosen != advice.choice:
        return f"{TITLES[chosen]}, as chosen (advised: {TITLES[advice.choice]}: {advice.reason})"
    nearest = f" (next: {TITLES[advice.alternative]})" if advice.alternative else ""
    if advice.choice not in OFFERED:
        return f"{TITLES[advice.choice]}: {advice.reason}; generated as {TITLES[nearest_offered(advice)]}"
    return f"{TITLES[advice.choice]}: {advice.reason}{nearest}"


def sources_text(design: PipelineDesign) -> str:
    """Return each source with its system and tables."""
    told = []
    for source in design.sources:
        names = [_one_line(table.staging_name) for table in source.tables]
        tables = the_first(names, 8)
        told.append(
            f"{_one_line(source.name) or '?'} ({system_title(source.type)}): {tables or 'no tables yet'}"
        )
    return "; ".join(told) or "none yet"


def destination_text(design: PipelineDesign) -> str:
    """Return the destination with its system, schema and load strategies."""
    chosen = design.destination
    if not chosen.type:
        return "none yet"
    loadings = [item.loading for item in design.transformations] or [
        table.loading for source in design.sources for table in source.tables
    ]
    default = chosen.loading.strategy
    strategies = {loading.strategy if loading and loading.strategy else default for loading in loadings} or {
        default
    }
    told = ", ".join(sorted(strategy for strategy in strategies if strategy))
    schema = f", schema {_one_line(chosen.dataset)}" if chosen.dataset else ""
    return f"{_one_line(chosen.name)} ({system_title(chosen.type)}){schema}{', ' + told if told else ''}"


def schedule_text(design: PipelineDesign, *, now: datetime | None = None) -> str:
    """Return the schedule in words, with the next run and whether it meets the freshness asked for."""
    cron, timezone = design.pipeline.schedule, design.pipeline.timezone
    words = schedule_words(cron, timezone)
    if cron and now is not None:
        try:
            upcoming = next_runs(cron, timezone, after=now, count=1)
        except DesignError:
            upcoming = []
        if upcoming:
            words += f" (next {upcoming[0]:%a %H:%M})"
    problem = freshness_fit(design).problem
    return f"{words}; ! freshness not met: {problem}" if problem else words


def transformations_text(design: PipelineDesign) -> str:
    """Return the transformations, with how each is published."""
    if not design.transformations:
        return "none: every table is published under its own name"
    told = []
    for item in design.transformations[:8]:
        strategy = item.loading.strategy if item.loading and item.loading.strategy else None
        told.append(_one_line(item.name or "?") + (f" ({strategy})" if strategy else ""))
    more = len(design.transformations) - 8
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def quality_text(design: PipelineDesign) -> str:
    """Return how many checks stand at each stage, and how many of them stop a run."""
    quality = design.quality
    stages = [(quality.pre_transform, "before"), (quality.post_transform, "after"), (quality.final, "final")]
    told = ", ".join(f"{len(checks)} {when}" for checks, when in stages if checks)
    if not told:
        return "none yet"
    blocking = sum(check.severity != "warn" for checks, _ in stages for check in checks)
    return f"{told}; {blocking} can stop a run"


def system_title(kind: str) -> str:
    """Return a connector's title; the text itself for one that is not known."""
    if not kind:
        return "no system yet"
    try:
        return connector(kind).title
    except DesignError:
        return _one_line(kind)


def _one_line(text: str) -> str:
    return " ".join(text.split())
