"""What can be done with the suggestions for a table, from wherever on Sources it is shown."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.binding import BindingType

from tui.keymap import bind

from .base import Step
from .sources_tables import TablesView
from .suggestions import RowAdvice
from .suggestions_dialog import SuggestionsDialog
from .tables import TableRow, at_table, at_tables, change_table, pick

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Source, Table

SUGGESTION_KEYS: list[BindingType] = [
    bind("sources.why", "w", "why", "Why", "What is suggested for the table, with reason and alternative", show=True),
    bind("sources.accept", "a", "accept", "Accept", "Take all suggestions for this table", show=True),
    bind("sources.accept_all", "A", "accept_all", "Accept all", "Take all suggestions for all picked tables"),
]  # fmt: skip


class SuggestedTables(Step):
    """A step on one of whose tables the cursor is."""

    index: int
    """The source that is selected."""

    @property
    @abstractmethod
    def source(self) -> Source | None:
        """The source that is selected."""

    @property
    @abstractmethod
    def table_row(self) -> TableRow | None:
        """The table under the cursor."""

    @property
    @abstractmethod
    def view_name(self) -> str:
        """The view that is shown."""

    @property
    @abstractmethod
    def column(self) -> str | None:
        """The column under the cursor, None while columns are not shown."""

    @abstractmethod
    def advice(self, row: TableRow) -> RowAdvice:
        """Return what is suggested for a table."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer suggestions where a table is shown."""
        if action in ("why", "accept", "accept_all"):
            return (
                self.is_mounted
                and self.source is not None
                and self.view_name in ("tables", "table", "settings")
            )
        if action == "test":
            return self.is_mounted and self.source is not None
        return True

    def action_why(self) -> None:
        """Show every suggestion for the table with its reason, to take one by one."""
        row = self.table_row
        if row is None:
            return
        advice = self.advice(row)
        if not advice.suggestions and not advice.notes:
            self.notify("Test the connection (^t): suggestions come with the tables.", markup=False)
            return
        identity = row.identity

        def now() -> RowAdvice:
            current = self.table_row
            return self.advice(current if current is not None and current.identity == identity else row)

        about = self.column or ""
        self.app.push_screen(SuggestionsDialog(row.full_name, now, self._take, self.action_accept, about))

    def _take(self, part: str) -> None:
        row = self.table_row
        if row is not None:
            advice = self.advice(row)
            self._change(
                row, f"take a suggestion for {row.full_name}", lambda table: advice.take(table, part)
            )

    def _change(self, row: TableRow, label: str, change: Callable[[Table], None]) -> None:
        """Change a table, picking it if it was not."""
        index, place = self.index, row.index

        def apply(design: PipelineDesign) -> None:
            if place is None:
                pick(index, [row])(design)
            tables = design.sources[index].tables
            change_table(index, len(tables) - 1 if place is None else place, change)(design)

        self.edit(label, apply, part=at_tables(index) if place is None else at_table(index, place))
        self.sync()

    def action_accept(self) -> None:
        """Take the suggestions for this table, picking it if it was not."""
        row = self.table_row
        if row is None or not self.advice(row).open:
            self.notify("Nothing is suggested here that is not taken.", markup=False, timeout=2)
            return
        self._change(row, f"accept suggestions for {row.full_name}", self.advice(row).apply)

    def action_accept_all(self) -> None:
        """Take all suggestions for all picked tables."""
        self.query_one(TablesView).accept_all()
