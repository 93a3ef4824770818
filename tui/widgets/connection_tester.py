"""Runs a live probe: elapsed time while it runs, Cancel at any moment, then what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from tui.attempt import Attempt, Phase, Work

from .error_view import ErrorView
from .still import put

if TYPE_CHECKING:
    from tui.app import PipewizardApp


class ConnectionTester(Vertical):
    """One line with its button, and the error under it: shows one attempt, its own or somebody else's."""

    DEFAULT_CSS = """
    ConnectionTester { height: auto; }
    ConnectionTester .tester-line { height: auto; }
    ConnectionTester .tester-state { width: 1fr; height: auto; }
    ConnectionTester Button { margin-right: 0 !important; width: 14; min-width: 14; padding: 0 !important; }
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

    app: PipewizardApp

    def __init__(self, name: str = "tester", *, label: str = "Test ^t") -> None:
        super().__init__(id=name)
        self._label = label
        self._clock_timer: Timer | None = None
        self.attempt: Attempt | None = None
        self._own: Attempt | None = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Horizontal(classes="tester-line"):
            yield Static("", markup=False, classes="tester-state")
            yield Button(Content(f" {self._label} "), compact=True)
        yield ErrorView()

    def on_mount(self) -> None:
        """Draw the first state."""
        self._clock_timer = self.set_interval(0.1, self._draw, pause=True)
        self._draw()

    def on_unmount(self) -> None:
        """End what was started here: the screen is going away."""
        if self.attempt is not None:
            self._unfollow(self.attempt)
        if self._own is not None:
            self._own.cancel()

    # -- the attempt -----------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """How far the attempt is."""
        return self.attempt.phase if self.attempt else "idle"

    @property
    def running(self) -> bool:
        """Whether something is going on."""
        return self.phase == "running"

    @property
    def error(self) -> str:
        """What went wrong."""
        return self.attempt.error if self.attempt else ""

    def follow(self, attempt: Attempt) -> None:
        """Show this attempt from now on; the one shown before goes on unseen."""
        if self.attempt is not attempt:
            if self.attempt is not None:
                self._unfollow(self.attempt)
            self.attempt = attempt
            attempt.listeners.append(self._draw)
        self._draw()

    def _unfollow(self, attempt: Attempt) -> None:
        if self._draw in attempt.listeners:
            attempt.listeners.remove(self._draw)

    def start(self, work: Work) -> None:
        """Run the work; one that is still running is cancelled."""
        self.cancel()
        self._own = attempt = Attempt(self.app.stopwatch)
        self.follow(attempt)
        attempt.start(work)

    def cancel(self) -> bool:
        """Give control back at once; whatever runs is ended behind the scenes. False when nothing ran."""
        return self.attempt is not None and self.attempt.cancel()

    def show(self, phase: Phase, line: str, error: str = "") -> None:
        """Show what is known from before, while nothing runs."""
        if not self.running:
            attempt = Attempt(self.app.stopwatch)
            attempt.know(phase, line, error)
            self.follow(attempt)

    # -- drawing ---------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if not self.query(".tester-state"):
            return
        phase, attempt = self.phase, self.attempt
        line = attempt.line if attempt else "not tested yet"
        if attempt is not None and attempt.running:
            line = f"connecting… {attempt.seconds:.1f} s"
        if self._clock_timer is not None:
            (self._clock_timer.resume if phase == "running" else self._clock_timer.pause)()
        glyph = Content.styled(f"{self.GLYPHS[phase]} ", f"bold {self.STYLES[phase]}")
        state = Content.assemble(glyph, Content.styled(line, self.STYLES[phase]))
        put(self.query_one(".tester-state", Static), state)
        button = self.query_one(Button)
        button.label = Content(" Cancel esc " if phase == "running" else f" {self._label} ")
        view = self.query_one(ErrorView)
        if view.text != self.error or view.display != bool(self.error):
            view.show(self.error)
