"""Text that is put on the screen again and again: drawn only when it differs, laid out only when it may grow."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


def put(widget: Static, text: str | Content, *, resize: bool = True) -> None:
    """Show a text; nothing happens where it is there already.

    Args:
        widget: Where to show it.
        text: Plain, or with styles of its own.
        resize: False where the widget's size does not depend on the text: a new layout of the whole screen is dear.
    """
    content = text if isinstance(text, Content) else Content(text)
    shown = widget.content
    if not (isinstance(shown, Content) and shown.is_same(content)):
        widget.update(content, layout=resize)
