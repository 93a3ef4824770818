"""The list of quality checks with its filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.views.check_cells import COLUMNS
from tui.views.check_rows import STAGE_TITLES, CheckRow
from tui.widgets.folded_table import FoldedTable
from tui.widgets.row_table import Cell


class CheckList(FoldedTable[CheckRow]):
    """Headings, checks and suggestions; while it is filtered the headings make way.

    Args:
        cells: A row's cells.
    """

    def __init__(self, cells: Callable[[CheckRow], Sequence[Cell]]) -> None:
        super().__init__(
            COLUMNS,
            cells,
            text=_search,
            identity=lambda row: row.identity,
            name="check-list",
            placeholder="a table, a check, a severity",
        )

    def show(self, rows: Sequence[CheckRow]) -> None:
        """Show these lines; the cursor starts on the first check, not on its heading."""
        super().show(rows)
        first = self.table.rows[:2]
        if self.table.cursor == 0 and [row.kind == "heading" for row in first] == [True, False]:
            self.table.cursor = 1


def _search(row: CheckRow) -> str:
    if row.kind == "heading":
        return ""
    stage = STAGE_TITLES.get(row.stage, "")
    check = row.check
    words = (
        (row.kind, row.text, stage, check.check, check.severity, check.table or "") if check else (row.text,)
    )
    return " ".join(words).lower()
