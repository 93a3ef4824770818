"""A list of entries with a filter above it as soon as there are many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.keymap import bind

from .text_input import TextInput

FILTER_FROM = 20
"""More entries than this get a filter."""


@dataclass(frozen=True)
class Entry:
    """One entry: what it stands for, how it looks, and what the filter sees of it (in lower case)."""

    key: Hashable
    content: Content
    text: str = ""
    always: bool = False
    """Stays whatever the filter says."""
    disabled: bool = False


class ListFilter(TextInput):
    """The filter's field: down, Enter and Esc go to the entries."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,enter,escape", "entries", "Entries", show=False)]

    def action_entries(self) -> None:
        """Go to the entries."""
        for ancestor in self.ancestors:
            if isinstance(ancestor, FilteredList):
                ancestor.focus_list()
                return


class FilteredList(Vertical):
    """Entries to choose from; every word typed into the filter must occur in an entry.

    Args:
        name: The list's id.
        list_id: Id of the list within, for styles.
        compact: Leave out the space around entries.
    """

    DEFAULT_CSS = """
    FilteredList { height: auto; }
    FilteredList > .list-filter { height: 1; display: none; }
    FilteredList.-many > .list-filter { display: block; }
    FilteredList .list-filter-label { width: 2; color: $quiet; }
    FilteredList .list-filter-count { width: auto; color: $quiet; padding-left: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("list.filter", "slash", "filter", "Filter", "Narrow a list of more than 20 by typing words")
    ]

    class About(Message):
        """Something happened to an entry."""

        def __init__(self, listing: FilteredList, key: Hashable) -> None:
            super().__init__()
            self.listing = listing
            self.key = key

        @property
        def control(self) -> FilteredList:
            """The list."""
            return self.listing

    class Highlighted(About):
        """The person moved to another entry."""

    class Chosen(About):
        """The person pressed Enter on an entry, or clicked it."""

    def __init__(self, *, name: str, list_id: str, compact: bool = False) -> None:
        super().__init__(id=name)
        self.options = OptionList(id=list_id, markup=False, compact=compact)
        self._entries: Sequence[Entry] = ()
        self._shown: list[Entry] = []

    def compose(self) -> ComposeResult:
        """The filter over the entries."""
        with Horizontal(classes="list-filter"):
            yield Static("/", markup=False, classes="list-filter-label")
            yield ListFilter(placeholder="type to narrow")
            yield Static("", markup=False, classes="list-filter-count")
        yield self.options

    @property
    def current(self) -> Hashable | None:
        """What the entry under the cursor stands for, None while there is none."""
        at = self.options.highlighted
        return self._shown[at].key if at is not None and at < len(self._shown) else None

    def show(self, entries: Sequence[Entry], current: Hashable | None = None) -> None:
        """Show these entries, narrowed by the filter, with the cursor on one of them."""
        self._entries = entries
        self.set_class(len(entries) > FILTER_FROM or bool(self._words()), "-many")
        self._narrow(current)

    def go_to(self, key: Hashable) -> None:
        """Put the cursor on an entry, taking the filter away if it hides it."""
        if not any(entry.key == key for entry in self._shown):
            with self.prevent(Input.Changed):
                self.query_one(ListFilter).value = ""
        self._narrow(key)

    def focus_list(self) -> None:
        """Focus the entries."""
        self.options.focus()

    def _words(self) -> list[str]:
        return self.query_one(ListFilter).value.lower().split() if self.is_mounted else []

    def _narrow(self, current: Hashable | None) -> None:
        words = self._words()
        entries = self._entries
        if words:
            entries = [e for e in entries if e.always or all(word in e.text for word in words)]
        self._shown = list(entries)
        with self.prevent(OptionList.OptionHighlighted):
            self.options.set_options(Option(entry.content, disabled=entry.disabled) for entry in entries)
            at = next((at for at, entry in enumerate(self._shown) if entry.key == current), 0)
            self.options.highlighted = at if self._shown else None
        found = sum(not entry.always for entry in entries)
        total = sum(not entry.always for entry in self._entries)
        self.query_one(".list-filter-count", Static).update(f"{found} of {total}" if words else f"{total}")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow; the first entry that is left is the one under the cursor."""
        event.stop()
        before = self.current
        self._narrow(before)
        if self._shown and self.current != before:
            self.post_message(self.Highlighted(self, self.current))

    def action_filter(self) -> None:
        """Go to the filter."""
        if self.has_class("-many"):
            self.query_one(ListFilter).focus()

    def on_key(self, event: events.Key) -> None:
        """Go up from the first entry into the filter."""
        first = self.options.has_focus and not self.options.highlighted
        if event.key == "up" and first and self.has_class("-many"):
            event.stop()
            event.prevent_default()
            self.query_one(ListFilter).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell which entry the cursor came to."""
        event.stop()
        if event.option_index < len(self._shown):
            self.post_message(self.Highlighted(self, self._shown[event.option_index].key))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell which entry was chosen."""
        event.stop()
        if event.option_index < len(self._shown):
            self.post_message(self.Chosen(self, self._shown[event.option_index].key))
