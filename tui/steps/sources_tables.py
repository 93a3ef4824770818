"""The tables of a source: narrow, pick, see what is suggested for each and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.keymap import bind
from tui.widgets.advice_line import AdviceLine
from tui.widgets.filter_table import FilterTable
from tui.widgets.row_table import Cell, Col, RowTable

from .bulk import Known, accepting, picking
from .many_tables import ManyTables
from .suggestions import RowAdvice, advise
from .tables import TableRow, at_tables, count_text, drop, pick, picked_anew, table_rows

if TYPE_CHECKING:
    from generator.connectors.catalog import ProbedTable, Profile, Sample
    from generator.design.models import Source, Table

    from .sources import SourcesStep

COLUMNS = (
    Col("", 3), Col("table"), Col("rows", 5, right=True), Col("key"), Col("each run", 14),
    Col("columns", 8, hide_below=74, right=True),
)  # fmt: skip
EMPTY = """No tables yet.

Press ^t to test the connection: tables appear here as they are found, each with a suggestion for its key and for how \
to read only what changed."""


class TablesView(Vertical):
    """Tables as a filterable list, the suggestion for the one under the cursor below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("sources.pick", "space", "pick", "Pick", "Take the table, or leave it out", show=True),
        bind(
            "sources.open",
            "enter",
            "open",
            "Details",
            "Columns, key, loading and contract of the table",
            show=True,
        ),
        bind("sources.pick_all", "asterisk", "pick_all", "Pick all", "Take, or leave out, all tables shown"),
    ]

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="tables-view")
        self.step = step
        self.many = ManyTables(step, lambda: self.listing.shown)
        self._advice: dict[object, RowAdvice] = {}
        self._advised_on: dict[object, tuple[ProbedTable | None, Profile | None, Sample | None]] = {}
        self._rows: list[TableRow] = []
        self._rows_from: tuple[str, Sequence[ProbedTable], tuple[tuple[str | None, str], ...]] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield FilterTable[TableRow](
            COLUMNS,
            self._cells,
            text=lambda row: row.text,
            identity=lambda row: row.identity,
            name="table-list",
        )
        yield Static(EMPTY, classes="empty", markup=False, id="tables-empty")
        yield AdviceLine("table-advice", keys="w why · a accept all")

    @property
    def listing(self) -> FilterTable[TableRow]:
        """The list."""
        return self.query_one(FilterTable)

    @property
    def row(self) -> TableRow | None:
        """The table under the cursor."""
        return self.listing.row

    @property
    def lines(self) -> int:
        """Lines needed to show every table, its filter and the suggestion."""
        return max(8, len(self.listing.shown) + 6)

    def sync(self) -> None:
        """Draw the selected source's tables."""
        source = self.step.source
        if source is None:
            return
        rows = self._table_rows(source)
        self.listing.show(rows)
        self.listing.display = bool(rows)
        self.query_one("#tables-empty").display = not rows
        self._draw_advice()

    def _table_rows(self, source: Source) -> list[TableRow]:
        """Return all tables, found anew only after a probe or when other ones are picked: there may be thousands."""
        facts = self.step.state.facts_of(source.name)
        picked = tuple((table.namespace, table.table) for table in source.tables)
        seen = facts.arriving or (facts.catalog.tables if facts.catalog else ())
        known = self._rows_from
        if known is None or known[0] != source.name or known[1] is not seen:
            self._rows = table_rows(source, facts.catalog, facts.arriving)
        elif known[2] != picked:
            self._rows = picked_anew(self._rows, source) or table_rows(source, facts.catalog, facts.arriving)
        self._rows_from = (source.name, seen, picked)
        return self._rows

    def table(self, row: TableRow) -> Table | None:
        """Return the design's table of a row, None when it is not picked."""
        source = self.step.source
        if source is None or row.index is None or row.index >= len(source.tables):
            return None
        return source.tables[row.index]

    def advice(self, row: TableRow) -> RowAdvice:
        """Return what is suggested for a table, computed once for what is known of it."""
        source, state = self.step.source, self.step.state
        if source is None:
            from generator.design.models import Source

            return RowAdvice(None, Source())
        facts = state.facts_of(source.name)
        profile, sample = facts.profiles.get(row.full_name), facts.samples.get(row.full_name)
        table, design = self.table(row), state.design
        known = (
            source.name,
            row.identity,
            *map(id, (row.probed, profile, sample)),
            source.type,
            source.extraction.model_dump_json(),
            table.model_dump_json(exclude={"columns_probed"}) if table else "",
            design.destination.type,
            bool(design.transformations),
        )
        if known not in self._advice:
            if len(self._advice) > 500:
                self._advice.clear()
                self._advised_on.clear()
            # Kept beside the advice, so that no other object can get one of the ids.
            self._advised_on[known] = (row.probed, profile, sample)
            self._advice[known] = advise(design, source, table, row.probed, profile, sample)
        return self._advice[known]

    def _cells(self, row: TableRow) -> list[Cell]:
        table = self.table(row)
        advice = self.advice(row)
        box = Content.styled("[✓]", "bold $text-success") if table else Content.styled("[ ]", "$quiet")
        name = Content.styled(row.full_name, "bold") if table else Content(row.full_name)
        if row.probed is None and self._probed:
            name = Content.assemble(("! ", "$text-error"), name, (" (not in the source)", "$text-error"))
        columns = row.probed.columns if row.probed else tuple(table.columns_probed) if table else ()
        taken = len(columns) if table is None or table.columns == "*" else len(table.columns)
        column_text = f"{taken}/{len(columns)}" if taken != len(columns) else str(len(columns))
        return [
            box,
            name,
            count_text(row.probed.rows if row.probed else None),
            advice.key_cell(),
            advice.run_cell(),
            column_text,
        ]

    @property
    def _probed(self) -> bool:
        source, drawn = self.step.source, self._rows_from
        catalog = self.step.state.facts_of(source.name).catalog if source else None
        # While tables arrive, those that did not come yet are not missing.
        return catalog is not None and drawn is not None and drawn[1] is catalog.tables

    def _draw_advice(self) -> None:
        line = self.query_one(AdviceLine)
        row = self.row
        if row is None:
            line.show([])
        else:
            advice = self.advice(row)
            line.show(advice.suggestions, row.full_name, advice.notes)
        if row is not None and row.probed is not None and not row.probed.primary_key:
            # Which columns are unique shows in the rows alone.
            self.step.detail.profile_soon(row)

    def focus_first(self) -> None:
        """Start in the rows."""
        if self.listing.display:
            self.listing.table.focus()
        else:
            self.step.focus_first()

    def go_to_table(self, index: int) -> None:
        """Put the cursor on a picked table."""
        self.sync()
        for row in self.listing.shown:
            if row.index == index:
                self.listing.go_to(row.identity)
                return

    # -- actions ---------------------------------------------------------------------------------------------

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Say what is suggested for the table, and let what depends on it follow."""
        event.stop()
        self._draw_advice()
        self.step.table_changed()

    def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """Pick by a click on the box; open by a click on the row that is selected."""
        event.stop()
        if event.column == 0:
            self.action_pick()
        elif event.again:
            self.action_open()

    def action_pick(self) -> None:
        """Take the table, or leave it out."""
        row = self.row
        if row is None:
            return
        at = at_tables(self.step.index)
        if row.index is None:
            self.step.edit(f"pick {row.full_name}", pick(self.step.index, [row]), part=at)
        else:
            self.step.edit(f"leave out {row.full_name}", drop(self.step.index, [row]), part=at)
        self.step.sync()

    def action_pick_all(self) -> None:
        """Take all tables shown; when all are taken, leave them out."""
        rows, index = list(self.listing.shown), self.step.index
        if all(row.index is not None for row in rows):
            self.step.edit(f"leave out {len(rows)} tables", drop(index, rows), part=at_tables(index))
            self.step.sync()
        else:
            self.many.change(f"picking {len(rows):,} tables", lambda rows: partial(picking, rows=rows))

    def action_open(self) -> None:
        """Show the table's columns and settings."""
        self.step.show_view("table")

    def on_advice_line_clicked(self, event: AdviceLine.Clicked) -> None:
        """Show the suggestions in full."""
        event.stop()
        self.step.action_why()

    def accept_all(self) -> None:
        """Take all suggestions for all picked tables."""
        picked = sum(row.index is not None for row in self.listing.shown)
        self.many.change(
            f"accepting suggestions for {picked:,} tables",
            lambda rows: partial(accepting, known=[self._known(row) for row in rows]),
        )

    def _known(self, row: TableRow) -> Known:
        source = self.step.source
        facts = self.step.state.facts_of(source.name if source else "")
        return row, facts.profiles.get(row.full_name), facts.samples.get(row.full_name)
