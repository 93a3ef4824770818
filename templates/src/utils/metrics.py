"""Metrics of a run: kept while it works, written for Prometheus when it ends.

The text file suits node_exporter's textfile collector; PROMETHEUS_PUSHGATEWAY_URL pushes as well. `METRICS`
is the one list of names: alert rules and dashboard use these and no others.
"""

from __future__ import annotations

import os
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from .credentials import redact
from .http_post import DeliveryError, send
from .metrics_file import FIRST_STAGE, LAST_SUCCESS, OUTCOME, Samples, Written, labels_text, read

logger = structlog.get_logger(__name__)

METRICS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "pipeline_run_success": ("gauge", "1 when the last run succeeded, 0 when it did not", ("pipeline",)),
    "pipeline_run_exit_code": ("gauge", "Exit code of the last run", ("pipeline",)),
    "pipeline_last_run_timestamp_seconds": ("gauge", "When the last run ended", ("pipeline",)),
    "pipeline_last_success_timestamp_seconds": ("gauge", "When the last successful run ended", ("pipeline",)),
    "pipeline_duration_seconds": ("gauge", "How long the last run took", ("pipeline",)),
    "pipeline_stage_duration_seconds": (
        "gauge",
        "How long a stage of the last run took",
        ("pipeline", "stage"),
    ),
    "pipeline_records_extracted": ("gauge", "Rows the last run extracted", ("pipeline", "table")),
    "pipeline_records_loaded": ("gauge", "Rows the last run loaded", ("pipeline", "table")),
    "pipeline_records_rejected": ("gauge", "Rows the last run rejected", ("pipeline", "table")),
    "pipeline_records_filtered": (
        "gauge",
        "Rows the last run left out as older versions",
        ("pipeline", "table"),
    ),
    "pipeline_table_rows": ("gauge", "Rows in a published table", ("pipeline", "table")),
    "pipeline_extraction_lag_seconds": ("gauge", "Age of the newest watermark", ("pipeline", "table")),
    "pipeline_quality_checks": ("gauge", "Checks of the last run by outcome", ("pipeline", "status")),
    "pipeline_quality_check_pass_rate": (
        "gauge",
        "Share of checks that passed in the last run",
        ("pipeline",),
    ),
    "pipeline_dead_letters": ("gauge", "Dead letters waiting", ("pipeline",)),
    "pipeline_suspended": ("gauge", "1 while a critical check keeps the pipeline suspended", ("pipeline",)),
}
"""Name to type, help and labels of every metric."""
PUSHGATEWAY_VARIABLE = "PROMETHEUS_PUSHGATEWAY_URL"


@dataclass
class PipelineMetrics:
    """What one run did. Times are aware UTC; durations come from a monotonic clock."""

    pipeline_name: str
    run_id: str
    start_time: datetime
    end_time: datetime | None = None
    status: str = "running"
    duration_seconds: float | None = None
    records_extracted: int = 0
    records_transformed: int = 0
    records_loaded: int = 0
    records_rejected: int = 0
    records_filtered: int = 0
    quality_checks_passed: int = 0
    quality_checks_failed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    custom_metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Whether every extracted row is accounted for."""
        accounted = self.records_loaded + self.records_rejected + self.records_filtered
        return self.records_extracted == accounted

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for reports."""
        return {
            "pipeline_name": self.pipeline_name,
            "run_id": self.run_id,
            "start_time": self.start_time.isoformat(),
            "end_time": self.end_time.isoformat() if self.end_time else None,
            "status": self.status,
            "duration_seconds": self.duration_seconds,
            "records": {
                "extracted": self.records_extracted,
                "transformed": self.records_transformed,
                "loaded": self.records_loaded,
                "rejected": self.records_rejected,
                "filtered": self.records_filtered,
            },
            "quality": {"passed": self.quality_checks_passed, "failed": self.quality_checks_failed},
            "errors": self.errors,
            "custom_metrics": self.custom_metrics,
        }


class MetricsCollector:
    """Collects the metrics of a run and exposes them.

    Args:
        pipeline_name: The pipeline, a label of every metric.
        run_id: The run.
        kind: run, backfill or replay; only a run makes the published data fresh.
        part: This is one stage of a run whose stages are processes of their own; they share the file.
    """

    def __init__(self, pipeline_name: str, run_id: str, kind: str = "run", *, part: bool = False) -> None:
        self._kind = kind
        self._part = part
        self._stage = ""
        self._goes_on = False
        self.metrics = PipelineMetrics(pipeline_name, run_id, datetime.now(UTC))
        self._began = time.monotonic()
        self._timers: dict[str, float] = {}
        self._samples: Samples = {}

    def start_timer(self, name: str) -> None:
        """Start a named timer, as a stage's."""
        self._stage = name
        self._timers[name] = time.monotonic()

    def stop_timer(self, name: str) -> float:
        """Stop a named timer and return its seconds; 0 for one that was not started."""
        if name not in self._timers:
            return 0.0
        elapsed = time.monotonic() - self._timers.pop(name)
        self.metrics.custom_metrics[f"{name}_duration_seconds"] = elapsed
        self.set("pipeline_stage_duration_seconds", elapsed, stage=name)
        return elapsed

    def record_extraction(self, count: int, table: str = "") -> None:
        """Count extracted rows."""
        self.metrics.records_extracted += count
        self._count("pipeline_records_extracted", count, table)

    def record_transformation(self, input_count: int, output_count: int) -> None:
        """Count the rows a transformation gave."""
        self.metrics.records_transformed += output_count

    def record_load(self, loaded: int, rejected: int = 0, filtered: int = 0, table: str = "") -> None:
        """Count rows that were published, rejected, and left out as older versions or by filters."""
        self.metrics.records_loaded += loaded
        self.metrics.records_rejected += rejected
        self.metrics.records_filtered += filtered
        self._count("pipeline_records_loaded", loaded, table)
        self._count("pipeline_records_rejected", rejected, table)
        self._count("pipeline_records_filtered", filtered, table)

    def record_quality_check(self, passed: bool) -> None:
        """Count a check."""
        if passed:
            self.metrics.quality_checks_passed += 1
        else:
            self.metrics.quality_checks_failed += 1

    def record_error(self, stage: str, error: str, details: Mapping[str, Any] | None = None) -> None:
        """Remember what went wrong."""
        when = datetime.now(UTC).isoformat()
        entry = {"stage": stage, "error": redact(error), "details": dict(details or {}), "timestamp": when}
        self.metrics.errors.append(entry)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a metric of `METRICS`; the pipeline's label comes by itself.

        Raises:
            KeyError: the name or labels are not those of the list.
        """
        expected = METRICS[name][2]
        given = {"pipeline": self.metrics.pipeline_name, **labels}
        if set(given) != set(expected):
            raise KeyError(f"{name} has the labels {', '.join(expected)}")
        key = tuple((label, given[label]) for label in expected)
        self._samples.setdefault(name, {})[key] = float(value)

    def finalize(
        self, status: str = "success", exit_code: int = 0, *, goes_on: bool = False
    ) -> PipelineMetrics:
        """End the run's metrics and return them.

        Args:
            status: success, failed or blocked.
            exit_code: Of the command.
            goes_on: Other stages follow, so that how the run ends is not known yet.
        """
        metrics, self._goes_on = self.metrics, goes_on
        metrics.end_time = datetime.now(UTC)
        metrics.duration_seconds = time.monotonic() - self._began
        metrics.status = status
        self._set_checks(metrics.quality_checks_passed, metrics.quality_checks_failed)
        if goes_on:
            return metrics
        self.set("pipeline_run_success", 1.0 if status == "success" else 0.0)
        self.set("pipeline_run_exit_code", exit_code)
        self.set("pipeline_last_run_timestamp_seconds", metrics.end_time.timestamp())
        if status == "success" and self._kind == "run":
            self.set(LAST_SUCCESS, metrics.end_time.timestamp())
        self.set("pipeline_duration_seconds", metrics.duration_seconds)
        return metrics

    def exposition(self) -> str:
        """Return the metrics in Prometheus' text format."""
        lines = []
        for name, (kind, help_text, _) in METRICS.items():
            if samples := self._samples.get(name):
                lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
                lines += [f"{name}{{{labels_text(key)}}} {value!r}" for key, value in samples.items()]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> Path:
        """Write ``metrics.prom`` into a folder, whole or not at all, and return its path.

        What only the file remembers stays: when a run last succeeded, what earlier stages of this run measured, and how
        the last run ended as long as this one goes on.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "metrics.prom"
        heading = self._remember(read(path)).heading()
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(f"{heading}\n{self.exposition()}", encoding="utf-8")
        partial.replace(path)
        return path

    def push(self, environment: Mapping[str, str]) -> bool:
        """Push to the gateway named in the environment, if any; a failure is logged, never raised."""
        url = environment.get(PUSHGATEWAY_VARIABLE)
        if not url:
            return False
        job = urllib.parse.quote(self.metrics.pipeline_name, safe="")
        try:
            send(
                f"{url.rstrip('/')}/metrics/job/{job}",
                self.exposition().encode(),
                method="PUT",
                content_type="text/plain; version=0.0.4",
            )
        except DeliveryError as error:
            logger.warning("metrics_push_failed", error=str(error))
            return False
        return True

    def _count(self, name: str, count: int, table: str) -> None:
        if table:
            key = (("pipeline", self.metrics.pipeline_name), ("table", table))
            samples = self._samples.setdefault(name, {})
            samples[key] = samples.get(key, 0.0) + count

    def _set_checks(self, passed: int, failed: int) -> None:
        self.set("pipeline_quality_checks", passed, status="passed")
        self.set("pipeline_quality_checks", failed, status="failed")
        if passed + failed:
            self.set("pipeline_quality_check_pass_rate", passed / (passed + failed))

    def _remember(self, before: Written) -> Written:
        """Take over what the file says and these metrics do not; return what is to be told of the run in turn."""
        metrics, checks = self.metrics, {}
        started = metrics.start_time.timestamp()
        if self._part and before.run_id == metrics.run_id and self._stage != FIRST_STAGE:
            started, checks = before.started, dict(before.checks)
            self._take(before.samples, set(before.samples) - set(OUTCOME))
            if not self._goes_on and metrics.end_time:
                self.set("pipeline_duration_seconds", metrics.end_time.timestamp() - started)
        if self._part:
            checks[self._stage] = [metrics.quality_checks_passed, metrics.quality_checks_failed]
            self._set_checks(
                sum(passed for passed, _ in checks.values()), sum(bad for _, bad in checks.values())
            )
        self._take(before.samples, OUTCOME if self._goes_on else (LAST_SUCCESS,))
        return Written(metrics.run_id, started, checks)

    def _take(self, samples: Samples, names: Iterable[str]) -> None:
        for name in names:
            for labels, value in samples.get(name, {}).items():
                self._samples.setdefault(name, {}).setdefault(labels, value)
