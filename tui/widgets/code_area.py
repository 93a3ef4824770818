"""A text area for SQL and Python that colours its text and underlines an error where it is.

Colours come from pygments' tokens laid over `TextArea.get_line`; tree-sitter is not used, because its current
wheel crashes the interpreter on some grammars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import TextArea

from tui.views.highlight import KINDS, token_lines


@dataclass(frozen=True)
class Mark:
    """A place to underline: line and column from 0, and how many columns (to the end of the word when 0)."""

    line: int
    column: int
    length: int = 0


class CodeArea(TextArea):
    """A TextArea that colours its text and marks one error."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"code--{kind}" for kind in (*KINDS, "error")}
    BINDING_GROUP_TITLE = "Editor"

    class CompletionKey(Message):
        """A key that belongs to the completion list while it is open."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    mark: reactive[Mark | None] = reactive(None)

    def __init__(self, text: str = "", *, language: str = "sql", widget_id: str | None = None) -> None:
        super().__init__(
            text,
            id=widget_id,
            show_line_numbers=True,
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=True,
        )
        self.code_language = language
        self.completing = False
        self._token_styles: dict[str, Style] = {}
        self._coloured: tuple[str, tuple[tuple[object, ...], ...]] | None = None

    def notify_style_update(self) -> None:
        """Forget the colours of the theme before."""
        self._token_styles = {}
        super().notify_style_update()

    def watch_mark(self) -> None:
        """Draw the marked line anew."""
        self._line_cache.clear()
        self.refresh()

    def get_line(self, line_index: int) -> Text:
        """Return one line with its tokens coloured and the error underlined."""
        line = super().get_line(line_index)
        tokens = token_lines(self.document.text, self.code_language)
        if line_index < len(tokens):
            for start, end, kind in tokens[line_index]:
                line.stylize(self._style(kind), start, end)
        if self.mark and self.mark.line == line_index:
            start, end = self._marked(line.plain, self.mark)
            line.stylize(self._style("error"), start, end)
        return line

    def _style(self, kind: str) -> Style:
        if kind not in self._token_styles:
            # Only the letters are coloured, so that selection and cursor line keep their own background.
            style = self.get_component_rich_style(f"code--{kind}", partial=True)
            self._token_styles[kind] = Style(
                color=style.color, bold=style.bold, italic=style.italic, underline=style.underline
            )
        return self._token_styles[kind]

    @staticmethod
    def _marked(line: str, mark: Mark) -> tuple[int, int]:
        start = min(mark.column, max(0, len(line) - 1))
        if mark.length:
            return start, start + mark.length
        end = start
        while end < len(line) and (line[end].isalnum() or line[end] == "_"):
            end += 1
        return start, max(end, start + 1)

    async def _on_key(self, event: events.Key) -> None:
        if self.completing and event.key in {"up", "down", "tab", "escape", "enter"}:
            self.post_message(self.CompletionKey(event.key))
            event.stop()
            event.prevent_default()
            return
        if event.key == "enter" and not self.read_only:
            event.stop()
            event.prevent_default()
            self.insert("\n" + self.indent_after())
            return
        if event.key == "tab" and self.code_language == "python" and self._in_indent():
            event.stop()
            event.prevent_default()
            self.insert("    ")
            return
        await super()._on_key(event)

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Tell which keys the editor takes before the screen's bindings see them."""
        if self.completing and key in {"up", "down", "tab", "escape", "enter"}:
            return True
        if key == "tab" and self.code_language == "python" and self._in_indent():
            return True
        return super().check_consume_key(key, character)

    def _in_indent(self) -> bool:
        row, column = self.cursor_location
        return not self.document[row][:column].strip()

    def indent_after(self) -> str:
        """Return the blanks a new line after the cursor starts with."""
        row, column = self.cursor_location
        before = self.document[row][:column]
        indent = before[: len(before) - len(before.lstrip())]
        opens = before.rstrip().endswith((":", "(")) if self.code_language == "python" else False
        opens = opens or before.rstrip().upper().endswith(("SELECT", "("))
        return indent + ("    " if opens else "")
