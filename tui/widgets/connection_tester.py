"""Runs a live probe: elapsed time while it runs, Cancel at any moment, then what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Button, Static

from generator.errors import UserError

from .error_view import ErrorView

if TYPE_CHECKING:
    from tui.app import PipewizardApp

Phase = Literal["idle", "running", "ok", "failed", "cancelled"]
Work = Callable[[], Awaitable[str]]


class ConnectionTester(Vertical):
    """One line with its button, and the error under it.

    The work is a coroutine that ends with a line for people; cancelling it must end whatever it started.
    """

    DEFAULT_CSS = """
    ConnectionTester { height: auto; }
    ConnectionTester .tester-line { height: auto; }
    ConnectionTester .tester-state { width: 1fr; height: auto; }
    ConnectionTester Button { margin-right: 0 !important; min-width: 4; padding: 0 !important; }
    ConnectionTester ErrorView {
        height: auto; max-height: 7; background: $error 10%; border-left: outer $error; padding: 0 1;
    }
    """
    GLYPHS: ClassVar[dict[Phase, str]] = {
        "idle": "○",
        "running": "◌",
        "ok": "✓",
        "failed": "✗",
        "cancelled": "○",
    }
    STYLES: ClassVar[dict[Phase, str]] = {
        "idle": "$quiet", "running": "$text-accent", "ok": "$text-success", "failed": "$text-error",
        "cancelled": "$quiet",
    }  # fmt: skip

    phase: reactive[Phase] = reactive[Phase]("idle")
    app: PipewizardApp

    def __init__(self, name: str = "tester", *, label: str = "Test ^t") -> None:
        super().__init__(id=name)
        self._label = label
        self._running_task: asyncio.Task[None] | None = None
        self._clock_timer: Timer | None = None
        self._began = 0.0
        self.line = "not tested yet"
        self.error = ""

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Horizontal(classes="tester-line"):
            yield Static("", markup=False, classes="tester-state")
            yield Button(Content(f" {self._label} "), compact=True)
        yield ErrorView()

    def on_mount(self) -> None:
        """Draw the first state."""
        self._draw()

    # -- running ---------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a probe is on its way."""
        return self.phase == "running"

    def start(self, work: Work) -> None:
        """Run the work; one that is still running is cancelled."""
        self.cancel()
        self._began = self.app.stopwatch()
        self.error = ""
        self.phase = "running"
        self._clock_timer = self.set_interval(0.1, self._draw)
        self._running_task = asyncio.create_task(self._run(work))
        self._draw()

    async def _run(self, work: Work) -> None:
        try:
            line = await work()
        except UserError as error:
            self._finish("failed", "failed", str(error))
        else:
            self._finish("ok", line)

    def cancel(self) -> bool:
        """Give control back at once; whatever runs is ended behind the scenes. False when nothing ran."""
        if self._running_task is None or self._running_task.done():
            return False
        self._running_task.cancel()
        self._running_task = None
        self._finish("cancelled", "cancelled; nothing was changed")
        return True

    def _finish(self, phase: Phase, line: str, error: str = "") -> None:
        if self._clock_timer is not None:
            self._clock_timer.stop()
        seconds = self.app.stopwatch() - self._began
        self.line = f"{line} · after {seconds:.1f} s" if phase == "failed" else line
        self.error = error
        self.phase = phase
        self._draw()

    def show(self, phase: Phase, line: str, error: str = "") -> None:
        """Show what is known from before, while nothing runs."""
        if not self.running:
            self.line, self.error, self.phase = line, error, phase
            self._draw()

    def on_unmount(self) -> None:
        """End what runs: the screen is going away."""
        if self._running_task is not None:
            self._running_task.cancel()

    # -- drawing ---------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if not self.query(".tester-state"):
            return
        line = self.line
        if self.running:
            line = f"connecting… {self.app.stopwatch() - self._began:.1f} s"
        glyph = Content.styled(f"{self.GLYPHS[self.phase]} ", f"bold {self.STYLES[self.phase]}")
        self.query_one(".tester-state", Static).update(
            Content.assemble(glyph, Content.styled(line, self.STYLES[self.phase]))
        )
        button = self.query_one(Button)
        button.label = Content(" Cancel esc " if self.running else f" {self._label} ")
        view = self.query_one(ErrorView)
        if view.text != self.error or view.display != bool(self.error):
            view.show(self.error)
