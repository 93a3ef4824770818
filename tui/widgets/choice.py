"""One of several values: the current one in a line, all of them with their explanation in a dialog.

A value that cannot work stays visible, greyed out with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.keymap import bind

from .dialog import ListDialog

FILTER_FROM = 12
"""Options from which the dialog has a filter."""


@dataclass(frozen=True)
class Item:
    """One value: what it is called, what it means, and why it cannot be chosen, if so."""

    value: str
    label: str
    help: str = ""
    blocked: str = ""


class Choice(Widget, can_focus=True):
    """Shows ``label ▾``; Enter, space or a click opens the values, left and right step through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "form.choose", "enter,space", "open", "Choose", "See all values, with what each means", show=True
        ),
        bind("form.previous_value", "left", "step(-1)", "Previous", "Take the value before"),
        bind("form.next_value", "right", "step(1)", "Following", "Take the value after"),
    ]
    value: reactive[str] = reactive("")

    class Changed(Message):
        """The person chose another value."""

        def __init__(self, choice: Choice, value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> Choice:
            """The widget that changed."""
            return self.choice

    def __init__(
        self,
        items: list[Item],
        value: str = "",
        *,
        title: str = "Choose",
        name: str | None = None,
        classes: str = "",
    ) -> None:
        super().__init__(id=name, classes=classes)
        self.items = items
        self.title = title
        self.set_reactive(Choice.value, value)

    def set_items(self, items: list[Item]) -> None:
        """Offer other values."""
        if items != self.items:
            self.items = items
            self.refresh()

    def render(self) -> RenderResult:
        """Return the current value and the sign that there are more."""
        item = next((item for item in self.items if item.value == self.value), None)
        label = item.label if item else (self.value or "choose")
        room = max(4, self.size.width - 4)
        shown = label if len(label) <= room else label[: room - 1] + "…"
        mark = (" !", "$text-error") if item and item.blocked else ""
        style = "" if item else "$quiet"
        return Content.assemble((f" {shown}", style), mark, (" ▾", "$text-accent"))

    def get_content_width(self, container: object, viewport: object) -> int:
        """Return the width of the longest value."""
        return max((len(item.label) for item in self.items), default=6) + 5

    def choose(self, value: str) -> None:
        """Take a value and say so."""
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self, value))

    def action_step(self, by: int) -> None:
        """Take the next value in a direction that is not blocked."""
        possible = [item.value for item in self.items if not item.blocked]
        if possible:
            index = possible.index(self.value) + by if self.value in possible else 0
            self.choose(possible[max(0, min(index, len(possible) - 1))])

    def action_open(self) -> None:
        """Show all values."""
        self.app.push_screen(ChoiceDialog(self.title, self.items, self.value), self._chosen)

    def _chosen(self, value: str | None) -> None:
        if value is not None:
            self.choose(value)

    def on_click(self, event: events.Click) -> None:
        """Show all values."""
        event.stop()
        self.action_open()


class ChoiceDialog(ListDialog[str]):
    """All values with their explanations; returns the chosen one, None when closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("choice.close", "escape", "close", "Close", "Keep the value as it is"),
        bind("choice.down", "down", "move(1)", "Down", "Move down the list"),
        bind("choice.up", "up", "move(-1)", "Up", "Move up the list"),
    ]

    def __init__(self, title: str, items: list[Item], value: str, *, marks: bool = True) -> None:
        super().__init__()
        self._marks = marks
        self._title = title
        self._items = items
        self._value = value
        self._shown: list[Item] = []
        self._query = ""

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "⏎ take · esc close"
            if len(self._items) >= FILTER_FROM:
                self.rows_around = ListDialog.rows_around + 1
                yield Input(placeholder="type to filter", compact=True)
            yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """Start in the filter, where there is one."""
        self.query("Input, OptionList").first().focus()

    def fill(self) -> None:
        """List what the filter leaves, with the cursor on the value in force."""
        words = self._query.lower().split()
        listing = self.query_one(OptionList)
        self._shown = [
            item for item in self._items if all(word in f"{item.label} {item.help}".lower() for word in words)
        ]
        listing.set_options(Option(self._text(item), disabled=bool(item.blocked)) for item in self._shown)
        current = next((index for index, item in enumerate(self._shown) if item.value == self._value), None)
        if current is not None and not self._shown[current].blocked:
            listing.highlighted = current
        elif self._shown:
            listing.action_first()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        self._query = event.value
        self.fill()

    def on_input_submitted(self) -> None:
        """Take the value under the cursor."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return it."""
        self.dismiss(self._shown[event.option_index].value)

    def _text(self, item: Item) -> Content:
        """Return mark and name, and under them what the value means, or why it cannot be."""
        mark = "●" if item.value == self._value else "✗" if item.blocked else "○"
        glyph = f"{mark} " if self._marks else ""
        room = max(20, self.wrapped_for - len(glyph) - 2)
        lines = [Content.assemble(glyph, (item.label, "" if item.blocked else "bold"))]
        for text, style in (
            (item.help, "$quiet"),
            (item.blocked and f"not possible: {item.blocked}", "$text-warning"),
        ):
            lines += [Content.styled(" " * len(glyph) + line, style) for line in wrap(text, room)]
        return Content("\n").join(lines)
