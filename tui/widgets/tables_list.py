"""The tables a query may draw on, with their columns and types; Enter or a click puts a name into the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message

from tui.keymap import bind
from tui.views.starter_tables import quote

from .folded_table import FoldedTable
from .row_table import Cell, Col, RowTable

_COLUMNS = (Col("table and column", 0), Col("type", 13, hide_below=28))


class TableLine(NamedTuple):
    """A table (``column`` is empty) or one of its columns; ``search`` is what the filter looks at."""

    table: str
    column: str
    kind: str
    search: str

    @property
    def written(self) -> str:
        """The name as it stands in a query."""
        return quote(self.column) if self.column else ".".join(map(quote, self.table.split(".", 1)))


def table_lines(tables: Mapping[str, Mapping[str, str]]) -> list[TableLine]:
    """Return every table followed by its columns. Takes a moment with thousands: call it in the background."""
    lines = []
    for table, columns in tables.items():
        folded = table.lower()
        schema = table.partition(".")[0] if columns else "not known"
        lines.append(TableLine(table, "", schema, f"{folded} {' '.join(columns).lower()}"))
        lines += [TableLine(table, name, kind, f"{folded} {name.lower()}") for name, kind in columns.items()]
    return lines


def cells(line: TableLine) -> list[Cell]:
    """Return the cells of a line: tables stand out, columns are indented."""
    kind = Content.styled(line.kind, "$quiet")
    if not line.column:
        return [Content.styled(line.table.partition(".")[2] or line.table, "bold $text-accent"), kind]
    return [f"  {line.column}", kind]


class TablesList(FoldedTable[TableLine]):
    """Says what was picked; the owner puts it where it belongs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("transforms.insert", "enter", "pick", "Insert", "Put the table or column into the query")
    ]

    class Picked(Message):
        """The person wants this name in the query."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, name: str) -> None:
        super().__init__(
            _COLUMNS, cells, text=lambda line: line.search, identity=lambda line: (line.table, line.column),
            name=name,
        )  # fmt: skip
        self._lines: Sequence[TableLine] = ()

    def show_lines(self, lines: Sequence[TableLine]) -> None:
        """Show these lines; the very same ones are not drawn again."""
        if lines is not self._lines:
            self._lines = lines
            self.show(lines)

    def action_pick(self) -> None:
        """Put the name under the cursor into the query."""
        if self.row is not None:
            self.post_message(self.Picked(self.row.written))

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Nobody else needs to know."""
        event.stop()

    def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """A second click puts the name into the query."""
        event.stop()
        if event.again:
            self.action_pick()
