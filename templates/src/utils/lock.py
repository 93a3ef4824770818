"""One run at a time, enforced where the data is: a true lock that dies with its holder, and a lease row beside it.

The true lock is the destination's own (a file lock, or a session lock of the server). It ends with the process that
holds it, so the lease of a single-process run counts for nothing once its lock has been obtained. A run made of
several processes (an orchestrator's) holds the true lock only while one of them works: between them its lease,
bounded by the longest run allowed, keeps others out.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from .retry import LockHeldError

if TYPE_CHECKING:
    from ..engines.base import Engine

Kind = Literal["process", "orchestrated"]
Standing = Literal["at work", "between stages", "left behind"]
SECONDS_TO_LET_GO = 5.0
"""How long a server may take to end a session."""


@dataclass(frozen=True)
class Lease:
    """Who may work, and until when."""

    run_id: str
    kind: Kind
    holder: str
    acquired_at: datetime
    expires_at: datetime

    def valid(self, now: datetime) -> bool:
        """Tell whether others must keep out although its holder may not be at work at this moment.

        A lease from far ahead was written by a clock that was wrong: it would keep everybody out until then.
        """
        ahead, length = self.acquired_at - now, self.expires_at - self.acquired_at
        return self.kind == "orchestrated" and self.expires_at > now and ahead < length

    @property
    def host(self) -> str:
        """The machine of the process that wrote it."""
        return self.holder.rpartition(":")[0]

    @property
    def pid(self) -> int:
        """The process that wrote it, on its machine."""
        return int(self.holder.rpartition(":")[2])

    def process_lives(self) -> bool:
        """Tell whether the process that wrote it is alive, as far as this machine can know."""
        if self.host != socket.gethostname() or self.pid == os.getpid():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def standing(self, now: datetime, *, locked: bool) -> Standing:
        """Tell what the lease means at a moment.

        Args:
            now: The present (aware).
            locked: Somebody holds the true lock.
        """
        if locked or self.process_lives():
            return "at work"
        return "between stages" if self.valid(now) else "left behind"


class RunLock:
    """The lock of a pipeline: the destination's true lock, and the lease row.

    Args:
        engine: The destination's engine.
        schema: The schema that holds the pipeline's state.
        run_id: This run.
        kind: Whether this run lives in one process or in several.
        minutes: The longest a run may take.
    """

    def __init__(self, engine: Engine, schema: str, run_id: str, kind: Kind, minutes: int) -> None:
        self._engine = engine
        self._schema = schema
        self._table = engine.relation(schema, "lock")
        self.run_id = run_id
        self._kind = kind
        self._minutes = minutes

    def hold(self) -> None:
        """Take the true lock, before anything is written: not even the state tables may be there yet.

        Raises:
            LockHeldError: another run is at work; nothing was written.
        """
        if not self._engine.hold(self._schema):
            held = self._lease() if "lock" in self._engine.tables(self._schema) else None
            who = f"run {held.run_id} ({held.holder})" if held else "another run"
            raise LockHeldError(f"{who} is at work; this run wrote nothing, try again when it has ended")

    def acquire(self) -> None:
        """Take the true lock and write this run's lease, in one transaction.

        Raises:
            LockHeldError: another run is under way; nothing was written.
        """
        self.hold()
        now = datetime.now(UTC)
        with self._engine.transaction():
            held = self._lease()
            if held and held.run_id != self.run_id and held.valid(now):
                raise LockHeldError(
                    f"run {held.run_id} ({held.holder}) is under way until {held.expires_at:%Y-%m-%d %H:%M} UTC"
                    " at the latest; this run wrote nothing. If that one was killed, `unlock --yes` releases its lock",
                    details={"holder": held.run_id},
                )
            expires = now + timedelta(minutes=self._minutes)
            row = (self.run_id, self._kind, f"{socket.gethostname()}:{os.getpid()}", now, expires)
            self._engine.execute(f"DELETE FROM {self._table}")
            self._engine.execute(
                f"INSERT INTO {self._table} VALUES ({', '.join(self._engine.literal(item) for item in row)})"
            )

    def verify(self) -> None:
        """Make sure, inside a transaction, that this run still is the one that may write.

        Raises:
            LockHeldError: another run has taken over.
        """
        share = " FOR UPDATE" if self._engine.dialect == "postgres" else ""
        rows = self._engine.query(f"SELECT run_id FROM {self._table}{share}")
        if [row[0] for row in rows] != [self.run_id]:
            raise LockHeldError("another run has taken over the lock; this run publishes nothing")

    def release(self) -> None:
        """Delete this run's lease."""
        self._engine.execute(f"DELETE FROM {self._table} WHERE run_id = {self._engine.literal(self.run_id)}")

    def free(self, lease: Lease, *, force: bool) -> None:
        """Delete the lease of a run that is not at work, and with ``force`` of one that seems to be.

        A run that comes back all the same finds that the lease is gone and publishes nothing.

        Raises:
            LockHeldError: the run is at work.
        """
        if lease.process_lives() and not force:
            raise LockHeldError(
                f"process {lease.pid} of run {lease.run_id} is alive on this machine; stop it, or add --force"
                " if it is none of the pipeline's"
            )
        if not self._taken(force=force):
            who = ", ".join(self._engine.holders(self._schema)) or f"run {lease.run_id} ({lease.holder})"
            remedy = "; it ends with its process" if force else "; stop its process, or add --force"
            raise LockHeldError(f"the lock itself is held by {who}{remedy}")
        with self._engine.transaction():
            self._engine.execute(
                f"DELETE FROM {self._table} WHERE run_id = {self._engine.literal(lease.run_id)}"
            )

    def _taken(self, *, force: bool) -> bool:
        if self._engine.hold(self._schema):
            return True
        if force:
            self._engine.end_holders(self._schema)
            deadline = time.monotonic() + SECONDS_TO_LET_GO
            while time.monotonic() < deadline:
                if self._engine.hold(self._schema):
                    return True
                time.sleep(0.1)
        return False

    def _lease(self) -> Lease | None:
        return written_lease(self._engine, self._schema)


def written_lease(engine: Engine, schema: str) -> Lease | None:
    """Return the lease that is written down, None where there is none.

    Args:
        engine: The destination.
        schema: The schema that holds the pipeline's state, in which its tables are.
    """
    columns = "run_id, kind, holder, acquired_at, expires_at"
    rows = engine.query(f"SELECT {columns} FROM {engine.relation(schema, 'lock')}")
    return Lease(*rows[0]) if rows else None
