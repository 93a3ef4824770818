"""One table: its columns with what a sample says of them, and how it is read, published and guarded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from generator.errors import UserError
from tui.keymap import bind
from tui.probing import profile
from tui.widgets.advice_line import AdviceLine
from tui.widgets.row_table import Cell, Col, RowTable

from .table_settings import TableSettings
from .tables import TableRow, change_table, next_pii, takes, toggle_column, toggle_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.connectors.catalog import ColumnProfile
    from generator.design.models import Column, Source, Table
    from generator.design.problems import Problem

    from .sources import SourcesStep

PROFILE_AFTER_SECONDS = 0.4
"""How long the cursor rests on a table before a sample of it is read."""
COLUMNS = (
    Col("", 3), Col("column"), Col("type", 11), Col("key", 3), Col("personal", 8),
    Col("null", 5, right=True), Col("distinct", 8, hide_below=66, right=True), Col("values", 24, hide_below=92),
)  # fmt: skip


class TableView(Vertical):
    """Columns above, settings below."""

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
            "sources.why_table",
            "w",
            "why",
            "Why",
            "Why this is suggested, and the nearest alternative",
            show=True,
        ),
        bind("sources.accept_table", "a", "accept", "Accept", "Take the suggestions for this table"),
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
        self._profiling: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield RowTable[str](COLUMNS, self._cells, name="column-list")
        yield AdviceLine("column-advice", keys="w why · a accept")
        yield TableSettings(self.step)
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
        if row is None:
            empty.update("Choose a table under Tables; its columns, key and settings are shown here.")
            self.query_one(AdviceLine).show([])
            self.query_one(TableSettings).sync()
            return
        self._by_name = {column.name: column for column in self._columns()}
        listing.show(list(self._by_name), keep=lambda name: name)
        self.query_one(AdviceLine).show(self.step.advice(row).suggestions, row.full_name)
        self.query_one(TableSettings).sync()
        self._profile_once()

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
        nulls = "" if facts is None else "0" if not facts.null_rate else f"{max(facts.null_rate, 0.001):.1%}"
        values = "" if facts is None or facts.minimum is None else f"{facts.minimum} … {facts.maximum}"
        if facts is not None and facts.top_values:
            values = ", ".join(facts.top_values)
        distinct = f"{facts.distinct:,}" if facts else ""
        return [box, shown, Content.styled(column.type, "$quiet"), key, personal, nulls, distinct, values]

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the settings concerned."""
        self.query_one(TableSettings).show_problems(problems)

    def focus_first(self) -> None:
        """Start in the columns."""
        if self.step.table_row is not None:
            self.query_one("#column-list").focus()
        else:
            self.step.focus_first()

    def focus_field(self, path: str) -> None:
        """Go to the field of a problem: a setting, else the columns."""
        if not self.query_one(TableSettings).focus_field(path):
            self.focus_first()

    # -- profile ---------------------------------------------------------------------------------------------

    def _profile_once(self) -> None:
        source, row = self.step.source, self.step.table_row
        if source is None or row is None or row.probed is None or not self.display:
            return
        known = (source.name, row.full_name)
        if (
            known not in self._profiling
            and row.full_name not in self.step.state.facts_of(source.name).profiles
        ):
            self._profiling.add(known)
            task = asyncio.create_task(self._profile(source, row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _profile(self, source: Source, row: TableRow) -> None:
        state = self.step.state
        await asyncio.sleep(PROFILE_AFTER_SECONDS)
        now = self.step.table_row
        if row.probed is None or now is None or now.identity != row.identity:
            # The cursor only passed by.
            self._profiling.discard((source.name, row.full_name))
            return
        try:
            found = await profile(source.type, source.connection, state.environment(), row.probed)
        except UserError as error:
            self.app.notify(str(error), severity="warning", markup=False)
            return
        state.facts_of(source.name).profiles[row.full_name] = found
        state.facts_changed(source.name)

    def on_unmount(self) -> None:
        """End what is still read."""
        for task in self._tasks:
            task.cancel()

    def action_profile(self) -> None:
        """Read the sample again."""
        source, row = self.step.source, self.step.table_row
        if source is not None and row is not None:
            self._profiling.discard((source.name, row.full_name))
            self.step.state.facts_of(source.name).profiles.pop(row.full_name, None)
            self._profile_once()

    # -- editing ---------------------------------------------------------------------------------------------

    def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """Do what the clicked column is for."""
        event.stop()
        actions = {0: self.action_take, 3: self.action_key, 4: self.action_personal}
        if event.column in actions:
            actions[event.column]()

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """The cursor moved; nothing below depends on the column."""
        event.stop()

    def _edit(self, what: str, change: Callable[[Table], None]) -> None:
        row = self.step.pick_if_needed()
        if row is not None and row.index is not None:
            self.step.edit(f"{what} in {row.full_name}", change_table(self.step.index, row.index, change))
            self.step.sync()

    @property
    def _column(self) -> str | None:
        name = self.query_one("#column-list", RowTable).row
        return name if isinstance(name, str) else None

    def action_take(self) -> None:
        """Take the column, or leave it out."""
        if self._column is not None:
            self._edit(f"column {self._column}", toggle_column(self._column))

    def action_key(self) -> None:
        """Make the column part of the key, or not."""
        if self._column is not None:
            self._edit(f"key {self._column}", toggle_key(self._column))

    def action_personal(self) -> None:
        """Mark the column's personal data."""
        if self._column is not None:
            self._edit(f"personal data {self._column}", next_pii(self._column))

    def action_watermark(self) -> None:
        """Read only rows that are newer by this column."""
        column = self._column
        if column is None:
            return

        def change(table: Table) -> None:
            from generator.design.models import Extraction

            extraction = table.extraction or Extraction()
            extraction.strategy, extraction.watermark_column = "incremental", column
            table.extraction = extraction

        self._edit(f"cursor {column}", change)

    def action_why(self) -> None:
        """Explain the suggestions."""
        self.query_one(AdviceLine).explain()

    def action_accept(self) -> None:
        """Take the suggestions for this table."""
        row = self.step.table_row
        if row is not None:
            self._edit("accept suggestions", self.step.advice(row).apply)
