"""A file's text with colours, or what would change in it, in a pane that scrolls."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.widgets import Static

from tui.views.files import diff_lines, language_of

_DIFF_STYLES = {
    "added": "$text-success",
    "removed": "$text-error",
    "hunk": "$text-accent",
    "context": "$text-muted",
}
_MAX_COLOURED = 60_000


class FileView(ScrollableContainer, can_focus=True):
    """Shows one text at a time; wide lines scroll sideways."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def __init__(self, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._body = Static("", markup=False)
        self._shown: tuple[str, str] | None = None

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._body

    def show_file(self, path: str, text: str) -> None:
        """Show a file's text in the colours of its language."""
        self.show_text(text, language_of(path), key=path)

    def show_text(self, text: str, language: str = "text", *, key: str = "") -> None:
        """Show a text; the scroll position stays while the key is the same."""
        if self._shown == (key, text):
            return
        same = bool(self._shown) and self._shown is not None and self._shown[0] == key
        self._shown = (key, text)
        self._body.update(coloured(text, language))
        if not same:
            self.scroll_home(animate=False)

    def show_diff(self, path: str, diff: str) -> None:
        """Show what would change in a file."""
        pieces = [Content.styled(line.text + "\n", _DIFF_STYLES[line.kind]) for line in diff_lines(diff)]
        self._shown = (path, diff)
        self._body.update(Content("").join(pieces) if pieces else Content("no difference"))
        self.scroll_home(animate=False)


def coloured(text: str, language: str) -> Content:
    """Return a text with the colours of its language; long texts stay plain, to stay fast."""
    text = text.expandtabs(4)
    if language == "text" or len(text) > _MAX_COLOURED:
        return Content(text)
    from textual.highlight import highlight

    return highlight(text, language=language)
