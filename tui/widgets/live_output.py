"""Runs a program and shows its output as it comes; can be stopped at any time; secrets never show."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Log, Static
from textual.worker import Worker

from tui.terminal import Terminal
from tui.views.processes import EXIT_WORDS, clean_line, exit_words, redact, short_log

_NOTHING_YET = "Nothing has run yet: W writes the project, t runs its tests, s its first sync."
_MAX_LINES = 5_000
_GRACE_SECONDS = 3.0
_USUAL_COLUMNS = 78
_LAYOUT_TRIES, _LAYOUT_SECONDS = 25, 0.02
_PLAIN = {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "TERM": "dumb", "UV_NO_PROGRESS": "1"}


@dataclass(frozen=True)
class Command:
    """A program to run: what it is called on the screen, its arguments, folder and environment."""

    title: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    exit_words: Mapping[int, str] = field(default_factory=lambda: EXIT_WORDS)


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
        self._head = Static(_NOTHING_YET, markup=False, classes="live-head")
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

    def focus_output(self) -> None:
        """Focus the output, to scroll in it."""
        self._log.focus()

    def start(self, command: Command, *, keep: bool = False) -> None:
        """Run a program; the one before is stopped. ``keep`` leaves the output so far above."""
        self.stop()
        if not keep:
            self._log.clear()
        self._title, self._stopped, self._process = command.title, False, None
        self._started = time.monotonic()
        self._tick(force=True)
        self._worker = self.run_worker(
            partial(self._run, command), name="live-output", group="live-output", exclusive=True
        )

    def stop(self) -> None:
        """Ask the program and all it started to end; kill what does not within three seconds."""
        if not self.running:
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
        width = self._columns
        self._log.write_lines([line[at : at + width] for at in range(0, max(1, len(line)), width)])

    async def _laid_out(self) -> None:
        """Wait a moment for a place on the screen: the program is told how wide its terminal is."""
        for _ in range(_LAYOUT_TRIES):
            if self._log.scrollable_content_region.width:
                return
            await asyncio.sleep(_LAYOUT_SECONDS)

    @property
    def _columns(self) -> int:
        """Columns of the output; a usual number while it is not on the screen."""
        return self._log.scrollable_content_region.width or _USUAL_COLUMNS

    async def _run(self, command: Command) -> None:
        await self._laid_out()
        self.write(redact("$ " + " ".join(command.argv), command.secrets))
        lines: list[str] = []
        code: int | None = None
        terminal = Terminal(columns=self._columns)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command.argv,
                cwd=command.folder,
                env={**command.environment, **_PLAIN},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=terminal.inner,
                stderr=terminal.inner,
                start_new_session=True,
            )
        except OSError as error:
            self.write(f"cannot start {command.argv[0]}: {error.strerror or error}")
        else:
            if self._stopped:
                # Asked to stop while it was starting.
                self._kill(signal.SIGTERM)
            code = await self._follow(self._process, terminal, command, lines)
        finally:
            terminal.close()
        seconds = time.monotonic() - self._started
        words = "not started" if code is None else exit_words(code, command.exit_words)
        words = "stopped by you" if self._stopped else words
        glyph = "✓" if code == 0 else "✗"
        self._head.set_class(code == 0, "-ok")
        self._head.set_class(code != 0, "-bad")
        self._head.update(f"{glyph} {command.title}: {words} · {seconds:.1f} s")
        self.post_message(self.Ended(Finished(command, code, seconds, "\n".join(lines))))

    async def _follow(
        self, process: asyncio.subprocess.Process, terminal: Terminal, command: Command, lines: list[str]
    ) -> int:
        try:
            async for raw in terminal.lines(process):
                line = clean_line(raw, command.secrets)
                lines.append(line)
                del lines[:-_MAX_LINES]
                self.write(short_log(line))
            return await process.wait()
        finally:
            # When the worker is cancelled the program must not outlive it.
            self._kill(signal.SIGKILL)

    def _tick(self, *, force: bool = False) -> None:
        if force or self.running:
            self._head.remove_class("-ok", "-bad")
            self._head.update(f"◌ {self._title} · {time.monotonic() - self._started:.0f} s")
