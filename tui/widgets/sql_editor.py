"""A code editor for SQL and Python: colours, an error underlined where it is, completion while one types.

Colours come from pygments' tokens laid over `TextArea.get_line`; tree-sitter is not used, because its current
wheel crashes the interpreter on some grammars.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from tui.views.completion import Suggestion, word_before
from tui.views.highlight import KINDS, token_lines

Completer = Callable[[str, int, int], Sequence[Suggestion]]
"""From text, line and column (both from 0) to what may stand there."""

_SHOWN_SUGGESTIONS = 50


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
            self.insert("\n" + self._indent_after())
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

    def _indent_after(self) -> str:
        row, column = self.cursor_location
        before = self.document[row][:column]
        indent = before[: len(before) - len(before.lstrip())]
        opens = before.rstrip().endswith((":", "(")) if self.code_language == "python" else False
        opens = opens or before.rstrip().upper().endswith(("SELECT", "("))
        return indent + ("    " if opens else "")


class CompletionList(OptionList, can_focus=False):
    """What may stand at the cursor; drawn over the screen, never focused."""


class CodeEditor(Container):
    """An editor with completion.

    Args:
        text: Initial text.
        language: ``sql`` or ``python``.
        completer: Gives the suggestions; none without it.
    """

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    # The style sheet also styles the text area within, so it must not be confined to this widget's own type.
    SCOPED_CSS = False

    class Changed(Message):
        """The text changed by the person's hand (or by `load`)."""

        def __init__(self, editor: CodeEditor, text: str) -> None:
            super().__init__()
            self.editor = editor
            self.text = text

        @property
        def control(self) -> CodeEditor:
            """The editor."""
            return self.editor

    def __init__(
        self,
        text: str = "",
        *,
        language: str = "sql",
        completer: Completer | None = None,
        widget_id: str | None = None,
    ) -> None:
        super().__init__(id=widget_id)
        self.completer = completer
        self.area = CodeArea(text, language=language)
        self._list = CompletionList(markup=False)
        self._suggestions: Sequence[Suggestion] = ()
        self._quiet_text = text
        self._chosen_by_hand = False

    def compose(self) -> ComposeResult:
        """The text and, above all else on the screen, the suggestions."""
        yield self.area
        yield self._list

    @property
    def text(self) -> str:
        """The whole text."""
        return self.area.text

    @property
    def language(self) -> str:
        """``sql`` or ``python``."""
        return self.area.code_language

    def load(self, text: str, language: str | None = None) -> None:
        """Show another text without saying that it changed; the cursor stays when the text is the same."""
        if language and language != self.area.code_language:
            self.area.code_language = language
            self.area.watch_mark()
        if text != self.area.text:
            self._quiet_text = text
            self.area.load_text(text)
        self.close_suggestions()

    def focus_text(self, line: int | None = None, column: int = 0) -> None:
        """Focus the text, at a line and column (from 0) when given."""
        self.area.focus()
        if line is not None:
            self.area.move_cursor(self.area.clamp_visitable((line, column)), center=True)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell of the change and look for suggestions."""
        event.stop()
        text = self.area.text
        if text == self._quiet_text:
            return
        self._quiet_text = text
        self.post_message(self.Changed(self, text))
        self.suggest()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """Close the suggestions when the cursor wanders off."""
        event.stop()
        if self.area.completing and not self._prefix() and not self._after_dot():
            self.close_suggestions()

    def suggest(self, *, asked: bool = False) -> None:
        """Show what may stand at the cursor; ``asked`` shows it without a first letter as well."""
        prefix = self._prefix()
        wanted = asked or len(prefix) >= 1 or self._after_dot()
        if not (self.completer and wanted and self.area.has_focus):
            self.close_suggestions()
            return
        row, column = self.area.cursor_location
        found = [s for s in self.completer(self.area.text, row, column) if s.insert != prefix]
        self._suggestions = found[:_SHOWN_SUGGESTIONS]
        if not self._suggestions:
            self.close_suggestions()
            return
        width = max(len(s.label) for s in self._suggestions)
        self._list.set_options(
            Option(Content.assemble(s.label.ljust(width), ("  " + s.detail, "dim")))
            for s in self._suggestions
        )
        self._list.highlighted = 0
        self._chosen_by_hand = False
        self.area.completing = True
        self._place(self._suggestions[0].back)
        self._list.display = True

    def _place(self, back: int) -> None:
        widest = max((len(s.label) + len(s.detail) + 6 for s in self._suggestions), default=20)
        height = min(8, len(self._suggestions)) + 2
        self._list.styles.width = min(widest, 48)
        self._list.styles.height = height
        x, y = self.area.cursor_screen_offset
        below = y + 1 + height <= self.screen.size.height
        self._list.absolute_offset = Offset(max(0, x - back - 1), y + 1 if below else max(0, y - height))

    def close_suggestions(self) -> None:
        """Hide the suggestions."""
        self.area.completing = False
        self._list.display = False

    def on_code_area_completion_key(self, event: CodeArea.CompletionKey) -> None:
        """Move in the suggestions, take one, or close them."""
        event.stop()
        if event.key in {"up", "down"}:
            self._chosen_by_hand = True
            getattr(self._list, f"action_cursor_{event.key}")()
        elif event.key == "tab" or (event.key == "enter" and self._chosen_by_hand):
            self._take(self._list.highlighted or 0)
        else:
            self.close_suggestions()
            if event.key == "enter":
                self.area.insert("\n" + self.area._indent_after())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the suggestion clicked."""
        event.stop()
        self._take(event.option_index)
        self.area.focus()

    def on_descendant_blur(self) -> None:
        """Close the suggestions when the editor loses the focus."""
        self.close_suggestions()

    def _take(self, index: int) -> None:
        if index >= len(self._suggestions):
            return
        row, column = self.area.cursor_location
        start = (row, column - len(self._prefix()))
        self.area.replace(
            self._suggestions[index].insert, start, (row, column), maintain_selection_offset=False
        )
        self.area.move_cursor((row, start[1] + len(self._suggestions[index].insert)))
        self.close_suggestions()

    def _prefix(self) -> str:
        row, column = self.area.cursor_location
        return word_before(self.area.document[row], column)

    def _after_dot(self) -> bool:
        row, column = self.area.cursor_location
        return self.area.document[row][:column].endswith(".")
