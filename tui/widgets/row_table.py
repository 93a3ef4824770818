"""A table of many rows of which only the visible ones are ever drawn, so that thousands stay smooth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

Row = TypeVar("Row")
Cell = str | Content
_MEASURED_ROWS = 30
"""So many rows tell how wide a column is: about those seen first, which are drawn anyway."""


@dataclass(frozen=True)
class Col:
    """A column: its title, width in cells (0: takes what is left), and the table width below which it is left out."""

    title: str
    width: int = 0
    hide_below: int = 0
    right: bool = False


class RowTable(ScrollView, Generic[Row], can_focus=True):
    """Rows of any kind, drawn by a function that turns one into its cells when it comes into view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--row",
        "row-table--cursor",
        "row-table--hover",
    }
    DEFAULT_CSS = """
    RowTable { height: 1fr; background: transparent; scrollbar-size-vertical: 1; overflow-x: hidden; }
    RowTable > .row-table--header { color: $quiet; }
    RowTable > .row-table--cursor { background: $block-cursor-blurred-background; }
    RowTable:focus > .row-table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    RowTable > .row-table--hover { background: $block-hover-background; }
    RowTable:nocolor > .row-table--cursor { text-style: underline; }
    RowTable:nocolor:focus > .row-table--cursor { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]

    cursor: reactive[int] = reactive(0)
    hovered: reactive[int] = reactive(-1)

    class Highlighted(Message):
        """The cursor came to another row."""

        def __init__(self, table: RowTable[Any], row: object) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> RowTable[Any]:
            """The table."""
            return self.table

    class Clicked(Message):
        """A row was clicked, at this column (-1: none)."""

        def __init__(self, table: RowTable[Any], row: object, column: int, again: bool) -> None:
            super().__init__()
            self.table = table
            self.row = row
            self.column = column
            self.again = again
            """The row was under the cursor already."""

        @property
        def control(self) -> RowTable[Any]:
            """The table."""
            return self.table

    def __init__(
        self, columns: Sequence[Col], cells: Callable[[Row], Sequence[Cell]], *, name: str | None = None
    ) -> None:
        super().__init__(id=name)
        self._columns = tuple(columns)
        self._cells = cells
        self.rows: Sequence[Row] = ()
        self._needs: Sequence[int] | None = None
        """How wide each column would like to be, by the first rows; None when that has to be measured."""

    # -- rows ------------------------------------------------------------------------------------------------

    def show(self, rows: Sequence[Row], *, keep: Callable[[Row], object] | None = None) -> None:
        """Show these rows. With ``keep`` (a row's identity) the cursor stays on the row it was on."""
        before = keep(self.rows[self.cursor]) if keep and self.rows and self.cursor < len(self.rows) else None
        self.rows = rows
        self._needs = None
        self.virtual_size = Size(0, len(rows) + 1)
        position = min(self.cursor, max(0, len(rows) - 1))
        if keep is not None and before is not None:
            position = next((index for index, row in enumerate(rows) if keep(row) == before), position)
        if position == self.cursor:
            self._announce()
        self.cursor = position
        self.refresh()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self._announce()
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        self.refresh()

    def _announce(self) -> None:
        # A message made while the parent handles one of its own goes no further up than the parent.
        self.call_later(self._tell)

    def _tell(self) -> None:
        if self.is_mounted and self.row is not None:
            self.post_message(self.Highlighted(self, self.row))

    # -- moving ----------------------------------------------------------------------------------------------

    def _go(self, index: int) -> None:
        if self.rows:
            self.cursor = max(0, min(index, len(self.rows) - 1))

    def action_move(self, by: int) -> None:
        """Move by a row."""
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move by a page."""
        self._go(self.cursor + by * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """Go to the first row."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._go(len(self.rows) - 1)

    def on_click(self, event: events.Click) -> None:
        """Take the row that was clicked."""
        index = self._index_at(event.y)
        if index >= 0:
            again = index == self.cursor
            self.cursor = index
            self.post_message(self.Clicked(self, self.rows[index], self._column_at(event.x), again))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light up the row under the mouse."""
        self.hovered = self._index_at(event.y)

    def on_leave(self) -> None:
        """No row is under the mouse."""
        self.hovered = -1

    def _index_at(self, y: int) -> int:
        index = y - 1 + self.scroll_offset.y
        return index if y >= 1 and 0 <= index < len(self.rows) else -1

    def _column_at(self, x: int) -> int:
        position = 0
        for index, column, width in self._layout():
            position += width + 1
            if x < position and column:
                return index
        return -1

    # -- drawing ---------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Fit the rows to the new width."""
        self.virtual_size = Size(0, len(self.rows) + 1)
        self.refresh()

    def _layout(self) -> list[tuple[int, Col, int]]:
        """Return index, column and width of the columns that are shown."""
        room = self.scrollable_content_region.width
        shown = [(index, column) for index, column in enumerate(self._columns) if room >= column.hide_below]
        fixed = sum(column.width for _, column in shown) + len(shown) - 1
        flexible = self._shares([index for index, column in shown if not column.width], max(0, room - fixed))
        return [(index, column, column.width or flexible[index]) for index, column in shown]

    def _shares(self, flexible: Sequence[int], room: int) -> dict[int, int]:
        """Divide what is left: evenly, but what one column has no use for goes to those that need more."""
        share, extra = divmod(room, len(flexible) or 1)
        even = {index: share + (place < extra) for place, index in enumerate(flexible)}
        if self._needs is None:
            drawn = [self._cells(row) for row in self.rows[:_MEASURED_ROWS]]
            every = [[column.title for column in self._columns], *drawn]
            widths = (max(map(_cell_width, cells)) for cells in zip(*every, strict=True))
            self._needs = tuple(widths)
        if all(self._needs[index] <= width for index, width in even.items()):
            return even
        divided: dict[int, int] = {}
        needs = self._needs
        for place, index in enumerate(sorted(flexible, key=needs.__getitem__)):
            left = room - sum(divided.values())
            fair = left // (len(flexible) - place)
            last = place == len(flexible) - 1
            divided[index] = left if last else min(needs[index], fair)
        return divided

    def render_line(self, y: int) -> Strip:
        """Draw one line: the header, a row, or nothing."""
        layout = self._layout()
        if y == 0:
            return self._line([column.title for column in self._columns], layout, "row-table--header")
        index = y - 1 + self.scroll_offset.y
        if index >= len(self.rows):
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)
        kind = "row-table--row"
        if index == self.cursor:
            kind = "row-table--cursor"
        elif index == self.hovered:
            kind = "row-table--hover"
        return self._line(self._cells(self.rows[index]), layout, kind)

    def _line(self, cells: Sequence[Cell], layout: list[tuple[int, Col, int]], kind: str) -> Strip:
        style = self.get_visual_style(kind)
        strips: list[Strip] = []
        for position, (index, column, width) in enumerate(layout):
            cell = cells[index]
            content = Content(one_line(cell)) if isinstance(cell, str) else cell
            content = content.truncate(width, ellipsis=True)
            missing = max(0, width - content.cell_length)
            padded = content.pad_left(missing) if column.right else content.pad_right(missing)
            gap = 0 if position == len(layout) - 1 else 1
            strips.extend(Visual.to_strips(self, padded.pad_right(gap), width + gap, 1, style))
        return Strip.join(strips).adjust_cell_length(self.scrollable_content_region.width, style.rich_style)


def _cell_width(cell: Cell) -> int:
    return cell_len(cell) if isinstance(cell, str) else cell.cell_length


def one_line(text: str) -> str:
    """Return text with line ends and other control characters made visible, for a cell."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "⏎" if char == "\n" else "·" for char in text)
