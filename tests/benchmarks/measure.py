"""Time commands side by side: interleaved rounds, minimum of each, peak memory of each."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LOOKS_PER_SECOND = 100
_SESSIONS_END_SECONDS = 0.2
"""How long a server may take to notice that a client has gone."""
_LEFT_OUT = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED", "VIRTUAL_ENV"}
"""Habits of this machine that would slow down a process or lead it astray; no user has them."""


@dataclass
class Case:
    """One thing to measure.

    Args:
        name: Label in the table.
        command: Words of the command.
        prepare: Brings the case back to its starting state before each round; not timed.
        env: Extra environment of the command.
        cwd: Where it runs.
        piped: The command is a shell's; its memory says nothing.
    """

    name: str
    command: list[str]
    prepare: Callable[[], object] = lambda: None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    piped: bool = False
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Shortest wall time in seconds, interpreter start included."""
        return min(self.seconds)

    @property
    def work(self) -> float:
        """Least processor time in seconds, of the process, of those it waited for and of the server's sessions.

        What other processes do on the machine changes it far less than the wall time.
        """
        return min(self.processor)

    @property
    def peak(self) -> float:
        """Largest resident size in MB."""
        return max(self.megabytes)

    def forget(self) -> None:
        """Forget what was measured."""
        for measured in (self.seconds, self.processor, self.megabytes):
            measured.clear()

    def run(self, server: ServerClock) -> None:
        """Prepare, then run and time the command once.

        Args:
            server: Tells what the database server has worked meanwhile.

        Raises:
            RuntimeError: the command failed; its output is in the message.
        """
        self.prepare()
        kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        before = server.seconds()
        with tempfile.TemporaryFile() as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                self.command, stdout=output, stderr=output, env={**kept, **self.env}, cwd=self.cwd
            )
            with Watched(process.pid) as memory:
                _, status, usage = os.wait4(process.pid, 0)
            elapsed = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if status != 0:
                output.seek(0)
                said = output.read().decode(errors="replace")
                raise RuntimeError(f"{self.name} failed:\n{said[-3000:]}")
        self.seconds.append(elapsed)
        self.processor.append(usage.ru_utime + usage.ru_stime + server.seconds() - before)
        self.megabytes.append(memory.megabytes)


class ServerClock:
    """The processor time of a local PostgreSQL server's sessions.

    Args:
        session: The process of one of its sessions.
    """

    def __init__(self, session: int) -> None:
        self._server = int(_fields(session)[1])

    def seconds(self) -> float:
        """Return what all sessions that have ended have used in seconds."""
        time.sleep(_SESSIONS_END_SECONDS)
        return sum(int(ticks) for ticks in _fields(self._server)[13:15]) / os.sysconf("SC_CLK_TCK")


def _fields(process: int) -> list[str]:
    """Return a process's status from its state on: parent at 1, times of ended children at 13 and 14."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


class Watched:
    """The peak of a process's resident size, looked up while it runs.

    What ``wait4`` tells of a child includes the size its parent had when it was started.
    """

    def __init__(self, process: int) -> None:
        self.megabytes = 0.0
        self._status = Path(f"/proc/{process}/status")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(1 / _LOOKS_PER_SECOND):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            for line in lines:
                if line.startswith("VmHWM:"):
                    self.megabytes = max(self.megabytes, int(line.split()[1]) / 1024)


def interleave(cases: list[Case], rounds: int, server: ServerClock) -> None:
    """Run every case once per round, so that a busy minute hurts all of them alike."""
    for _ in range(rounds):
        for case in cases:
            case.run(server)


def table(cases: list[Case], base: Case) -> str:
    """Return a Markdown table of times, peaks, and ratios to one of the cases."""
    lines = [
        f"| | seconds | ratio to {base.name} | processor seconds | peak MB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for case in cases:
        peak = "" if case.piped else f"{case.peak:.0f}"
        lines.append(
            f"| {case.name} | {case.best:.2f} | {case.best / base.best:.2f} | {case.work:.2f} | {peak} |"
        )
    return "\n".join(lines)
