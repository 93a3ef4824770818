"""Sample rows of a table, read live, to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Button, Static

from tui.probing import sample
from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.result_table import ResultTable
from tui.widgets.row_table import one_line

if TYPE_CHECKING:
    from generator.connectors.catalog import Sample

    from .sources import SourcesStep
    from .tables import TableRow

CELL_WIDTH = 40
"""Longest value shown in a cell."""


class RowsView(Vertical):
    """The rows as a table; NULL is told from text by its looks."""

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="rows-view")
        self.step = step
        self._shown: Sample | None = None
        self._wanted: tuple[str, str] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield ConnectionTester("rows-tester", label="Read again")
        yield ResultTable(id="sample", cursor_type="cell")
        yield Static("", markup=False, id="rows-empty", classes="empty")

    def sync(self) -> None:
        """Show the table's rows, reading them when they are not known yet."""
        row, source = self.step.table_row, self.step.source
        if row is None or source is None:
            self._say("Pick a table under Tables to look at its rows.")
            return
        found = self.step.state.facts_of(source.name).samples.get(row.full_name)
        if found is not None:
            self._show(found)
        elif row.probed is None:
            self._say("Test the connection (^t) to look at rows.")
        elif self._wanted != (source.name, row.full_name):
            self._read(row)

    def _say(self, text: str) -> None:
        self.query_one("#rows-empty", Static).update(text)
        self.query_one("#rows-empty").display = True
        self.query_one(ResultTable).display = False
        self.query_one(ConnectionTester).display = False

    def _read(self, row: TableRow) -> None:
        source = self.step.source
        if source is None:
            return
        self._wanted = (source.name, row.full_name)
        self.query_one("#rows-empty").display = False
        self.query_one(ResultTable).display = False
        tester = self.query_one(ConnectionTester)
        tester.display = True

        async def work() -> str:
            if row.probed is None:
                return ""
            state = self.step.state
            found = await sample(source.type, source.connection, state.environment(), row.probed)
            state.facts_of(source.name).samples[row.full_name] = found
            self._wanted = None
            state.facts_changed(source.name)
            return f"{len(found.rows)} rows · {len(found.columns)} columns"

        tester.start(work)

    def _show(self, found: Sample) -> None:
        table = self.query_one(ResultTable)
        table.display = True
        if self.has_focus_within:
            table.focus()
        self.query_one("#rows-empty").display = False
        tester = self.query_one(ConnectionTester)
        tester.display = True
        tester.show("ok", f"{len(found.rows)} rows · {len(found.columns)} columns")
        if found is self._shown:
            return
        self._shown = found
        titles = [Text(one_line(name)) for name in found.columns]
        table.fill(titles, [[_cell(value) for value in values] for values in found.rows])

    def cancel(self) -> bool:
        """Cancel reading; False when nothing is read."""
        return self.query_one(ConnectionTester).cancel()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Read again, or cancel."""
        event.stop()
        row = self.step.table_row
        if not self.cancel() and row is not None:
            self._read(row)

    def focus_first(self) -> None:
        """Start in the rows."""
        table = self.query_one(ResultTable)
        (table if table.display else self.query_one(Button)).focus()


def _cell(value: str | None) -> Text:
    if value is None:
        return Text("NULL", style="italic dim")
    text = one_line(value)
    return Text(text if len(text) <= CELL_WIDTH else text[: CELL_WIDTH - 1] + "…")
