"""The row of steps: state by glyph and word, each step one click away."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

StepState = Literal["untouched", "here", "complete", "problems"]
GLYPHS: dict[StepState, str] = {"untouched": "○", "here": "●", "complete": "✓", "problems": "!"}


class StepLabel(Static):
    """One step of the row."""

    ALLOW_SELECT: ClassVar[bool] = False

    class Clicked(Message):
        """The person wants to go to this step."""

        def __init__(self, step: str) -> None:
            super().__init__()
            self.step = step

    def __init__(self, step: str, title: str, number: int) -> None:
        super().__init__(markup=False, id=f"stepper-{step}", classes="step-label")
        self.step = step
        self.title = title
        self.number = number
        self.state: StepState | None = None
        self.tooltip = f"{title} (alt+{number})"

    def show(self, state: StepState) -> None:
        """Draw the step in this state."""
        if state == self.state:
            return
        self.state = state
        for name in GLYPHS:
            self.set_class(name == state, f"-{name}")
        self.update(Content.assemble((f"{GLYPHS[state]} ", "bold"), self.title))

    def on_click(self, event: events.Click) -> None:
        """Go there."""
        event.stop()
        self.post_message(self.Clicked(self.step))


class Stepper(Horizontal):
    """All steps in order."""

    def __init__(self, steps: list[tuple[str, str]]) -> None:
        super().__init__(id="stepper")
        self._steps = steps

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        for number, (step, title) in enumerate(self._steps, 1):
            yield StepLabel(step, title, number)

    def show(self, states: dict[str, StepState]) -> None:
        """Draw every step's state."""
        for label in self.query(StepLabel):
            label.show(states[label.step])
