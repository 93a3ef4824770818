"""The files of the project, each with what becomes of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.views.arrivals import file_cells
from tui.views.writing import Plan, PlannedFile
from tui.widgets.filter_table import FilterTable
from tui.widgets.row_table import Col, RowTable

_COLUMNS = (Col("", 1), Col("file", 0), Col("state", 10, hide_below=44))


class WriteFiles(Vertical):
    """All files, or only those that would be touched."""

    def __init__(self) -> None:
        super().__init__(id="write-files", classes="pane")
        self._plan = Plan()
        self._changed_only = False

    def compose(self) -> ComposeResult:
        """The list with its filter."""
        self.border_title = "Files"
        yield FilterTable[PlannedFile](
            _COLUMNS,
            file_cells,
            text=lambda file: f"{file.path} {file.state}".lower(),
            identity=lambda file: file.path,
            name="write-list",
        )

    @property
    def table(self) -> RowTable[PlannedFile]:
        """The rows."""
        return self.query_one("#write-list", FilterTable).table

    def show(self, plan: Plan) -> None:
        """Show the files of a plan."""
        self._plan = plan
        self._draw()

    def toggle_changed(self) -> None:
        """Show only files that would be touched, or all."""
        self._changed_only = not self._changed_only
        self._draw()

    def _draw(self) -> None:
        shown = [file for file in self._plan.files if not self._changed_only or file.state != "unchanged"]
        self.border_title = "Files that change" if self._changed_only else "Files"
        self.query_one("#write-list", FilterTable).show(shown)
