"""One look at a system that may take long: it runs beside everything else, can be cancelled, and remembers its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from generator.errors import ProbeError, UserError

Phase = Literal["idle", "running", "ok", "failed", "cancelled"]
Work = Callable[[], Awaitable[str]]


class Attempt:
    """Work whose result is a line for people; cancelling it must end whatever it started.

    Args:
        stopwatch: Seconds that only go forward.
        quiet: Nobody asked for it: a failure is no error, only a remark that there is nothing to show yet.
    """

    def __init__(self, stopwatch: Callable[[], float], *, quiet: bool = False) -> None:
        self._stopwatch = stopwatch
        self._task: asyncio.Task[None] | None = None
        self._began = 0.0
        self.quiet = quiet
        self.phase: Phase = "idle"
        self.line = "not tested yet"
        self.error = ""
        self.listeners: list[Callable[[], None]] = []
        """Called whenever the phase changes."""

    @property
    def running(self) -> bool:
        """Whether the work is going on."""
        return self.phase == "running"

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return self._stopwatch() - self._began

    def start(self, work: Work) -> None:
        """Run the work."""
        self._began = self._stopwatch()
        self.phase = "running"
        self._task = asyncio.create_task(self._run(work))
        self._tell()

    async def _run(self, work: Work) -> None:
        try:
            line = await work()
        except UserError as error:
            if self.quiet:
                self._finish("idle", "could not be looked at just now; ^t says why")
            else:
                self._finish("failed", f"failed · after {self.seconds:.1f} s", _told(error))
        else:
            self._finish("ok", line)

    def cancel(self) -> bool:
        """Give control back at once; what runs is ended behind the scenes. False when nothing ran."""
        if self._task is None or self._task.done():
            return False
        self._task.cancel()
        self._task = None
        self._finish("cancelled", "cancelled; nothing was changed")
        return True

    def _finish(self, phase: Phase, line: str, error: str = "") -> None:
        self.phase, self.line, self.error = phase, line, error
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    def know(self, phase: Phase, line: str, error: str = "") -> None:
        """Take what is known from before, while nothing runs."""
        if not self.running:
            self._finish(phase, line, error)


def _told(error: UserError) -> str:
    unset = isinstance(error, ProbeError) and error.kind == "missing_settings" and " not set" in str(error)
    # Outside the wizard a variable has to be set; here there is a field for it.
    return f"{error} Or type it into its field under Connection: it stays in memory." if unset else str(error)
