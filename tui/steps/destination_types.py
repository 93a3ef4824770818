"""Target types: every column that is published, the type it gets, and what is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from generator.design.types import SIMPLE_TYPES
from tui.keymap import bind
from tui.widgets.advice_line import AdviceLine, Note, Suggestion
from tui.widgets.choice import ChoiceDialog, Item
from tui.widgets.filter_table import FilterTable
from tui.widgets.row_table import Cell, Col, RowTable

from .tables import takes

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

    from .destination import DestinationStep

COLUMNS = (Col("column"), Col("from", 13), Col("stored as", 15), Col("", 6, hide_below=60))
EMPTY = "Pick tables under Sources: the type of each of their columns in the destination is shown here."
OFFERED = (*SIMPLE_TYPES, "decimal(18,2)", "decimal(38,9)")


@dataclass(frozen=True)
class TypeRow:
    """One column and the type it is asked to have."""

    table: str
    column: str
    kind: str
    chosen: str | None
    caveat: str = ""
    text: str = ""


def type_rows(design: PipelineDesign) -> list[TypeRow]:
    """Return every extracted column."""
    return [
        TypeRow(
            table.staging_name,
            column.name,
            column.type,
            design.destination.column_types.get(table.staging_name, {}).get(column.name),
            column.caveat,
            f"{table.staging_name}.{column.name} {column.type}".lower(),
        )
        for source in design.sources
        for table in source.tables
        for column in table.columns_probed
        if takes(table, column.name) and table.pii.get(column.name) != "drop"
    ]


def set_type(design: PipelineDesign, row: TypeRow, kind: str | None) -> None:
    """Choose a column's type; None takes the choice away."""
    types = {table: dict(columns) for table, columns in design.destination.column_types.items()}
    columns = types.setdefault(row.table, {})
    if kind is None:
        columns.pop(row.column, None)
    else:
        columns[row.column] = kind
    design.destination.column_types = {table: chosen for table, chosen in types.items() if chosen}


class TypesView(Vertical):
    """A filterable list; Enter chooses another type."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("destination.type", "enter,space", "choose", "Change", "Choose another type for the column", show=True),
        bind("destination.reset_type", "r", "reset", "Reset", "Take the type the source has", show=True),
        bind("destination.why_type", "w", "why", "Why", "Why this type, and what is lost on the way", show=True),
    ]  # fmt: skip

    def __init__(self, step: DestinationStep) -> None:
        super().__init__(id="types-view")
        self.step = step

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield FilterTable[TypeRow](
            COLUMNS,
            self._cells,
            text=lambda row: row.text,
            identity=lambda row: (row.table, row.column),
            name="type-list",
        )
        yield Static(EMPTY, markup=False, classes="empty", id="types-empty")
        yield AdviceLine("type-advice")

    @property
    def _listing(self) -> FilterTable[TypeRow]:
        return self.query_one(FilterTable)

    def sync(self) -> None:
        """Draw the columns."""
        rows = type_rows(self.step.design)
        self._listing.show(rows)
        self._listing.display = bool(rows)
        self.query_one("#types-empty").display = not rows
        self._draw_advice()

    def _spelled(self, row: TypeRow) -> tuple[str, str]:
        from generator.advice.target_types import advise_target_type

        advice = advise_target_type(row.chosen or row.kind, self.step.design.destination.type)
        return advice.choice, advice.reason

    def _cells(self, row: TypeRow) -> list[Cell]:
        stored, reason = self._spelled(row)
        name = Content.assemble((f"{row.table}.", "$quiet"), row.column)
        mark = Content.styled("chosen", "$text-primary") if row.chosen else Content("")
        spelled = Content.styled(stored, "bold" if row.chosen else "")
        if row.caveat or _loses(reason):
            spelled = Content.assemble(spelled.truncate(15, ellipsis=True), (" ▵", "$text-warning"))
        return [name, Content.styled(row.kind, "$quiet"), spelled, mark]

    def _draw_advice(self) -> None:
        line, row = self.query_one(AdviceLine), self._listing.row
        if row is None:
            line.show([])
            return
        stored, reason = self._spelled(row)
        notes = [Note("not exact", "on the way from the source", row.caveat)] if row.caveat else []
        if _loses(reason) and not row.caveat:
            notes.append(Note("not exact", f"stored as {stored}", reason))
        line.show([Suggestion(f"{row.kind} → {stored}", reason)], f"{row.table}.{row.column}", notes)

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Say what becomes of the column."""
        event.stop()
        self._draw_advice()

    def on_advice_line_clicked(self, event: AdviceLine.Clicked) -> None:
        """Explain the type."""
        event.stop()
        self.action_why()

    def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """Choose by a click on the row that is selected."""
        event.stop()
        if event.again:
            self.action_choose()

    def focus_first(self) -> None:
        """Start in the rows."""
        if self._listing.display:
            self._listing.table.focus()

    def focus_column(self, table: str, column: str) -> bool:
        """Go to a column."""
        self.focus_first()
        return self._listing.go_to((table, column))

    def action_choose(self) -> None:
        """Ask which type."""
        row = self._listing.row
        if row is None:
            return
        from generator.advice.target_types import advise_target_type

        items = []
        for kind in OFFERED:
            advice = advise_target_type(kind, self.step.design.destination.type)
            items.append(Item(kind, kind, f"{advice.choice}: {advice.reason}"))
        self.app.push_screen(
            ChoiceDialog(f"Type of {row.table}.{row.column}", items, row.chosen or row.kind), self._chosen
        )

    def _chosen(self, kind: str | None) -> None:
        row = self._listing.row
        if kind is not None and row is not None:
            wanted = None if kind == row.kind else kind
            self._put(row, wanted)

    def action_reset(self) -> None:
        """Take the type the source has."""
        row = self._listing.row
        if row is not None and row.chosen:
            self._put(row, None)

    def _put(self, row: TypeRow, kind: str | None) -> None:
        def change(design: PipelineDesign) -> None:
            set_type(design, row, kind)

        self.step.edit(f"type of {row.table}.{row.column}", change, part="destination")
        self.sync()

    def action_why(self) -> None:
        """Explain the type."""
        self.query_one(AdviceLine).explain()


def _loses(reason: str) -> bool:
    """Tell whether advice on a type speaks of a loss."""
    return "exact" not in reason
