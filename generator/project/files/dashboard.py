"""The Grafana dashboard of a pipeline, as data."""

from __future__ import annotations

import uuid
from typing import Any

from ..encoders import one_line, whole
from ..view import ProjectView

_NAMESPACE = uuid.UUID("0b1a2f86-54b5-5f0a-8f1e-2a51b4d2c9e7")
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboard(view: ProjectView) -> dict[str, Any]:
    """Return the dashboard: state on top, then time, rows, quality."""
    at = f'{{pipeline="{view.name}"}}'
    freshness = whole((view.design.requirements.freshness_minutes or 1440) * 60)
    panels = [
        _stat(
            "Last run",
            f"pipeline_run_success{at}",
            0,
            mappings={"1": ("succeeded", "green"), "0": ("failed", "red")},
        ),
        _stat(
            "Since the last success",
            f"time() - pipeline_last_success_timestamp_seconds{at}",
            1,
            unit="s",
            limit=freshness,
        ),
        _stat("Dead letters", f"pipeline_dead_letters{at}", 2, limit=1),
        _stat(
            "Suspended", f"pipeline_suspended{at}", 3, mappings={"0": ("no", "green"), "1": ("yes", "red")}
        ),
        _graph("Duration of a run", [(f"pipeline_duration_seconds{at}", "run")], 0, "s"),
        _graph("Duration by stage", [(f"pipeline_stage_duration_seconds{at}", "{{stage}}")], 1, "s"),
        _graph("Rows extracted", [(f"pipeline_records_extracted{at}", "{{table}}")], 2, "short"),
        _graph("Rows loaded", [(f"pipeline_records_loaded{at}", "{{table}}")], 3, "short"),
        _graph(
            "Rows rejected and filtered",
            [
                (f"pipeline_records_rejected{at}", "rejected {{table}}"),
                (f"pipeline_records_filtered{at}", "filtered {{table}}"),
            ],
            4,
            "short",
        ),
        _graph("Rows in published tables", [(f"pipeline_table_rows{at}", "{{table}}")], 5, "short"),
        _graph(
            "Age of the newest watermark", [(f"pipeline_extraction_lag_seconds{at}", "{{table}}")], 6, "s"
        ),
        _graph("Quality checks", [(f"pipeline_quality_checks{at}", "{{status}}")], 7, "short"),
    ]
    return {
        "title": one_line(f"{view.name}: {view.design.pipeline.description}").rstrip(": ")[:120],
        "uid": uuid.uuid5(_NAMESPACE, str(view.name)).hex[:24],
        "tags": ["pipeline", *(one_line(tag) for tag in view.design.pipeline.tags)],
        "timezone": "utc",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-7d", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "current": {}}]
        },
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, start=1)],
    }


def _stat(
    title: str, query: str, place: int, *, unit: str = "short", limit: float | None = None,
    mappings: dict[str, tuple[str, str]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if limit is not None:
        steps.append({"color": "red", "value": limit})
    options = {value: {"text": text, "color": color} for value, (text, color) in (mappings or {}).items()}
    return {
        "type": "stat",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": {"h": 4, "w": 6, "x": 6 * place, "y": 0},
        "targets": [{"refId": "A", "expr": query, "datasource": _SOURCE}],
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "thresholds": {"mode": "absolute", "steps": steps},
                "mappings": [{"type": "value", "options": options}] if options else [],
            },
            "overrides": [],
        },
        "options": {
            "colorMode": "value",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
    }


def _graph(title: str, queries: list[tuple[str, str]], place: int, unit: str) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": {"h": 8, "w": 12, "x": 12 * (place % 2), "y": 4 + 8 * (place // 2)},
        "targets": [
            {"refId": chr(ord("A") + number), "expr": query, "legendFormat": legend, "datasource": _SOURCE}
            for number, (query, legend) in enumerate(queries)
        ],
        "fieldConfig": {
            "defaults": {"unit": unit, "custom": {"drawStyle": "line", "fillOpacity": 8}},
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}},
    }
