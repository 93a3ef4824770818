"""``orchestration/``: an Airflow DAG, or a crontab and systemd units, and the schedule as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.errors import DesignError

from ..encoders import Encoded, Identifier, whole
from ..planned import PlannedFile, templated, written
from ..serialize import yaml_text
from ..view import ProjectView
from .cron import calendar_events
from .words import schedule_words


@dataclass(frozen=True)
class StageView:
    """One stage as a task group: its name, its only task, and what that task does."""

    name: Identifier
    task: Identifier
    purpose: str


_STAGES = {
    "extraction": ("extract_tables", "take new and changed rows from the sources into staging"),
    "pre_transform_quality": ("check_staging", "check the staged rows"),
    "transformation": ("run_transformations", "compute the published tables from staging"),
    "post_transform_quality": ("check_outputs", "check the computed tables"),
    "loading": ("publish_tables", "publish everything in one transaction"),
    "final_quality": ("check_published", "check what was published"),
}


_TIMES = ("date", "timestamp", "timestamptz")


def stages(view: ProjectView) -> list[StageView]:
    """Return the stages of this pipeline, in order; those it has no work for are left out.

    The last one always runs: it also gives back what the stages of a run hold between them.
    """
    wanted = {
        "extraction": True,
        "pre_transform_quality": True,
        "transformation": view.modelled,
        "post_transform_quality": bool(view.design.quality.post_transform),
        "loading": True,
        "final_quality": True,
    }
    return [
        StageView(Identifier(name), Identifier(task), purpose)
        for name, (task, purpose) in _STAGES.items()
        if wanted[name]
    ]


def orchestration_files(view: ProjectView) -> list[PlannedFile]:
    """Return the files of the chosen orchestrator, and the schedule."""
    files = [
        written("orchestration/schedules/schedule_config.yaml", "orchestration", lambda: _schedule(view))
    ]
    if view.design.technology.orchestrator == "airflow":
        return [*files, _dag(view)]
    return files + _cron(view)


def _dag(view: ProjectView) -> PlannedFile:
    info = view.design.pipeline
    return templated(
        f"orchestration/dags/{view.name}_dag.py",
        "orchestration/dags/pipeline_dag.py.j2",
        pipeline=view.name,
        variable=view.variable,
        design=view.design,
        stages=stages(view),
        backfill_tables=read_by_time(view),
        channels=bool(view.design.monitoring.alerts.channels),
        retention=view.design.requirements.retention_days is not None,
        upstream=[Identifier(name) for name in info.depends_on],
    )


def read_by_time(view: ProjectView) -> list[str]:
    """Return the names in staging of the tables whose watermark is a time, so that a past range of it can be named."""
    return [
        table.name
        for table in view.tables
        if table.table.extraction
        and table.table.extraction.strategy == "incremental"
        and any(
            column.name == table.table.extraction.watermark_column and column.type in _TIMES
            for column in table.columns
        )
    ]


def _cron(view: ProjectView) -> list[PlannedFile]:
    info = view.design.pipeline
    context: dict[str, Any] = {
        "pipeline": view.name,
        "design": view.design,
        "retention": view.design.requirements.retention_days is not None,
        "words": schedule_words(info.schedule, info.timezone),
        "cron": Encoded(info.schedule or "", "sh"),
        "timezone": Encoded(info.timezone, "any"),
        "events": [Encoded(event, "unit") for event in _events(info.schedule or "", info.timezone)],
    }
    folder = "orchestration/cron"
    return [
        templated(f"{folder}/{view.name}.crontab", f"{folder}/pipeline.crontab.j2", **context),
        templated(f"{folder}/{view.name}.service", f"{folder}/pipeline.service.j2", **context),
        templated(f"{folder}/{view.name}.timer", f"{folder}/pipeline.timer.j2", **context),
    ]


def _events(schedule: str, timezone: str) -> list[str]:
    try:
        return calendar_events(schedule, timezone)
    except ValueError as error:
        raise DesignError(
            f"the schedule {schedule!r} is no cron expression", where="pipeline.schedule"
        ) from error


def _schedule(view: ProjectView) -> str:
    info, wanted = view.design.pipeline, view.design.requirements
    document = {
        "pipeline": info.name,
        "schedule": {
            "cron": info.schedule,
            "timezone": info.timezone,
            "in_words": schedule_words(info.schedule, info.timezone),
            "catch_up_missed_runs": False,
            "runs_at_a_time": 1,
        },
        "limits": {
            "max_runtime_minutes": info.max_runtime_minutes,
            "freshness_minutes": wanted.freshness_minutes and whole(wanted.freshness_minutes),
        },
        "retries": {name: whole(value) for name, value in wanted.retry.model_dump().items()},
        "depends_on": list(info.depends_on),
        "stages": [str(stage.name) for stage in stages(view)],
        "orchestrator": view.design.technology.orchestrator,
    }
    header = [
        "When and how the pipeline runs, for people and tools; the orchestrator's own files carry the same."
    ]
    return yaml_text(document, header=header)
