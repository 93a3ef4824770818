"""An error as a whole: readable, selectable with keyboard and mouse, never cut off."""

from __future__ import annotations

from textual.widgets import TextArea


class ErrorView(TextArea):
    """Read-only text that wraps and scrolls; hidden while there is nothing to say."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(
            "",
            id=name,
            read_only=True,
            soft_wrap=True,
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self.display = False
        self.cursor_blink = False

    def show(self, text: str) -> None:
        """Show an error, or nothing."""
        self.load_text(text)
        self.display = bool(text)
