"""The metrics that come from the pipeline's state rather than from the run: waiting rows, suspension, lag."""

from __future__ import annotations

from datetime import UTC, datetime

from .dead_letters import DeadLetters
from .metrics import MetricsCollector
from .state import State


def observe_state(
    metrics: MetricsCollector, state: State, letters: DeadLetters, *, now: datetime | None = None
) -> None:
    """Set the metrics of dead letters, suspension, and the age of each table's watermark.

    Args:
        metrics: The run's metrics.
        state: The pipeline's state in the destination.
        letters: Its dead letters.
        now: The present (aware).
    """
    present = now or datetime.now(UTC)
    metrics.set("pipeline_dead_letters", letters.count())
    metrics.set("pipeline_suspended", 0 if state.suspension() is None else 1)
    for name, table in state.tables().items():
        if (lag := lag_seconds(table.watermark, present)) is not None:
            metrics.set("pipeline_extraction_lag_seconds", lag, table=name)


def lag_seconds(watermark: str | None, now: datetime) -> float | None:
    """Return the age of a watermark in seconds (UTC where it has no zone), None where it is no time."""
    if not watermark or watermark.lstrip("-").isdigit():
        return None
    try:
        moment = datetime.fromisoformat(watermark)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (now - aware).total_seconds())
