"""How the pipeline is doing: last runs, watermarks, rows, suspension, lock, dead letters, freshness."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..settings import Settings
from .dead_letters import TABLE as DEAD_LETTERS
from .dead_letters import DeadLetters
from .lock_status import lock_status
from .state import State

if TYPE_CHECKING:
    from ..engines.base import Engine

_RUN_FIELDS = (
    "run_id",
    "kind",
    "status",
    "started_at",
    "finished_at",
    "extracted",
    "loaded",
    "rejected",
    "filtered",
)


def collect(
    engine: Engine, settings: Settings, *, runs: int = 5, now: datetime | None = None
) -> dict[str, Any]:
    """Return the status as plain values that JSON can hold.

    Args:
        engine: The destination.
        settings: The configuration.
        runs: How many runs.
        now: The present (aware).
    """
    schema = settings.meta_schema
    present = engine.tables(schema)
    status: dict[str, Any] = {
        "pipeline": settings.pipeline.name,
        "suspended": None,
        "lock": None,
        "last_success": None,
        "fresh": None,
        "age_minutes": None,
        "runs": [],
        "tables": {},
        "dead_letters": {},
    }
    if lock := lock_status(engine, schema):
        status["lock"] = lock.plain()
    if "runs" not in present:
        return status
    state = State(engine, schema)
    recorded = state.runs(limit=max(runs, 50))
    status["suspended"] = state.suspension()
    status["runs"] = [
        {**{name: _plain(run[name]) for name in _RUN_FIELDS}, "error": run["error"]}
        for run in recorded[:runs]
    ]
    status["tables"] = {
        name: {"rows": table.rows, "watermark": table.watermark, "run_id": table.run_id}
        for name, table in sorted(state.tables().items())
    }
    if DEAD_LETTERS in present:
        status["dead_letters"] = DeadLetters(engine, schema).tables()
    succeeded = [run["finished_at"] for run in recorded if run["status"] == "success" and run["finished_at"]]
    if succeeded:
        latest = succeeded[0]
        age = max(((now or datetime.now(UTC)) - latest).total_seconds() / 60, 0.0)
        allowed = settings.requirements.freshness_minutes
        status["last_success"] = latest.isoformat()
        status["age_minutes"] = round(age, 1)
        status["fresh"] = None if allowed is None else age <= allowed
    return status


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
