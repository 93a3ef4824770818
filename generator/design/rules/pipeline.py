"""Problems of the pipeline's identity, schedule, requirements, technology and alerts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from ..models import PipelineDesign
from ..names import package_name_fault
from ..nearest import did_you_mean, nearest
from ..problem import Problem, error, warning
from .references import is_reference, reference_problems

OFFERED_PATTERNS = ("auto", "batch_etl", "batch_elt")
OFFERED_ORCHESTRATORS = ("airflow", "cron")
OFFERED_COMPUTE = ("sql",)
_CRON_NAMES = re.compile("JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|MON|TUE|WED|THU|FRI|SAT|SUN")
_ONLY_SOME_CRONS = re.compile("[LW#]")
_PYTHON_VERSION = re.compile(
    r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?(\+[a-z0-9.]+)?"
)


def pipeline_problems(design: PipelineDesign) -> Iterator[Problem]:
    """Yield what is wrong with `pipeline`, `requirements`, `technology` and `monitoring`."""
    yield from _identity(design)
    yield from _schedule(design)
    yield from _technology(design)
    yield from _alerts(design)


def _identity(design: PipelineDesign) -> Iterator[Problem]:
    pipeline = design.pipeline
    if fault := package_name_fault(pipeline.name):
        yield error("pipeline.name", *fault)
    if not _PYTHON_VERSION.fullmatch(pipeline.version):
        yield error(
            "pipeline.version", f"{pipeline.version[:60]!r} is no version number", "write it as 1.0.0"
        )
    if not pipeline.owner.strip():
        yield warning("pipeline.owner", "nobody owns the pipeline", "name the team or person to call")
    for index, name in enumerate(pipeline.depends_on):
        if name == pipeline.name:
            yield error(f"pipeline.depends_on[{index}]", "the pipeline depends on itself", "remove it")


def _schedule(design: PipelineDesign) -> Iterator[Problem]:
    pipeline = design.pipeline
    zone_fault = _zone_fault(pipeline.timezone)
    if zone_fault is not None:
        yield error("pipeline.timezone", *zone_fault)
    if pipeline.schedule is None:
        fix = "give a cron expression, as 0 6 * * *"
        yield error("pipeline.schedule", "continuous pipelines are not offered in this release", fix)
    elif fault := _cron_fault(pipeline.schedule):
        yield error("pipeline.schedule", *fault)


@lru_cache(maxsize=256)
def _zone_fault(name: str) -> tuple[str, str] | None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zones = available_timezones()
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
        match = nearest(name, zones) or cities.get(nearest(name, cities) or "")
        fix = f"did you mean {match}?" if match else "use an IANA name, as Europe/Berlin"
        return f"there is no time zone {name[:60]!r}", fix
    return None


@lru_cache(maxsize=256)
def _cron_fault(schedule: str) -> tuple[str, str] | None:
    from datetime import UTC, datetime

    shape = "give five fields: minute hour day month weekday, as 0 6 * * *"
    if len(schedule.split()) != 5 or len(schedule) > 200:
        return f"{schedule[:60]!r} is not a cron expression of five fields", shape
    if _ONLY_SOME_CRONS.search(_CRON_NAMES.sub("", schedule.upper())):
        return f"{schedule!r} holds L, W or #, which cron does not know", shape
    try:
        runs = CronSim(schedule, datetime(2025, 1, 1, tzinfo=UTC))
    except CronSimError as fault:
        return f"{schedule!r} is not a cron expression: {str(fault)[:1].lower()}{str(fault)[1:]}", shape
    if next(runs, None) is None:
        return f"{schedule!r} never comes round", "check day and month"
    return None


def _technology(design: PipelineDesign) -> Iterator[Problem]:
    technology = design.technology
    for key, value, offered in (
        ("pattern", technology.pattern, OFFERED_PATTERNS),
        ("orchestrator", technology.orchestrator, OFFERED_ORCHESTRATORS),
        ("compute", technology.compute, OFFERED_COMPUTE),
    ):
        if value not in offered:
            fix = f"use {' or '.join(offered)}"
            yield error(f"technology.{key}", f"{value} is not offered in this release", fix)


def _alerts(design: PipelineDesign) -> Iterator[Problem]:
    alerts = design.monitoring.alerts
    for index, channel in enumerate(alerts.channels):
        path = f"monitoring.alerts.channels[{index}]"
        for key, value in (("webhook_url", channel.webhook_url), ("routing_key", channel.routing_key)):
            if value is None:
                continue
            yield from reference_problems(f"{path}.{key}", value)
            if not is_reference(value):
                fix = f"write ${{{channel.type.upper()}_{key.upper()}}} and set that variable"
                yield error(f"{path}.{key}", "a secret is written into the design", fix)
        needed = {
            "slack": "webhook_url",
            "webhook": "webhook_url",
            "pagerduty": "routing_key",
            "email": "recipients",
        }
        key = needed[channel.type]
        if not getattr(channel, key):
            yield error(f"{path}.{key}", f"a {channel.type} channel needs {key.replace('_', ' ')}", "give it")
    known = [channel.type for channel in alerts.channels]
    names: set[str] = set()
    for index, rule in enumerate(alerts.rules):
        path = f"monitoring.alerts.rules[{index}]"
        if not rule.name:
            yield error(f"{path}.name", "the alert rule has no name", "give one")
        elif rule.name in names:
            yield error(f"{path}.name", f"two alert rules are named {rule.name!r}", "rename one of them")
        names.add(rule.name)
        if not rule.condition.strip():
            yield error(f"{path}.condition", "the alert rule has no condition", "as duration_minutes > 90")
        for place, name in enumerate(rule.channels):
            if name not in known:
                fix = did_you_mean(name, known) or "add the channel, or remove its name here"
                yield error(f"{path}.channels[{place}]", f"there is no alert channel {name!r}", fix)
