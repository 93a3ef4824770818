"""One or several columns, picked from those there are; what is suggested comes first, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult, RenderResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from tui.keymap import bind

from .choice import Choice
from .dialog import ListDialog
from .filtered_list import Entry, FilteredList
from .text_input import TextInput

Named = tuple[str, str]
"""Name and type of a column."""
_SUGGESTED = "\0suggested"
_AROUND_NAME = 10
"""Cells of a line beside name and type: the box, the gaps, the order."""


@dataclass(frozen=True)
class SuggestedColumns:
    """Columns that are advised, and why."""

    names: tuple[str, ...]
    reason: str


class ColumnsChoice(Choice):
    """Shows the columns picked; Enter, space or a click opens all of them. The value is ``a, b``.

    Args:
        columns: What there is to pick from; empty while it is not known.
        value: What is picked.
        title: Title of the dialog.
        suggested: What is advised.
        single: At most one column.
        what: What is picked, in the plural.
    """

    def __init__(
        self,
        columns: Sequence[Named],
        value: str = "",
        *,
        title: str,
        suggested: SuggestedColumns | None = None,
        single: bool = False,
        what: str = "columns",
    ) -> None:
        super().__init__([], value, title=title)
        self.columns = tuple(columns)
        self.suggested = suggested
        self._single = single
        self._what = what

    def render(self) -> RenderResult:
        """Return what is picked, or what is suggested."""
        room = max(4, self.size.width - 4)
        if self.value:
            shown = self.value if len(self.value) <= room else self.value[: room - 1] + "…"
            return Content.assemble(f" {shown}", (" ▾", "$text-accent"))
        if self.suggested:
            names = ", ".join(self.suggested.names)
            shown = names if len(names) <= room - 12 else names[: max(1, room - 13)] + "…"
            return Content.assemble((" none ▾ ", "$quiet"), (f" ✦ {shown}?", "$accent"))
        return Content.assemble((" none", "$quiet"), (" ▾", "$text-accent"))

    def action_step(self, by: int) -> None:
        """Columns are not stepped through."""

    def action_open(self) -> None:
        """Show all columns."""
        dialog = ColumnsDialog(
            self.title,
            self.columns,
            names_in(self.value),
            self.suggested,
            single=self._single,
            what=self._what,
        )
        self.app.push_screen(dialog, self._picked)

    def _picked(self, names: tuple[str, ...] | None) -> None:
        if names is not None:
            self.choose(", ".join(names))


class ColumnsDialog(ListDialog["tuple[str, ...]"]):
    """All columns with a box each; returns those picked in the order they were, None when closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("columns.close", "escape", "close", "Close", "Keep the columns as they were"),
        bind("columns.pick", "space", "pick", "Pick", "Take the column in, or leave it out"),
        bind("columns.done", "enter", "done", "Done", "Take the columns picked", priority=True),
    ]

    def __init__(
        self,
        title: str,
        columns: Sequence[Named],
        picked: Sequence[str],
        suggested: SuggestedColumns | None,
        *,
        single: bool,
        what: str,
    ) -> None:
        super().__init__()
        self._title = title
        known = {name for name, _ in columns}
        # What was picked before stays to be seen, also when the query does not give it any more.
        note = "not there now" if columns else ""
        self._columns = [*columns, *((name, note) for name in picked if name not in known)]
        self._picked = list(picked)
        self._suggested = suggested
        self._single = single
        self._what = what
        self._unknown = not columns
        self._touched = False

    def compose(self) -> ComposeResult:
        """The columns, or a field for their names while they are not known."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = (
                f"{'⏎ add, then done' if self._unknown else 'space pick · ⏎ done'} · esc close"
            )
            self.rows_around = ListDialog.rows_around + (6 if self._unknown else 3)
            if self._unknown:
                note = f"The {self._what} are not known yet. Type a name; Enter adds it, Enter again is done."
                yield Static(note, markup=False, classes="dialog-note")
                yield TextInput(placeholder="name", name="columns-name")
            yield FilteredList(name="columns-list", list_id="columns-options", compact=True)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="columns-cancel", compact=True)
                yield Button("Take", id="columns-take", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start where a person picks."""
        (self.query_one("#columns-name") if self._unknown else self.query_one("#columns-options")).focus()

    def fill(self) -> None:
        """List the columns: at first with the cursor on one that is picked, else on the suggestion."""
        known = self.query_one(FilteredList).current is not None
        self._draw(self._picked[0] if self._picked and not known else None)

    def _draw(self, current: object = None) -> None:
        listing = self.query_one(FilteredList)
        room = max(30, self.wrapped_for - 2)
        kinds = max((cell_len(kind) for _, kind in self._columns), default=0)
        longest = max((cell_len(name) for name, _ in self._columns), default=0)
        width = max(8, min(longest, room - kinds - _AROUND_NAME))
        entries = []
        if self._suggested and list(self._suggested.names) != self._picked:
            names = Content.assemble(("✦ ", "$accent"), (", ".join(self._suggested.names), "bold"))
            reason = Content.styled(self._suggested.reason, "$quiet").wrap(room - 2)
            lines = [names, *(Content.assemble("  ", line) for line in reason)]
            entries.append(Entry(_SUGGESTED, Content("\n").join(lines), always=True))
        for name, kind in self._columns:
            entries.append(Entry(name, self._line(name, kind, width), f"{name} {kind}".lower()))
        kept = current if current is not None else listing.current
        listing.show(entries, kept if isinstance(kept, str) else None)

    def _line(self, name: str, kind: str, width: int) -> Content:
        on, off = ("(●)", "( )") if self._single else ("[✓]", "[ ]")
        picked = name in self._picked
        box = Content.styled(on, "bold $text-success") if picked else Content.styled(off, "$quiet")
        order = f"  {self._picked.index(name) + 1}" if picked and len(self._picked) > 1 else ""
        shown = Content(name).truncate(width, ellipsis=True, pad=True)
        return Content.assemble(box, " ", shown, "  ", (kind, "$quiet"), (order, "$text-success"))

    def _toggle(self, key: object) -> None:
        self._touched = True
        if key == _SUGGESTED and self._suggested:
            self._picked = list(self._suggested.names)
        elif not isinstance(key, str):
            return
        elif key in self._picked:
            self._picked.remove(key)
        elif self._single:
            self._picked = [key]
        else:
            self._picked.append(key)
        self._draw(key if key != _SUGGESTED else self._picked[0])

    def on_filtered_list_chosen(self, event: FilteredList.Chosen) -> None:
        """A click picks."""
        event.stop()
        self._toggle(event.key)

    def action_pick(self) -> None:
        """Take the column under the cursor in, or leave it out."""
        self._toggle(self.query_one(FilteredList).current)

    def action_done(self) -> None:
        """Return what is picked; with nothing picked yet, what is under the cursor."""
        focused = self.focused
        if isinstance(focused, Button):
            focused.press()
        elif isinstance(focused, Input) and focused.id == "columns-name" and focused.value.strip():
            self._add(focused.value.strip())
            focused.value = ""
        elif isinstance(focused, Input) and focused.id != "columns-name":
            self.query_one(FilteredList).focus_list()
        else:
            if not self._picked and not self._touched and not self._unknown:
                self._toggle(self.query_one(FilteredList).current)
            self.dismiss(tuple(self._picked))

    def _add(self, name: str) -> None:
        if name not in {known for known, _ in self._columns}:
            self._columns.append((name, ""))
        if name not in self._picked:
            self._toggle(name)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take, or close."""
        event.stop()
        self.dismiss(tuple(self._picked) if event.button.id == "columns-take" else None)


def names_in(value: str) -> list[str]:
    """Return the names of ``a, b``."""
    return [name.strip() for name in value.split(",") if name.strip()]
