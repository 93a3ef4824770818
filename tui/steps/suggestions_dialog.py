"""Everything suggested for a table, each with its reason and nearest alternative: taken one by one, or all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.keymap import bind
from tui.widgets.advice_line import Note, Suggestion
from tui.widgets.dialog import ListDialog


class Advised(Protocol):
    """Something that notes and suggestions are about."""

    @property
    def notes(self) -> list[Note]:
        """What to know beforehand."""

    @property
    def suggestions(self) -> list[Suggestion]:
        """Everything suggested."""


class SuggestionsDialog(ListDialog[None]):
    """Notes first, then the suggestions.

    Args:
        title: What they are about.
        advice: Returns what is suggested now: asked again after each one taken.
        take: Puts the suggestion of a part into the design.
        take_all: Puts all that are not decided into the design.
        about: The column to start on, where there is something to know about it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("suggestions.close", "escape,w", "close", "Close", "Close the suggestions"),
        bind("suggestions.take", "space", "take", "Take", "Take the suggestion under the cursor"),
        bind(
            "suggestions.take_all", "a", "take_all", "Take all", "Take all suggestions that are not decided"
        ),
    ]

    def __init__(
        self,
        title: str,
        advice: Callable[[], Advised],
        take: Callable[[str], None],
        take_all: Callable[[], None],
        about: str = "",
    ) -> None:
        super().__init__()
        self._title, self._advice, self._take, self._take_all = title, advice, take, take_all
        self._about = about
        self._parts: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Vertical(classes="dialog-box suggestions-box") as box:
            box.border_title = Content(self._title)
            yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """Start on the column's note, else on the first suggestion that is open."""
        self.query_one(OptionList).focus()
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        advice = self._advice()
        notes, suggestions = advice.notes, advice.suggestions
        first = next((index for index, one in enumerate(suggestions) if not one.taken), 0) + len(notes)
        noted = next(
            (index for index, one in enumerate(notes) if self._about and one.about == self._about), first
        )
        if self._parts:
            self.query_one(OptionList).highlighted = min(noted, len(self._parts) - 1)

    def fill(self) -> None:
        """List notes and suggestions, with the cursor where it is."""
        advice, listing = self._advice(), self.query_one(OptionList)
        notes, suggestions = advice.notes, advice.suggestions
        before = listing.highlighted
        listing.clear_options()
        self._parts = [""] * len(notes) + [one.part for one in suggestions]
        width = max(20, self.wrapped_for - 4)
        listing.add_options([Option(_note_text(note, width)) for note in notes])
        listing.add_options([Option(_suggestion_text(one, width)) for one in suggestions])
        if before is not None:
            listing.highlighted = min(before, len(self._parts) - 1)
        can_take = bool(suggestions)
        box = self.query_one(".suggestions-box")
        box.border_subtitle = "⏎ take · a take all · esc close" if can_take else "esc close"

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Take the suggestion under the cursor."""
        index = self.query_one(OptionList).highlighted
        if index is not None and self._parts[index]:
            self._take(self._parts[index])
            self.fill()

    def action_take_all(self) -> None:
        """Take all that are not decided."""
        self._take_all()
        self.fill()


def _note_text(note: Note, width: int) -> Content:
    heading = Content.assemble(("▵ ", "bold $text-warning"), (note.heading, "bold"))
    return Content("\n").join([heading, *_indented(Content(note.text), width), Content("")])


def _suggestion_text(one: Suggestion, width: int) -> Content:
    if one.chosen:
        parts = [("● ", "$text-primary"), (one.what, "bold"), (f"   you chose {one.chosen}", "$quiet")]
    elif one.taken:
        parts = [("✓ ", "bold $text-success"), (one.what, "bold"), ("   taken", "$quiet")]
    else:
        parts = [("✦ ", "bold $text-accent"), (one.what, "bold $text-accent")]
    lines = [Content.assemble(*parts), *_indented(Content(one.reason), width)]
    if one.alternative:
        when = one.alternative_reason or "the next best choice"
        nearest = Content.styled(f"nearest alternative: {one.alternative}, {when}", "$quiet")
        lines += _indented(nearest, width)
    return Content("\n").join([*lines, Content("")])


def _indented(text: Content, width: int) -> list[Content]:
    """Return the text in lines that stand under their heading."""
    return [Content.assemble("  ", line) for line in text.wrap(width - 2)]
