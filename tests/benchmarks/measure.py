"""Time commands side by side: interleaved rounds, minimum of each, peak memory of each."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Case:
    """One thing to measure.

    Args:
        name: Label in the table.
        command: Words of the command.
        prepare: Brings the case back to its starting state before each round; not timed.
        env: Extra environment of the command.
    """

    name: str
    command: list[str]
    prepare: Callable[[], object] = lambda: None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """Shortest wall time in seconds, interpreter start included."""
        return min(self.seconds)

    @property
    def peak(self) -> float:
        """Largest resident size in MB."""
        return max(self.megabytes)

    def run(self) -> None:
        """Prepare, then run and time the command once.

        Raises:
            RuntimeError: the command failed; its output is in the message.
        """
        self.prepare()
        log = Path(os.environ.get("TMPDIR", "/tmp")) / f"benchmark-{os.getpid()}.log"
        with log.open("wb") as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                self.command, stdout=output, stderr=output, env={**os.environ, **self.env}, cwd=self.cwd
            )
            _, status, usage = os.wait4(process.pid, 0)
            elapsed = time.perf_counter() - start
        if status != 0:
            raise RuntimeError(f"{self.name} failed:\n{log.read_text()[-3000:]}")
        self.seconds.append(elapsed)
        self.megabytes.append(usage.ru_maxrss / 1024)


def interleave(cases: list[Case], rounds: int) -> None:
    """Run every case once per round, so that a busy minute hurts all of them alike."""
    for _ in range(rounds):
        for case in cases:
            case.run()


def table(cases: list[Case], base: str) -> str:
    """Return a Markdown table of times, peaks, and ratios to the case named ``base``."""
    reference = next(case for case in cases if case.name == base).best
    lines = [f"| | seconds | ratio to {base} | peak MB |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {c.name} | {c.best:.2f} | {c.best / reference:.2f} | {c.peak:.0f} |" for c in cases]
    return "\n".join(lines)
