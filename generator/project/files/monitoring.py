"""``monitoring/``: Prometheus alert rules and a Grafana dashboard, over the metrics the runtime exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.design.models import AlertRule

from ..encoders import one_line
from ..planned import PlannedFile, written
from ..serialize import json_text, yaml_text
from ..view import ProjectView
from .alert_conditions import expression
from .dashboard import dashboard
from .words import minutes_words

_SEVERITY = {"info": "info", "warn": "warning", "error": "error", "critical": "critical"}
DEFAULT_STALE_MINUTES = 1440


@dataclass(frozen=True)
class Alert:
    """What an alert asks and says; ``severity`` as in the design."""

    name: str
    expression: str
    severity: str
    summary: str
    description: str


def monitoring_files(view: ProjectView) -> list[PlannedFile]:
    """Return alert rules and dashboard."""
    return [
        written("monitoring/alerts/alert_rules.yaml", "monitoring", lambda: _rules_text(view)),
        written(
            "monitoring/dashboards/pipeline_dashboard.json", "monitoring", lambda: json_text(dashboard(view))
        ),
    ]


def _rules_text(view: ProjectView) -> str:
    document = {"groups": [{"name": str(view.name), "rules": alert_rules(view)}]}
    return yaml_text(document, header=["Prometheus alert rules; `promtool check rules` accepts them."])


def alert_rules(view: ProjectView) -> list[dict[str, Any]]:
    """Return the rules every pipeline gets, then the design's own."""
    selector = f'{{pipeline="{view.name}"}}'
    stale = _stale_seconds(view)
    longest = view.design.pipeline.max_runtime_minutes
    failing = f'pipeline_quality_checks{{pipeline="{view.name}",status="failed"}} > 0'
    since = f"time() - pipeline_last_success_timestamp_seconds{selector}"
    rules = [
        _rule(view, Alert(
            "PipelineFailed", f"pipeline_run_success{selector} == 0", "error",
            "The last run failed", "Nothing was published. See `status`, then the runbook.",
        )),
        _rule(view, Alert(
            "PipelineStoppedByQualityGate", f"pipeline_run_exit_code{selector} == 3", "error",
            "A quality gate stopped the last run", "Nothing was published. `status` names the checks.",
        )),
        _rule(view, Alert(
            "PipelineSuspended", f"pipeline_suspended{selector} == 1", "critical",
            "A critical check suspended the pipeline", "It stays so until somebody runs `ack`.",
        )),
        _rule(view, Alert(
            "PipelineStale", f"{since} > {stale}", "critical",
            f"No successful run for {minutes_words(stale / 60)}", "The data is older than promised.",
        )),
        _rule(view, Alert(
            "PipelineAbsent", f"absent(pipeline_last_run_timestamp_seconds{selector})", "critical",
            "The pipeline reports nothing", "It has never run, or its metrics no longer arrive.",
        ), wait="15m"),
        _rule(view, Alert(
            "PipelineSlow", f"pipeline_duration_seconds{selector} > {round(longest * 60 * 0.8)}", "warn",
            f"The last run took more than 80 % of its {longest} minutes", "Look at the stage durations.",
        )),
        _rule(view, Alert(
            "PipelineDeadLetters", f"pipeline_dead_letters{selector} > 0", "warn",
            "Rejected rows wait", "`dlq list` shows them, `dlq replay` loads them after a fix.",
        )),
        _rule(view, Alert(
            "PipelineChecksFailing", failing, "warn",
            "Quality checks failed in the last run", "`status` names them.",
        )),
    ]  # fmt: skip
    if view.incremental:
        lag = f"max by (pipeline) (pipeline_extraction_lag_seconds{selector}) > {stale}"
        behind = Alert(
            "PipelineSourceBehind",
            lag,
            "warn",
            "The newest rows of the source are old",
            "The source may have stopped being written.",
        )
        rules.append(_rule(view, behind))
    return rules + [_own_rule(view, rule) for rule in view.design.monitoring.alerts.rules]


def _stale_seconds(view: ProjectView) -> int:
    minutes = view.design.requirements.freshness_minutes or DEFAULT_STALE_MINUTES
    return round((minutes + view.design.pipeline.max_runtime_minutes) * 60)


def _rule(view: ProjectView, alert: Alert, *, wait: str = "", channels: Sequence[str] = ()) -> dict[str, Any]:
    """Return a rule as Prometheus reads it; ``wait`` is how long its condition has to hold."""
    labels = {"severity": _SEVERITY[alert.severity], "pipeline": str(view.name)}
    if channels:
        labels["channels"] = ",".join(channels)
    if owner := view.design.pipeline.owner:
        labels["owner"] = _plain(owner)
    rule: dict[str, Any] = {"alert": alert.name, "expr": alert.expression}
    if wait:
        rule["for"] = wait
    annotations = {
        "summary": _plain(f"{view.name}: {alert.summary}"),
        "description": _plain(alert.description),
        "runbook": "data-pipeline-spec.md, Operational Runbook",
    }
    return {**rule, "labels": labels, "annotations": annotations}


def _own_rule(view: ProjectView, rule: AlertRule) -> dict[str, Any]:
    """Return a rule of the design; its condition in the reference document's form becomes PromQL."""
    condition = expression(rule.condition, str(view.name))
    holds = f"The condition of the design holds: {rule.condition}"
    alert = Alert(_plain(rule.name), condition, rule.severity, rule.name, holds)
    return _rule(view, alert, channels=rule.channels)


def _plain(text: str) -> str:
    """Return text that Prometheus' templates leave as it is."""
    return one_line(text).replace("{{", '{{ "{{" }}')
