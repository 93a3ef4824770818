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


def possible(action: str, row: CheckRow | None, *, suggested: bool) -> bool:
    """Tell whether an action of the step does something with the line under the cursor.

    Args:
        action: Name of the action.
        row: The line.
        suggested: Whether any check is suggested.
    """
    kind = row.kind if row else "heading"
    if action in {"duplicate", "delete"}:
        return kind == "check"
    if action == "accept":
        return kind == "suggestion"
    if action == "accept_all":
        return suggested
    return action != "edit_check" or kind != "heading"
