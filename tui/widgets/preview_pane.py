"""The third pane of a wide terminal: what the step will generate, live."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.highlight import highlight
from textual.widgets import Static

LIMIT = 400
"""Lines shown; a preview is a glance, the Summary step shows whole files."""


class PreviewPane(VerticalScroll, can_focus=False):
    """Highlighted text with a title."""

    def __init__(self) -> None:
        super().__init__(id="preview")
        self.border_title = "will be generated"

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, id="preview-text")

    def show(self, title: str, text: str, language: str) -> None:
        """Show a text in its language's colours, from where the person had scrolled to."""
        self.border_title = title
        lines = text.splitlines()
        if len(lines) > LIMIT:
            text = "\n".join(lines[:LIMIT]) + f"\n… {len(lines) - LIMIT} more lines"
        self.query_one("#preview-text", Static).update(highlight(text, language=language))
