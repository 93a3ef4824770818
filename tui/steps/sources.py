"""Sources: the systems rows come from, their connections, and the tables taken from each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, ContentSwitcher, OptionList, Static
from textual.widgets.option_list import Option

from tui.keymap import bind
from tui.probing import probe
from tui.state import WizardState
from tui.widgets.choice import ChoiceDialog, Item
from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.row_table import one_line
from tui.widgets.view_switch import ViewSwitch

from .base import Step
from .sources_connection import ConnectionView
from .sources_rows import RowsView
from .sources_table import TableView
from .sources_tables import TablesView
from .suggestions import TableAdvice
from .tables import TableRow, pick, take_facts, unique_name

if TYPE_CHECKING:
    from generator.connectors.catalog import Catalog, ProbedTable
    from generator.design.models import PipelineDesign, Source, Table
    from generator.design.problems import Problem

VIEWS = (("connection", "Connection"), ("tables", "Tables"), ("table", "Columns"), ("rows", "Rows"))
EMPTY = """A source is a system rows come from: a database, or a folder of files.

Press + to add one. You are asked for its address, see its tables as they arrive, and pick the ones you need.

Passwords stay in memory: the design only ever holds the name of an environment variable."""


class SourcesStep(Step):
    """Left the sources; right the one selected: its connection, tables, a table's columns, its rows."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    SCOPED_CSS: ClassVar[bool] = False
    step_id = "sources"
    title = "Sources"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("sources.add", "plus,n", "add", "Add", "Add a source of any type", show=True),
        bind("sources.test", "ctrl+t", "test", "Test", "Test the connection and list its tables", show=True),
        bind("sources.cancel", "escape", "step_back", "Back", "Cancel a running probe, else go back one pane"),
        bind("sources.connection", "c", "view('connection')", "Connection", "Show the source's connection"),
        bind("sources.tables", "t", "view('tables')", "Tables", "Show the source's tables"),
        bind("sources.columns", "l", "view('table')", "Columns", "Show the columns and settings of the table"),
        bind("sources.rows", "s", "view('rows')", "Sample rows", "Look at sample rows of the table"),
        bind("sources.remove", "delete,x", "remove", "Remove", "Remove the source (u brings it back)"),
    ]

    def __init__(self, state: WizardState) -> None:
        super().__init__(state)
        self.index = 0
        """The source that is selected."""
        self._tested = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="source-pane", classes="pane") as left:
            left.border_title = "Sources"
            yield OptionList(id="source-list", markup=False, compact=True)
        with Vertical(id="source-detail", classes="pane"):
            yield Static(EMPTY, id="sources-empty", classes="empty", markup=False)
            with Horizontal(id="source-views-line"):
                yield ViewSwitch(VIEWS, widget_id="source-views")
            yield ConnectionTester("source-tester")
            with ContentSwitcher(id="source-views-body", initial="connection-view"):
                yield ConnectionView(self)
                yield TablesView(self)
                yield TableView(self)
                yield RowsView(self)

    # -- drawing ----------------------------------------------------------------------------------------------------

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

    def advice(self, row: TableRow) -> TableAdvice:
        """Return what is suggested for a table."""
        return self.query_one(TablesView).advice(row)

    def pick_if_needed(self) -> TableRow | None:
        """Pick the table under the cursor if it is not, and return its row."""
        row = self.table_row
        if row is not None and row.index is None and row.probed is not None:
            self.edit(f"pick {row.full_name}", pick(self.index, [row]))
            self.query_one(TablesView).sync()
        return self.table_row

    def sync(self) -> None:
        """Draw everything from the design."""
        self.index = max(0, min(self.index, len(self.design.sources) - 1))
        self._draw_list()
        there = self.source is not None
        self.query_one("#sources-empty").display = not there
        self.query_one("#source-views-line").display = there
        self.query_one("#source-views-body").display = there
        self.query_one(ConnectionTester).display = there
        self.draw_title()
        if there:
            self._draw_tester()
            self.draw_view()

    def _draw_tester(self) -> None:
        tester = self.query_one(ConnectionTester)
        source = self.source
        if source is None or tester.running:
            return
        catalog = self.state.facts_of(source.name).catalog
        if self._tested == source.name and tester.phase == "failed":
            return
        if catalog is not None:
            tester.show("ok", connected(catalog))
        else:
            tester.show("idle", "not tested yet: its tables appear here once it is")

    def draw_view(self) -> None:
        """Draw the view that is shown."""
        self.query_one(TablesView).sync()
        view = self.query_one(ContentSwitcher).visible_content
        if isinstance(view, ConnectionView | TablesView | TableView | RowsView):
            view.sync()

    def draw_title(self) -> None:
        """Say which source, and which table, the right pane shows."""
        detail = self.query_one("#source-detail")
        source = self.source
        if source is None:
            detail.border_title = "Add your first source"
            return
        title = [source.name or "unnamed"]
        tables = self.query_one(TablesView)
        if self.view_name in ("table", "rows") and tables.row is not None:
            title.append(one_line(tables.row.full_name))
        detail.border_title = Content(" › ".join(title))

    def _draw_list(self) -> None:
        listing = self.query_one("#source-list", OptionList)
        options = []
        for index, source in enumerate(self.design.sources):
            options.append(Option(self._source_text(index, source)))
        options.append(Option(Content.styled("+ add source", "$text-accent")))
        highlighted = listing.highlighted
        with self.prevent(OptionList.OptionHighlighted):
            listing.clear_options()
            listing.add_options(options)
            if self.design.sources:
                listing.highlighted = self.index if highlighted is None or highlighted < len(options) - 1 else highlighted
            else:
                listing.highlighted = 0

    def _source_text(self, index: int, source: Source) -> Content:
        prefix = f"sources[{index}]"
        errors = sum(
            problem.severity == "error" and problem.path.startswith(prefix) for problem in self.state.problems("sources")
        )
        catalog = self.state.facts_of(source.name).catalog
        glyph, style = ("!", "$text-error") if errors else ("✓", "$text-success") if catalog else ("○", "$quiet")
        picked = len(source.tables)
        tables = f"{picked} table{'s' if picked != 1 else ''}"
        return Content.assemble(
            (f"{glyph} ", f"bold {style}"), (source.name or "unnamed", "bold"), (f"\n  {source.type or 'no type'} · {tables}", "$quiet")
        )

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the sources and fields concerned."""
        self._draw_list()
        self.query_one(ConnectionView).show_problems(problems)
        self.query_one(TableView).show_problems(problems)

    def facts_arrived(self, owner: str) -> None:
        """Draw what a probe brought."""
        self._draw_list()
        if self.source is not None and owner == self.source.name:
            self.draw_view()

    def focus_first(self) -> None:
        """Start in the list of sources."""
        self.query_one("#source-list").focus()

    # -- views ------------------------------------------------------------------------------------------------------

    @property
    def view_name(self) -> str:
        """The view that is shown."""
        return self.query_one(ViewSwitch).view

    def show_view(self, view: str, *, focus: bool = True) -> None:
        """Show a view of the selected source."""
        if self.source is None:
            return
        self.query_one(ViewSwitch).view = view
        self.query_one(ContentSwitcher).current = f"{view}-view"
        self.draw_title()
        self.draw_view()
        body = self.query_one(ContentSwitcher).visible_content
        if focus and isinstance(body, ConnectionView | TablesView | TableView | RowsView):
            body.focus_first()

    def action_view(self, view: str) -> None:
        """Show a view."""
        self.show_view(view)

    def on_view_switch_chosen(self, event: ViewSwitch.Chosen) -> None:
        """Show the view that was clicked."""
        event.stop()
        self.show_view(event.view)

    def action_step_back(self) -> None:
        """Cancel what runs, else go back one pane."""
        if self.query_one(ConnectionTester).cancel() or self.query_one(RowsView).cancel():
            return
        if self.query_one("#source-list").has_focus or self.source is None:
            self.screen.set_focus(self.query_one("#source-list"))
        elif self.view_name in ("table", "rows"):
            self.show_view("tables")
        else:
            self.focus_first()

    # -- the list ---------------------------------------------------------------------------------------------------

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the source under the cursor."""
        event.stop()
        if event.option_index < len(self.design.sources) and event.option_index != self.index:
            self.select(event.option_index)

    def select(self, index: int) -> None:
        """Show another source, from its connection or its tables."""
        self.index = index
        source = self.source
        known = source is not None and self.state.facts_of(source.name).catalog is not None
        self.show_view("tables" if known or (source and source.tables) else "connection", focus=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go into the source, or add one."""
        event.stop()
        if event.option_index < len(self.design.sources):
            self.index = event.option_index
            self.show_view(self.view_name)
        else:
            self.action_add()

    def action_add(self) -> None:
        """Ask which type of source."""
        from generator.connectors.registry import sources

        items = [Item(one.id, one.title, one.summary) for one in sources()]
        self.app.push_screen(ChoiceDialog("Which kind of source?", items, ""), self._add)

    def _add(self, kind: str | None) -> None:
        if kind is None:
            return
        from generator.design.models import Source

        name = unique_name(kind, [source.name for source in self.design.sources])

        def change(design: PipelineDesign) -> None:
            design.sources.append(Source(name=name, type=kind))

        self.edit(f"add source {name}", change)
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

        self.edit(f"remove source {source.name}", change)
        self.notify(f"Removed {source.name}. Press u to bring it back.", markup=False)
        self.sync()
        if self.source is not None:
            self.show_view("connection", focus=False)
        self.focus_first()

    # -- testing ----------------------------------------------------------------------------------------------------

    def action_test(self) -> None:
        """Probe the source; its tables appear as they arrive."""
        if self.source is not None:
            self._tested = self.source.name
            self.query_one(ConnectionTester).start(self._probe)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Test, or cancel."""
        event.stop()
        if not self.query_one(ConnectionTester).cancel():
            self.action_test()

    async def _probe(self) -> str:
        source, index, state = self.source, self.index, self.state
        if source is None:
            return ""
        name = source.name
        facts = state.facts_of(name)

        def arrived(tables: Sequence[ProbedTable]) -> None:
            facts.arriving = tuple(tables)
            state.facts_changed(name)
            if tables and self._shows(name, "connection") and not self.query_one(ConnectionView).has_focus_within:
                self.show_view("tables", focus=False)

        try:
            catalog = await probe(source.type, source.connection, state.environment(), arrived)
        finally:
            facts.arriving = ()
        facts.catalog = catalog
        facts.samples.clear()
        facts.profiles.clear()
        if index < len(state.design.sources) and state.design.sources[index].name == name:
            self.edit(f"columns of {name}", take_facts(index, catalog))
        state.facts_changed(name)
        if self._shows(name, "connection"):
            self.show_view("tables")
        return connected(catalog)

    def _shows(self, source_name: str, view: str) -> bool:
        return self.source is not None and self.source.name == source_name and self.view_name == view

    # -- problems ---------------------------------------------------------------------------------------------------

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
        self.show_view("table")
        self.query_one(TableView).focus_field(path)
        return True


def connected(catalog: Catalog) -> str:
    """Return what a probe found, in one line."""
    count = len(catalog.tables)
    tables = f"{count:,} table{'s' if count != 1 else ''}"
    return f"connected {catalog.elapsed_seconds:.1f} s · {catalog.system} · {tables}"
