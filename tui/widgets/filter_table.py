"""A table with a filter above it: type to narrow, down to go into the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from tui.keymap import bind

from .row_table import Cell, Col, RowTable
from .still import put
from .text_input import TextInput

Row = TypeVar("Row")


class FilterInput(TextInput):
    """The filter's field: down, Enter and Esc go to the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,enter,escape", "rows", "Rows", show=False)]

    def action_rows(self) -> None:
        """Go to the rows."""
        if isinstance(self.parent, Horizontal) and isinstance(self.parent.parent, FilterTable):
            self.parent.parent.table.focus()


class FilterTable(Vertical, Generic[Row]):
    """Rows that a person narrows by typing words; every word must occur in the row's text.

    Args:
        columns: The columns.
        cells: A row's cells.
        text: What the filter looks at, in lower case.
        identity: What stays the same of a row when its contents change.
    """

    DEFAULT_CSS = """
    FilterTable { height: 1fr; }
    FilterTable > .filter-line { height: 1; }
    FilterTable .filter-label { width: 8; color: $quiet; }
    FilterTable .filter-count { width: auto; color: $quiet; padding-left: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("table.filter", "slash", "filter", "Filter", "Narrow the rows by typing words")
    ]

    def __init__(
        self,
        columns: Sequence[Col],
        cells: Callable[[Row], Sequence[Cell]],
        *,
        text: Callable[[Row], str],
        identity: Callable[[Row], object],
        name: str | None = None,
        placeholder: str = "type to narrow",
    ) -> None:
        super().__init__(id=name)
        self.table: RowTable[Row] = RowTable(columns, cells)
        self._text = text
        self._identity = identity
        self._placeholder = placeholder
        self._all: Sequence[Row] = ()

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Horizontal(classes="filter-line"):
            yield Static("/filter", markup=False, classes="filter-label")
            yield FilterInput(placeholder=self._placeholder)
            yield Static("", markup=False, classes="filter-count")
        yield self.table

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, narrowed by the filter; the cursor stays on its row."""
        self._all = rows
        self._narrow()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.table.row

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that pass the filter."""
        return self.table.rows

    def go_to(self, identity: object) -> bool:
        """Put the cursor on a row, taking the filter away if it hides it."""
        if not any(self._identity(row) == identity for row in self.table.rows):
            self.query_one(FilterInput).value = ""
            self.table.show(self._all)
        for index, row in enumerate(self.table.rows):
            if self._identity(row) == identity:
                self.table.cursor = index
                return True
        return False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow."""
        event.stop()
        self._narrow()

    def _narrow(self) -> None:
        words = self.query_one(FilterInput).value.lower().split()
        rows = self._all
        if words:
            text = self._text
            rows = [row for row in rows if all(word in text(row) for word in words)]
        self.table.show(rows, keep=self._identity)
        count = f"{len(rows)} of {len(self._all)}" if words else f"{len(rows)}"
        put(self.query_one(".filter-count", Static), count)

    def action_filter(self) -> None:
        """Go to the filter."""
        self.query_one(FilterInput).focus()

    def on_key(self, event: events.Key) -> None:
        """Go up from the first row into the filter."""
        if event.key == "up" and self.table.has_focus and self.table.cursor == 0:
            event.stop()
            self.query_one(FilterInput).focus()
