"""Sources: the systems rows come from, their connections, and the tables taken from each."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.keymap import bind
from tui.state import WizardState
from tui.widgets.choice import ChoiceDialog, Item

from .base import Preview, design_preview
from .sources_advice import SUGGESTION_KEYS, SuggestedTables
from .sources_connection import ConnectionView
from .sources_detail import SourceDetail
from .sources_list import SourceList
from .sources_preview import source_preview, staging_preview
from .sources_table import TableView
from .sources_tables import TablesView
from .suggestions import RowAdvice
from .table_settings import TableSettings
from .tables import TableRow, at_tables, pick, unique_name

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Source, Table
    from generator.design.problems import Problem


class SourcesStep(SuggestedTables):
    """Left the sources; right the one selected: its connection, tables, a table's columns, its rows."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    SCOPED_CSS: ClassVar[bool] = False
    step_id = "sources"
    title = "Sources"
    BINDINGS: ClassVar[list[BindingType]] = [
        *SUGGESTION_KEYS,
        bind("sources.add", "plus,n", "add", "Add", "Add a source of any type", show=True),
        bind("sources.test", "ctrl+t", "test", "Test", "Test the connection and list its tables", show=True),
        bind("sources.cancel", "escape", "step_back", "Back", "Cancel a running probe, else go back one pane"),
        bind("sources.connection", "c", "view('connection')", "Connection", "Show the source's connection"),
        bind("sources.tables", "t", "view('tables')", "Tables", "Show the source's tables"),
        bind("sources.columns", "l", "view('table')", "Columns", "Show the columns of the table"),
        bind("sources.settings", "e", "view('settings')", "Settings", "How the table is read, published and guarded"),
        bind("sources.rows", "s", "view('rows')", "Sample rows", "Look at sample rows of the table"),
        bind("sources.remove", "delete,x", "remove", "Remove", "Remove the source (u brings it back)"),
    ]  # fmt: skip

    def __init__(self, state: WizardState) -> None:
        super().__init__(state)
        self.index = 0
        """The source that is selected."""
        self._opened = False

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield SourceList(self.state)
        yield SourceDetail(self)

    # -- drawing ---------------------------------------------------------------------------------------------

    @property
    def source(self) -> Source | None:
        """The source that is selected."""
        return self.design.sources[self.index] if self.index < len(self.design.sources) else None

    @property
    def table_row(self) -> TableRow | None:
        """The table under the cursor."""
        return self.query_one(TablesView).row

    @property
    def picked_table(self) -> Table | None:
        """The design's table under the cursor, None when it is not picked."""
        row = self.table_row
        return self.query_one(TablesView).table(row) if row is not None else None

    @property
    def column(self) -> str | None:
        """The column under the cursor, None while the cursor is not among the columns."""
        view = self.query_one(TableView)
        return view.column if view.has_focus_within else None

    def table_changed(self) -> None:
        """The cursor came to another table: draw what shows it."""
        self.detail.follow_table()
        self.detail.draw_title()
        self.refresh_preview()

    def advice(self, row: TableRow) -> RowAdvice:
        """Return what is suggested for a table."""
        return self.query_one(TablesView).advice(row)

    def pick_if_needed(self) -> TableRow | None:
        """Pick the table under the cursor if it is not, and return its row."""
        row = self.table_row
        if row is not None and row.index is None and row.probed is not None:
            self.edit(f"pick {row.full_name}", pick(self.index, [row]), part=at_tables(self.index))
            self.query_one(TablesView).sync()
        return self.table_row

    def sync(self) -> None:
        """Draw everything from the design."""
        self.index = max(0, min(self.index, len(self.design.sources) - 1))
        if not self._opened:
            self._opened = True
            self.select(self.index)
            self.detail.probes.look_around()
        self._draw_list()
        self.detail.sync()

    def probes_changed(self) -> None:
        """A look at a source began or ended: show its sign."""
        self._draw_list()
        self.detail.draw_tester()

    @property
    def detail(self) -> SourceDetail:
        """The right pane."""
        return self.query_one(SourceDetail)

    def _draw_list(self) -> None:
        self.query_one(SourceList).show(self.index, self.detail.probes.running)

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the sources and fields concerned."""
        self._draw_list()
        self.query_one(ConnectionView).show_problems(problems)
        self.query_one(TableSettings).show_problems(problems)

    def facts_arrived(self, owner: str) -> None:
        """Draw what a probe brought."""
        self._draw_list()
        if self.source is not None and owner == self.source.name:
            self.detail.draw_views()

    def focus_first(self) -> None:
        """Start in the list of sources."""
        self.query_one("#source-list").focus()

    def preview(self) -> Callable[[], Preview] | None:
        """Preview the staging query of the table, or the source's part of the design file."""
        source, table, design, index = self.source, self.picked_table, self.design, self.index
        if source is None:
            return lambda: design_preview(design, "sources")
        if table is not None and table.columns_probed and self.view_name != "connection":
            return lambda: staging_preview(source, table)
        return lambda: source_preview(design, index)

    # -- views -----------------------------------------------------------------------------------------------

    @property
    def view_name(self) -> str:
        """The view that is shown."""
        return self.detail.view_name

    def show_view(self, view: str, *, focus: bool = True) -> None:
        """Show a view of the selected source."""
        self.detail.show_view(view, focus=focus)

    def action_view(self, view: str) -> None:
        """Show a view."""
        self.show_view(view)

    def action_step_back(self) -> None:
        """Cancel what runs, else go back one pane."""
        if self.detail.cancel():
            return
        if self.query_one("#source-list").has_focus or self.source is None:
            self.screen.set_focus(self.query_one("#source-list"))
        elif self.view_name in ("table", "settings", "rows"):
            self.show_view("tables")
        else:
            self.focus_first()

    # -- the list --------------------------------------------------------------------------------------------

    def on_source_list_highlighted(self, event: SourceList.Highlighted) -> None:
        """Show the source under the cursor."""
        event.stop()
        if event.index != self.index:
            self.select(event.index)

    def select(self, index: int) -> None:
        """Show another source, from its connection or its tables."""
        self.index = index
        source = self.source
        known = source is not None and self.state.facts_of(source.name).catalog is not None
        self.show_view("tables" if known or (source and source.tables) else "connection", focus=False)

    def on_source_list_opened(self, event: SourceList.Opened) -> None:
        """Go into the source."""
        event.stop()
        self.index = event.index
        self.show_view(self.view_name)

    def on_source_list_add_wanted(self, event: SourceList.AddWanted) -> None:
        """Add a source."""
        event.stop()
        self.action_add()

    def action_add(self) -> None:
        """Ask which type of source."""
        from generator.connectors.registry import sources

        items = [Item(one.id, one.title, one.summary_as("source")) for one in sources()]
        self.app.push_screen(ChoiceDialog("Which kind of source?", items, ""), self._add)

    def _add(self, kind: str | None) -> None:
        if kind is None:
            return
        from generator.design.models import Source

        name = unique_name(kind, [source.name for source in self.design.sources])

        def change(design: PipelineDesign) -> None:
            design.sources.append(Source(name=name, type=kind))

        self.edit(f"add source {name}", change, part="sources[]")
        self.index = len(self.design.sources) - 1
        self.sync()
        self.show_view("connection")

    def action_remove(self) -> None:
        """Remove the source; undo brings it back."""
        source = self.source
        if source is None:
            return
        index = self.index

        def change(design: PipelineDesign) -> None:
            del design.sources[index]

        self.edit(f"remove source {source.name}", change, part="sources[]")
        self.notify(f"{source.name} removed; u brings it back.", markup=False)
        self.sync()
        if self.source is not None:
            self.show_view("connection", focus=False)
        self.focus_first()

    def action_test(self) -> None:
        """Probe the source; its tables appear as they arrive."""
        self.detail.test()

    # -- problems --------------------------------------------------------------------------------------------

    def focus_path(self, path: str) -> bool:
        """Go to the field of a problem."""
        match = re.match(r"sources\[(\d+)\](?:\.(.*))?$", path)
        if match is None or int(match[1]) >= len(self.design.sources):
            if not self.design.sources:
                self.focus_first()
                return True
            return False
        self.index = int(match[1])
        self._draw_list()
        rest = match[2] or ""
        table = re.match(r"tables\[(\d+)\]\.?(.*)$", rest)
        if table is None:
            self.show_view("tables" if rest.startswith("tables") else "connection", focus=True)
            return rest.startswith("tables") or self.query_one(ConnectionView).focus_field(path)
        self.show_view("tables", focus=False)
        self.query_one(TablesView).go_to_table(int(table[1]))
        setting = self.query_one(TableSettings).has_field(path)
        self.show_view("settings" if setting else "table")
        if setting:
            self.query_one(TableSettings).focus_field(path)
        return True
