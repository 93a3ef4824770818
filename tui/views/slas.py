"""What is asked of the pipeline as a whole: the sections of the SLAs step, their fields and their values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from generator.design.models import PipelineDesign
from generator.errors import DesignError

from .schedule import explain, minutes_text, parse_minutes

Compliance = Literal["gdpr", "hipaa", "soc2"]
Kind = Literal["duration", "integer", "number", "text", "choice", "flag", "names"]


@dataclass(frozen=True)
class SlaField:
    """One field: where it lies in the design, how it is asked for, and what to say about it.

    ``optional`` fields may be left empty, which means None.
    """

    path: str
    label: str
    kind: Kind
    hint: str = ""
    placeholder: str = ""
    optional: bool = True


@dataclass(frozen=True)
class Section:
    """One entry of the list, with its fields."""

    id: str
    title: str
    fields: tuple[SlaField, ...] = ()


_STALE = "How old data may be: 15 min, 24 h; empty: no promise"
_RUNTIME = "What 95 of 100 runs need, once known; counts against the freshness"
_WINDOW = "The processing window: a run that takes longer is stopped and alerts"
_HISTORY = "History is needed beside real-time results"
_CRON = "minute hour day month weekday, as 0 6 * * *"
_ZONE = "The zone in which the hours above are meant"
_TRIES = "Tries in all, of transient failures only (lost connection, time-out)"
_ROWS = "Rows expected in a day; sizes batches and the volume alert"
_KEEP = "Published rows older than this are deleted; empty keeps everything"

SECTIONS: tuple[Section, ...] = (
    Section("freshness", "Freshness", (
        SlaField("requirements.freshness_minutes", "Data at most", "duration", _STALE, "24 h"),
        SlaField("requirements.expected_runtime_minutes", "A run takes", "duration", _RUNTIME, "not known"),
        SlaField("pipeline.max_runtime_minutes", "Stop after", "duration", _WINDOW, "2 h", optional=False),
        SlaField("requirements.realtime_history", "History too", "flag", _HISTORY),
    )),
    Section("schedule", "Schedule", (
        SlaField("preset", "Often used", "choice", "Choose one, or write the cron expression yourself"),
        SlaField("pipeline.schedule", "Cron", "text", _CRON, "0 6 * * *"),
        SlaField("pipeline.timezone", "Time zone", "choice", _ZONE, optional=False),
    )),
    Section("retries", "Retries", (
        SlaField("requirements.retry.max_attempts", "Attempts", "integer", _TRIES, "3", optional=False),
        SlaField("requirements.retry.initial_delay_seconds", "First wait, s", "number",
                 "Seconds before the second try", "1", optional=False),
        SlaField("requirements.retry.backoff_factor", "Times each", "number",
                 "Each wait is this many times the one before", "2", optional=False),
        SlaField("requirements.retry.max_delay_seconds", "Longest, s", "number",
                 "No wait is longer than this, in seconds", "300", optional=False),
    )),
    Section("volume", "Volume", (
        SlaField("requirements.expected_rows_per_day", "Rows a day", "integer", _ROWS, "50000"),
    )),
    Section("retention", "Retention", (
        SlaField("requirements.retention_days", "Keep, days", "integer", _KEEP, "730"),
    )),
    Section("compliance", "Compliance", (
        SlaField("requirements.compliance.gdpr", "GDPR", "flag"),
        SlaField("requirements.compliance.hipaa", "HIPAA", "flag"),
        SlaField("requirements.compliance.soc2", "SOC 2", "flag"),
    )),
    Section("architecture", "Architecture", (
        SlaField("technology.pattern", "Pattern", "choice", "auto takes the advice below", optional=False),
    )),
    Section("technology", "Runs with", (
        SlaField("technology.orchestrator", "Orchestrator", "choice", "What starts the runs", optional=False),
        SlaField("technology.compute", "Compute", "choice", "What the transforms run on", optional=False),
    )),
    Section("alerts", "Alerts"),
)  # fmt: skip

COMPLIANCE_TITLES = {"gdpr": "GDPR", "hipaa": "HIPAA", "soc2": "SOC 2"}
COMPLIANCE_TEXTS = {
    "gdpr": "personal columns must be dropped, masked or tokenized; erase --subject reaches every copy",
    "hipaa": "health data is treated like personal data; TLS to databases is verified",
    "soc2": "each run leaves an audit record: who, when, what changed, which checks ran",
}
PATTERN_TITLES = {
    "auto": "auto", "batch_etl": "Batch ETL", "batch_elt": "Batch ELT", "micro_batch": "Micro-batch",
    "streaming_etl": "Streaming ETL", "hybrid": "Hybrid (Lambda/Kappa)",
}  # fmt: skip
ORCHESTRATOR_TITLES = {
    "airflow": "Airflow",
    "cron": "cron / systemd timer",
    "prefect": "Prefect",
    "dagster": "Dagster",
}
COMPUTE_TITLES = {
    "sql": "SQL, in the engine that holds the data", "pandas": "pandas", "dbt": "dbt", "spark": "Spark",
    "flink": "Flink",
}  # fmt: skip
CHOICES: dict[str, dict[str, str]] = {
    "technology.pattern": PATTERN_TITLES,
    "technology.orchestrator": ORCHESTRATOR_TITLES,
    "technology.compute": COMPUTE_TITLES,
}
CHOICE_HELP = {
    "auto": "take the recommended pattern, also when the design changes",
    "batch_elt": "load first, transform inside the destination",
    "batch_etl": "transform in an embedded engine, publish the results",
    "airflow": "a DAG with thin tasks; retries and schedule from this design",
    "cron": "a crontab line and a systemd timer that start the same command",
}
NOT_OFFERED = "this release does not generate it yet"


def blocked(design: PipelineDesign, path: str, value: str) -> str:
    """Return why a value of `technology` cannot be chosen, empty when it can: by the rules that judge designs."""
    from generator.connectors.compat import compatible
    from generator.design.rules.pipeline import OFFERED_COMPUTE, OFFERED_ORCHESTRATORS, OFFERED_PATTERNS

    offered = {
        "technology.pattern": OFFERED_PATTERNS,
        "technology.orchestrator": OFFERED_ORCHESTRATORS,
        "technology.compute": OFFERED_COMPUTE,
    }[path]
    if value not in offered:
        return NOT_OFFERED
    if path != "technology.pattern":
        return ""
    try:
        reasons = compatible(None, design.destination.type or None, value)
    except DesignError:
        # An unknown destination is told where it is chosen.
        return ""
    return "; ".join(reason.text for reason in reasons)


def section_of(path: str) -> str | None:
    """Return the section that holds the field of a design path, None when none does."""
    if path.startswith("monitoring"):
        return "alerts"
    for section in SECTIONS:
        for field in section.fields:
            if path == field.path or path.startswith(f"{field.path}.") or field.path.startswith(f"{path}."):
                return section.id
    return "freshness" if path.startswith("requirements") else None


def shown_value(design: PipelineDesign, field: SlaField) -> str | bool:
    """Return a field's value as the form shows it."""
    if field.path == "preset":
        return design.pipeline.schedule or ""
    if field.path.startswith("requirements.compliance."):
        return field.path.rpartition(".")[2] in design.requirements.compliance
    value = _get(design, field.path)
    if field.kind == "flag":
        return bool(value)
    if value is None:
        return ""
    if field.kind == "duration":
        return minutes_text(float(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


PARTS = "pipeline requirements technology monitoring"
"""What of a design the SLAs are."""


def put_value(design: PipelineDesign, field: SlaField, value: str | bool) -> None:
    """Put what a person gave into the design.

    Raises:
        ValueError: with a sentence for the person, when the field cannot hold it.
    """
    if field.path.startswith("requirements.compliance."):
        _put_compliance(design, field.path.rpartition(".")[2], bool(value))
        return
    owner, _, name = field.path.rpartition(".")
    target = _get(design, owner)
    try:
        setattr(target, name, _parsed(field, value))
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error


def _parsed(field: SlaField, value: str | bool) -> object:
    if isinstance(value, bool):
        return value
    text = value.strip()
    if not text:
        if field.optional:
            return None
        raise ValueError(f"{field.label} cannot be empty")
    if field.kind == "duration":
        minutes = parse_minutes(text)
        return int(minutes) if minutes.is_integer() else minutes
    if field.kind in {"integer", "number"}:
        plain = text.replace("_", "").replace(" ", "").replace(",", "" if field.kind == "integer" else ".")
        try:
            return int(plain) if field.kind == "integer" else float(plain)
        except ValueError:
            raise ValueError(f"{text!r} is not a number") from None
    return text


def _put_compliance(design: PipelineDesign, name: str, wanted: bool) -> None:
    order: tuple[Compliance, ...] = ("gdpr", "hipaa", "soc2")
    chosen = {*design.requirements.compliance} - {name}
    design.requirements.compliance = [each for each in order if each in chosen or (wanted and each == name)]


def _get(design: PipelineDesign, path: str) -> Any:
    value: Any = design
    for name in path.split("."):
        value = getattr(value, name)
    return value


def summary_of(design: PipelineDesign, section: str, now: datetime, advised: str = "") -> str:
    """Return what a section says, in the few words the list has room for.

    Args:
        design: The design.
        section: The section's id.
        now: For the schedule.
        advised: Title of the recommended pattern, shown when the design says ``auto``.
    """
    wanted = design.requirements
    if section == "freshness":
        return minutes_text(wanted.freshness_minutes) or "no promise"
    if section == "schedule":
        plan = explain(design.pipeline.schedule, design.pipeline.timezone, now, runs=1)
        return design.pipeline.schedule or "continuous" if not plan.problem else "not valid"
    if section == "retries":
        return f"{wanted.retry.max_attempts} attempts"
    if section == "volume":
        return f"{wanted.expected_rows_per_day:,} a day" if wanted.expected_rows_per_day else "not known"
    if section == "retention":
        return f"{wanted.retention_days} days" if wanted.retention_days else "for ever"
    if section == "compliance":
        return ", ".join(COMPLIANCE_TITLES[name] for name in wanted.compliance) or "none"
    if section == "architecture":
        if design.technology.pattern == "auto":
            return f"✦ {advised}" if advised else "auto"
        return PATTERN_TITLES[design.technology.pattern]
    if section == "technology":
        starts = ORCHESTRATOR_TITLES[design.technology.orchestrator].partition(" ")[0]
        return f"{starts}, {COMPUTE_TITLES[design.technology.compute].partition(',')[0]}"
    channels = design.monitoring.alerts.channels
    return ", ".join(dict.fromkeys(channel.type for channel in channels)) or "none"


def retry_waits(design: PipelineDesign) -> list[float]:
    """Return the waits between the tries, in seconds, before jitter."""
    retry = design.requirements.retry
    first, factor, longest = retry.initial_delay_seconds, retry.backoff_factor, retry.max_delay_seconds
    return [min(first * factor**attempt, longest) for attempt in range(retry.max_attempts - 1)]
