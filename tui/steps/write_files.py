"""The files of the project, each with what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.views.arrivals import file_cells
from tui.views.writing import Plan, PlannedFile
from tui.widgets.filter_table import FilterTable
from tui.widgets.problem_list import ProblemList
from tui.widgets.row_table import Col, RowTable

if TYPE_CHECKING:
    from generator.design.problems import Problem

_COLUMNS = (Col("", 1), Col("file", 0), Col("state", 10, hide_below=44))


class WriteFiles(Vertical):
    """All files, or only those that would be touched."""

    def __init__(self) -> None:
        super().__init__(id="write-files", classes="pane")
        self._plan = Plan()
        self._changed_only = False

    def compose(self) -> ComposeResult:
        """The list with its filter."""
        yield FilterTable[PlannedFile](
            _COLUMNS,
            file_cells,
            text=lambda file: f"{file.path} {file.state}".lower(),
            identity=lambda file: file.path,
            name="write-list",
        )
        yield ProblemList("write-problems")

    def on_mount(self) -> None:
        """There are no problems yet."""
        self.show_problems([], lambda _: "")

    def show_problems(self, errors: list[Problem], subject: Callable[[Problem], str]) -> None:
        """Show what has to be mended first, in place of the files."""
        focused = self.has_focus_within
        self.query_one(ProblemList).list_problems(errors, subject)
        self.query_one("#write-list").display = not errors
        self.border_title = "Problems" if errors else "Files"
        if focused:
            self.focus_list()

    def focus_list(self) -> None:
        """Focus the files, or the problems in their place."""
        problems = self.query_one(ProblemList)
        if problems.display:
            problems.focus_list()
        else:
            self.table.focus()

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
        if not self.query_one(ProblemList).display:
            self.border_title = "Files that change" if self._changed_only else "Files"
        self.query_one("#write-list", FilterTable).show(shown)
