"""The third pane of a wide terminal: what the step will generate, live."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.timer import Timer
from textual.widgets import Static

from tui.background import in_background

if TYPE_CHECKING:
    from tui.steps.base import Preview

DELAY_SECONDS = 0.15

LIMIT = 400
"""Lines shown; a preview is a glance, the Summary step shows whole files."""


class PreviewPane(VerticalScroll, can_focus=False):
    """Highlighted text with a title."""

    DEFAULT_CSS = "PreviewPane { border-subtitle-color: $quiet; }"

    def __init__(self) -> None:
        super().__init__(id="preview")
        self.border_title = "will be generated"
        self._timer_soon: Timer | None = None

    def follow(self, compute: Callable[[], Preview] | None) -> None:
        """Show soon what this computes, off the screen's thread; None keeps what is shown."""
        if self._timer_soon is not None:
            self._timer_soon.stop()
        if compute is not None and self.display:
            self._timer_soon = self.set_timer(DELAY_SECONDS, lambda: self._compute(compute))

    @work(group="preview", exclusive=True)
    async def _compute(self, compute: Callable[[], Preview]) -> None:
        preview = await in_background(compute)
        if self.is_attached:
            self.show(preview.title, preview.text, preview.language, preview.note)

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield Static("", markup=False, id="preview-text")

    def show(self, title: str, text: str, language: str, note: str = "") -> None:
        """Show a text in its language's colours, from where the person had scrolled to."""
        room = max(8, self.size.width - 4)
        self.border_title = Content(title if len(title) <= room else f"…{title[1 - room :]}")
        self.border_subtitle = Content(note)
        lines = text.splitlines()
        if len(lines) > LIMIT:
            text = "\n".join(lines[:LIMIT]) + f"\n… {len(lines) - LIMIT} more lines"
        self.query_one("#preview-text", Static).update(highlight(text, language=language))
