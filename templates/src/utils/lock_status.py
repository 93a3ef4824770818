"""Who holds the pipeline's lock, for people and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .lock import Lease, Standing, written_lease

if TYPE_CHECKING:
    from ..engines.base import Engine

_ADVICE: dict[Standing, str] = {
    "at work": "",
    "between stages": "; `unlock --yes` releases it if its orchestrator has given the run up",
    "left behind": "; its process is gone, the next run takes over",
}


@dataclass(frozen=True)
class LockStatus:
    """A lease, and whether its holder is at work.

    Attributes:
        lease: What the holder wrote down.
        standing: What that means now.
        sessions: Who holds the destination's own lock, where that can be seen.
    """

    lease: Lease
    standing: Standing
    sessions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lock in one line."""
        lease, seen = self.lease, f" ({', '.join(self.sessions)})" if self.sessions else ""
        until = f", until {lease.expires_at:%H:%M} at the latest" if self.standing == "between stages" else ""
        return (
            f"run {lease.run_id}, {self.standing}{seen}: process {lease.pid} on {lease.host},"
            f" since {lease.acquired_at:%Y-%m-%d %H:%M} UTC{until}{_ADVICE[self.standing]}"
        )

    def plain(self) -> dict[str, Any]:
        """Return it as values that JSON can hold."""
        lease = self.lease
        return {
            "run_id": lease.run_id,
            "kind": lease.kind,
            "host": lease.host,
            "pid": lease.pid,
            "since": lease.acquired_at.isoformat(),
            "until": lease.expires_at.isoformat() if self.standing == "between stages" else None,
            "standing": self.standing,
            "text": self.text,
        }


def lock_status(engine: Engine, schema: str) -> LockStatus | None:
    """Return who holds the lock, None where it is free.

    Args:
        engine: The destination.
        schema: The schema that holds the pipeline's state.
    """
    if "lock" not in engine.tables(schema):
        return None
    lease = written_lease(engine, schema)
    if lease is None:
        return None
    sessions = tuple(engine.holders(schema))
    return LockStatus(lease, lease.standing(datetime.now(UTC), locked=bool(sessions)), sessions)
