"""``status``: how the pipeline is doing, for a person or as JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ..settings import Settings
from ..utils.status import collect
from .destination import destination
from .summary import table


def show_status(settings: Settings, *, runs: int, as_json: bool) -> int:
    """Print the status and return the exit code: 0 whether the pipeline is well or not."""
    with destination(settings) as loader:
        status = collect(loader.engine, settings, runs=runs)
    print(json.dumps(status, indent=2, ensure_ascii=False) if as_json else render(status))
    return 0


def render(status: dict[str, Any]) -> str:
    """Return the status for a person."""
    lines = [f"{status['pipeline']}: {_headline(status)}"]
    if status["suspended"]:
        lines.append(f"  SUSPENDED: {status['suspended']}")
        lines.append("  no run starts until somebody has looked and called `ack`")
    if status["runs"] or status["lock"]:
        lines.append(f"  lock: {status['lock']['text'] if status['lock'] else 'free'}")
    if status["runs"]:
        names = ("run_id", "kind", "status", "started_at", "extracted", "loaded", "rejected", "filtered")
        rows = [[_short(name, run[name]) for name in names] for run in status["runs"]]
        lines += ["", "last runs", table([name.replace("_at", "") for name in names], rows)]
        lines += [f"  {run['run_id']}: {run['error']}" for run in status["runs"][:1] if run["error"]]
    if status["tables"]:
        rows = [[name, facts["rows"], facts["watermark"]] for name, facts in status["tables"].items()]
        lines += ["", "tables", table(["table", "rows", "watermark"], rows)]
    if status["dead_letters"]:
        lines += ["", "dead letters", table(["table", "waiting"], list(status["dead_letters"].items()))]
        lines.append("  `dlq list` says why, `dlq replay` tries them again")
    return "\n".join(lines)


def _headline(status: dict[str, Any]) -> str:
    if not status["runs"]:
        return "has never run"
    if status["last_success"] is None:
        return "has not succeeded yet"
    age = status["age_minutes"]
    old = f"{age:.0f} min" if age < 180 else f"{age / 60:.1f} h" if age < 4320 else f"{age / 1440:.1f} days"
    word = {True: "fresh, ", False: "STALE, ", None: ""}[status["fresh"]]
    return f"{word}last success {old} ago"


def _short(name: str, value: Any) -> Any:
    if name == "started_at" and value:
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S")
    return value
