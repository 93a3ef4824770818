"""Runs a program and shows its output as it comes; can be stopped at any time; secrets never show."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Log, Static
from textual.worker import Worker

from tui.views.processes import clean_line, exit_words

_MAX_LINES = 5_000
_GRACE_SECONDS = 3.0
_LINE_BYTES = 1 << 20
"""A program that writes a longer line than this gets it cut."""


@dataclass(frozen=True)
class Command:
    """A program to run: what it is called on the screen, its arguments, folder and environment."""

    title: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finished:
    """How a program ended. ``code`` is None when it could not be started."""

    command: Command
    code: int | None
    seconds: float
    output: str

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked to."""
        return self.code == 0


class LiveOutput(Vertical):
    """A headline (what runs, for how long, how it ended) over the output."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    class Ended(Message):
        """The program ended."""

        def __init__(self, result: Finished) -> None:
            super().__init__()
            self.result = result

    def __init__(self, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._head = Static("", markup=False, classes="live-head")
        self._log = Log(max_lines=_MAX_LINES, highlight=False, auto_scroll=True)
        self._process: asyncio.subprocess.Process | None = None
        self._worker: Worker[None] | None = None
        self._started = 0.0
        self._title = ""
        self._stopped = False

    def compose(self) -> ComposeResult:
        """Headline and output."""
        yield self._head
        yield self._log

    @property
    def running(self) -> bool:
        """Whether a program runs now."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def lines(self) -> Sequence[str]:
        """The output shown."""
        return self._log.lines

    def on_mount(self) -> None:
        """Keep the elapsed time moving."""
        self.set_interval(0.5, self._tick)

    def on_unmount(self) -> None:
        """Leave nothing running behind."""
        self._kill(signal.SIGKILL)

    def start(self, command: Command, *, keep: bool = False) -> None:
        """Run a program; the one before is stopped. ``keep`` leaves the output so far above."""
        self.stop()
        if not keep:
            self._log.clear()
        self._title, self._stopped = command.title, False
        self._started = time.monotonic()
        self._tick(force=True)
        self._worker = self.run_worker(
            self._run(command), name="live-output", group="live-output", exclusive=True, exit_on_error=True
        )

    def stop(self) -> None:
        """Ask the program and all it started to end; kill what does not within three seconds."""
        if self._process is None or self._process.returncode is not None:
            return
        self._stopped = True
        self._kill(signal.SIGTERM)
        self.set_timer(_GRACE_SECONDS, lambda: self._kill(signal.SIGKILL))

    def _kill(self, how: signal.Signals) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, how)

    def write(self, line: str) -> None:
        """Add a line of one's own."""
        width = max(20, self._log.scrollable_content_region.width)
        self._log.write_lines([line[at : at + width] for at in range(0, max(1, len(line)), width)])

    async def _run(self, command: Command) -> None:
        self.write("$ " + " ".join(command.argv))
        lines: list[str] = []
        code: int | None = None
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command.argv,
                cwd=command.folder,
                env={**command.environment, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "TERM": "dumb"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                limit=_LINE_BYTES,
            )
        except OSError as error:
            self.write(f"cannot start {command.argv[0]}: {error.strerror or error}")
        else:
            code = await self._follow(self._process, command, lines)
        seconds = time.monotonic() - self._started
        words = "stopped by you" if self._stopped else exit_words(code) if code is not None else "not started"
        glyph = "✓" if code == 0 else "✗"
        self._head.set_class(code == 0, "-ok")
        self._head.set_class(code != 0, "-bad")
        self._head.update(f"{glyph} {command.title}: {words} · {seconds:.1f} s")
        self.post_message(self.Ended(Finished(command, code, seconds, "\n".join(lines))))

    async def _follow(self, process: asyncio.subprocess.Process, command: Command, lines: list[str]) -> int:
        try:
            if process.stdout is not None:
                while True:
                    try:
                        raw = await process.stdout.readline()
                    except ValueError:
                        continue
                    if not raw:
                        break
                    line = clean_line(raw.decode("utf-8", "replace"), command.secrets)
                    lines.append(line)
                    del lines[:-_MAX_LINES]
                    self.write(line)
            return await process.wait()
        finally:
            # When the worker is cancelled the program must not outlive it.
            self._kill(signal.SIGKILL)

    def _tick(self, *, force: bool = False) -> None:
        if force or self.running:
            self._head.remove_class("-ok", "-bad")
            self._head.update(f"◌ {self._title} · {time.monotonic() - self._started:.0f} s")
