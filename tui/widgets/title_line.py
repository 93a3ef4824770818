"""The first line of every screen: program, pipeline, draft state, problems, menu; each part can be clicked."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static


class Clickable(Static):
    """A piece of text that runs an action when clicked."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, text: str, action: str, name: str, *, tooltip: str = "") -> None:
        super().__init__(text, id=name, markup=False, classes="clickable")
        self._action = action
        self.tooltip = tooltip or None

    async def on_click(self, event: events.Click) -> None:
        """Run the action on the screen."""
        event.stop()
        await self.run_action(self._action)


class TitleLine(Horizontal):
    """Program name, pipeline name, draft state, problem count and the menu."""

    pipeline: reactive[str] = reactive("")
    saved: reactive[str] = reactive("")
    problems: reactive[tuple[int, int]] = reactive((-1, -1))
    """Errors and warnings; negative while not yet known."""

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield Static("◆ pipewizard", id="program", markup=False)
        yield Clickable(
            "", "screen.pipeline", "pipeline-name", tooltip="Name, description and owner of the pipeline"
        )
        yield Static("", id="saved", markup=False)
        yield Clickable("", "screen.problems", "problem-count", tooltip="Show every problem")
        yield Clickable("≡", "app.palette", "menu", tooltip="Everything you can do here")

    def watch_pipeline(self, name: str) -> None:
        """Draw the pipeline's name."""
        self._put("#pipeline-name", name)

    def watch_saved(self, text: str) -> None:
        """Draw the draft's state."""
        self._put("#saved", text)

    def watch_problems(self, counts: tuple[int, int]) -> None:
        """Draw the number of problems."""
        errors, warnings = counts
        parts: list[Content] = []
        if errors > 0:
            parts.append(Content.styled(f"! {errors} problem{'s' if errors > 1 else ''}", "$text-error"))
        if warnings > 0:
            parts.append(Content.styled(f"▵ {warnings} hint{'s' if warnings > 1 else ''}", "$text-warning"))
        if (errors, warnings) == (0, 0):
            parts.append(Content.styled("✓ no problems", "$text-success"))
        self._put("#problem-count", Content("  ").join(parts))

    def _put(self, selector: str, content: str | Content) -> None:
        for widget in self.query(selector).results(Static):
            widget.update(content)
            widget.display = bool(content) or selector == "#pipeline-name"

    def on_mount(self) -> None:
        """Draw what was set before the line was on screen."""
        self.watch_pipeline(self.pipeline)
        self.watch_saved(self.saved)
        self.watch_problems(self.problems)
