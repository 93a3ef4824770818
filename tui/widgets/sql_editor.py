"""A code editor for SQL and Python: completion while one types, over a coloured text area."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from tui.views.completion import Suggestion, word_before

from .code_area import CodeArea

Completer = Callable[[str, int, int], Sequence[Suggestion]]
"""From text, line and column (both from 0) to what may stand there."""

_SHOWN_SUGGESTIONS = 50


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
                self.area.insert("\n" + self.area.indent_after())

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
