"""The columns of one table: which are taken, what identifies a row, what is personal, what a sample says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.keymap import bind
from tui.widgets.advice_line import AdviceLine
from tui.widgets.row_table import Cell, Col, RowTable, one_line
from tui.widgets.still import put

from .tables import at_table, change_table, next_pii, takes, toggle_column, toggle_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.connectors.catalog import ColumnProfile
    from generator.design.models import Column, Table

    from .sources import SourcesStep

COLUMNS = (
    Col("", 3), Col("column"), Col("type", 15), Col("key", 3), Col("personal", 10),
    Col("null", 5, hide_below=60, right=True), Col("distinct", 8, hide_below=72, right=True),
    Col("values", 24, hide_below=98),
)  # fmt: skip


class TableView(Vertical):
    """Columns, and under them what there is to say of the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("sources.take_column", "space", "take", "Take", "Take the column, or leave it out", show=True),
        bind("sources.key", "k", "key", "Key", "Make the column part of the key, or not", show=True),
        bind(
            "sources.personal",
            "p",
            "personal",
            "Personal",
            "Personal data: tokenise, mask, drop, or none",
            show=True,
        ),
        bind(
            "sources.watermark", "m", "watermark", "Cursor", "Read only rows newer by this column (watermark)"
        ),
        bind(
            "sources.profile",
            "f",
            "profile",
            "Profile",
            "Read a sample: NULLs, distinct values, least and greatest",
        ),
    ]

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="table-view")
        self.step = step
        self._by_name: dict[str, Column] = {}

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield RowTable[str](COLUMNS, self._cells, name="column-list")
        yield Static("", markup=False, id="column-facts")
        yield AdviceLine("column-advice", keys="w why · a accept all", lines=1)
        yield Static("", markup=False, id="table-empty", classes="empty")

    # -- drawing ---------------------------------------------------------------------------------------------

    @property
    def _table(self) -> Table | None:
        return self.step.picked_table

    def _columns(self) -> list[Column]:
        from generator.advice.merge import columns_of

        row, table = self.step.table_row, self._table
        if row is not None and row.probed is not None:
            return columns_of(row.probed)
        return list(table.columns_probed) if table else []

    def sync(self) -> None:
        """Draw the table under the cursor of the list of tables."""
        row = self.step.table_row
        empty = self.query_one("#table-empty", Static)
        empty.display = row is None
        listing = self.query_one("#column-list", RowTable)
        listing.display = row is not None
        self.query_one("#column-facts").display = row is not None
        if row is None:
            empty.update("Choose a table under Tables; its columns are shown here.")
            self.query_one(AdviceLine).show([])
            return
        self._by_name = {column.name: column for column in self._columns()}
        listing.show(list(self._by_name), keep=lambda name: name)
        advice = self.step.advice(row)
        # In a tall terminal the table's own line stands right above.
        self.query_one(AdviceLine).display = not self.step.has_class("-roomy")
        self.query_one(AdviceLine).show(advice.suggestions, row.full_name, advice.notes)
        self._draw_facts()
        self.step.detail.profile_soon(row)

    def _draw_facts(self) -> None:
        """Say what the source calls the column, what a sample says of it, and what of it cannot be carried."""
        column = self._by_name.get(self.column or "")
        if column is None:
            put(self.query_one("#column-facts", Static), "", resize=False)
            return
        facts = self._facts(column.name)
        nulls = "may be NULL" if facts is None else f"{_share(facts.null_rate)} NULL"
        said = [column.source_type, nulls if column.nullable else "never NULL"]
        if facts is not None:
            said.append(f"{facts.distinct:,} distinct")
        first = Content.assemble(
            (one_line(column.name), "bold"),
            (f"  {' · '.join(one_line(one) for one in said if one)}", "$quiet"),
        )
        second = Content.styled(_values(facts), "$quiet")
        if column.caveat:
            second = Content.styled(f"▵ {one_line(column.caveat)}", "$text-warning")
        put(self.query_one("#column-facts", Static), Content("\n").join([first, second]), resize=False)

    def _facts(self, column: str) -> ColumnProfile | None:
        source, row = self.step.source, self.step.table_row
        if source is None or row is None:
            return None
        found = self.step.state.facts_of(source.name).profiles.get(row.full_name)
        return found.columns.get(column) if found else None

    def _cells(self, name: str) -> list[Cell]:
        column, table, row = self._by_name[name], self._table, self.step.table_row
        advice = self.step.advice(row) if row else None
        taken = table is not None and takes(table, name)
        box = Content.styled("[✓]", "bold $text-success") if taken else Content.styled("[ ]", "$quiet")
        key = (
            Content.styled("key", "bold $text-primary")
            if table and name in table.primary_key
            else Content("")
        )
        known = advice.advice if advice else None
        if known and known.key and not (table and table.primary_key) and name in known.key.choice:
            key = Content.styled("✦", "$text-accent")
        personal = Content("")
        if table and name in table.pii:
            personal = Content.styled(table.pii[name], "bold")
        elif known and name in known.personal:
            personal = Content.styled(f"✦ {known.personal[name].choice}", "$text-accent")
        facts = self._facts(name)
        watermark = advice.watermark if advice and table and advice.strategy == "incremental" else None
        shown = Content.assemble(name, (" ↻", "bold $text-primary")) if name == watermark else Content(name)
        nulls = "" if facts is None else _share(facts.null_rate)
        distinct = f"{facts.distinct:,}" if facts else ""
        kind = Content.styled(column.type, "$quiet")
        if column.caveat:
            kind = Content.assemble(kind.truncate(11, ellipsis=True), (" ▵", "$text-warning"))
        return [box, shown, kind, key, personal, nulls, distinct, _values(facts)]

    def focus_first(self) -> None:
        """Start in the columns."""
        if self.step.table_row is not None:
            self.query_one("#column-list").focus()
        else:
            self.step.focus_first()

    def action_profile(self) -> None:
        """Read the sample again."""
        self.step.detail.profile_again()

    def on_advice_line_clicked(self, event: AdviceLine.Clicked) -> None:
        """Show the suggestions in full."""
        event.stop()
        self.step.action_why()

    # -- editing ---------------------------------------------------------------------------------------------

    def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """Do what the clicked column is for."""
        event.stop()
        actions = {0: self.action_take, 3: self.action_key, 4: self.action_personal}
        if event.column in actions:
            actions[event.column]()

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Say what there is to say of the column."""
        event.stop()
        self._draw_facts()

    def _edit(self, what: str, change: Callable[[Table], None]) -> None:
        row = self.step.pick_if_needed()
        if row is not None and row.index is not None:
            at = (self.step.index, row.index)
            self.step.edit(f"{what} in {row.full_name}", change_table(*at, change), part=at_table(*at))
            self.step.sync()

    @property
    def column(self) -> str | None:
        """The column under the cursor."""
        name = self.query_one("#column-list", RowTable).row
        return name if isinstance(name, str) else None

    def action_take(self) -> None:
        """Take the column, or leave it out."""
        if self.column is not None:
            self._edit(f"column {self.column}", toggle_column(self.column))

    def action_key(self) -> None:
        """Make the column part of the key, or not."""
        if self.column is not None:
            self._edit(f"key {self.column}", toggle_key(self.column))

    def action_personal(self) -> None:
        """Mark the column's personal data."""
        if self.column is not None:
            self._edit(f"personal data {self.column}", next_pii(self.column))

    def action_watermark(self) -> None:
        """Read only rows that are newer by this column."""
        column = self.column
        if column is None:
            return

        def change(table: Table) -> None:
            from generator.design.models import Extraction

            extraction = table.extraction or Extraction()
            extraction.strategy, extraction.watermark_column = "incremental", column
            table.extraction = extraction

        self._edit(f"cursor {column}", change)


def _share(null_rate: float) -> str:
    return "0" if not null_rate else f"{max(null_rate, 0.001):.1%}"


def _values(facts: ColumnProfile | None) -> str:
    """Return the values of a column, in short: all of them when they are few, else least and greatest."""
    if facts is None or facts.minimum is None:
        return ""
    if facts.top_values:
        return one_line(", ".join(facts.top_values))
    return one_line(f"{facts.minimum} … {facts.maximum}")
