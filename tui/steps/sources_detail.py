"""The right pane of Sources: the connection, tables, columns and rows of the source that is selected, and its test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from tui.probing import probe
from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.row_table import one_line
from tui.widgets.view_switch import ViewSwitch

from .sources_connection import ConnectionView
from .sources_rows import RowsView
from .sources_table import TableView
from .sources_tables import TablesView

if TYPE_CHECKING:
    from generator.connectors.catalog import Catalog, ProbedTable
    from generator.design.models import PipelineDesign

    from .sources import SourcesStep

ROOMY_ROWS = 30
"""Rows of the body from which tables and columns are shown together."""
View = ConnectionView | TablesView | TableView | RowsView
VIEWS = (("connection", "Connection"), ("tables", "Tables"), ("table", "Columns"), ("rows", "Rows"))
EMPTY = """A source is a system rows come from: a database, or a folder of files.

Press + to add one. You are asked for its address, see its tables as they arrive, and pick the ones you need.

Passwords stay in memory: the design only ever holds the name of an environment variable."""


class SourceDetail(Vertical):
    """Four views of one source under one tester."""

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="source-detail", classes="pane")
        self.step = step
        self._tested = ""

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield Static(EMPTY, id="sources-empty", classes="empty", markup=False)
        with Horizontal(id="source-views-line"):
            yield ViewSwitch(VIEWS, widget_id="source-views")
        yield ConnectionTester("source-tester")
        with Vertical(id="source-views-body"):
            yield ConnectionView(self.step)
            yield TablesView(self.step)
            yield TableView(self.step)
            yield RowsView(self.step)

    # -- drawing ---------------------------------------------------------------------------------------------

    def sync(self) -> None:
        """Draw the selected source, or how to add the first one."""
        there = self.step.source is not None
        self.query_one("#sources-empty").display = not there
        self.query_one("#source-views-line").display = there
        self.query_one("#source-views-body").display = there
        self.query_one(ConnectionTester).display = there
        self.draw_title()
        self._place_views()
        if there:
            self._draw_tester()
            self.draw_views()

    def draw_title(self) -> None:
        """Say which source, and which table, is shown."""
        source, row = self.step.source, self.step.table_row
        if source is None:
            self.border_title = "Add your first source"
            return
        title = [source.name or "unnamed"]
        if self.view_name in ("table", "rows") and row is not None:
            title.append(one_line(row.full_name))
        self.border_title = Content(" › ".join(title))

    def _draw_tester(self) -> None:
        tester, source = self.query_one(ConnectionTester), self.step.source
        if source is None or tester.running or (self._tested == source.name and tester.phase == "failed"):
            return
        catalog = self.step.state.facts_of(source.name).catalog
        if catalog is not None:
            tester.show("ok", connected(catalog))
        else:
            tester.show("idle", "not tested yet")

    def draw_views(self) -> None:
        """Draw the views that are shown; the list of tables always, for the others follow its cursor."""
        if self.step.source is None:
            return
        self.query_one(TablesView).sync()
        for view in self._views().values():
            if view.display and not isinstance(view, TablesView):
                view.sync()

    def _views(self) -> dict[str, View]:
        return {
            "connection": self.query_one(ConnectionView),
            "tables": self.query_one(TablesView),
            "table": self.query_one(TableView),
            "rows": self.query_one(RowsView),
        }

    def _place_views(self) -> None:
        """Show the chosen view; a tall terminal shows a table's columns under the tables."""
        roomy = self.size.height >= ROOMY_ROWS
        together = ("tables", "table") if roomy else ()
        both = self.view_name in together
        for name, view in self._views().items():
            view.display = name == self.view_name or (both and name in together)
        self.step.set_class(roomy, "-roomy")
        tables = self.query_one(TablesView)
        tables.styles.height = min(tables.lines, self.size.height // 2) if both else "1fr"

    def on_resize(self) -> None:
        """Use the room there is."""
        self._place_views()
        self.draw_views()

    # -- views -----------------------------------------------------------------------------------------------

    @property
    def view_name(self) -> str:
        """The view that is shown."""
        return self.query_one(ViewSwitch).view

    def show_view(self, view: str, *, focus: bool = True) -> None:
        """Show a view of the selected source."""
        if self.step.source is None:
            return
        self.query_one(ViewSwitch).view = view
        self._place_views()
        self._draw_tester()
        self.draw_title()
        self.draw_views()
        self.step.refresh_preview()
        if focus:
            self._views()[view].focus_first()

    def on_view_switch_chosen(self, event: ViewSwitch.Chosen) -> None:
        """Show the view that was clicked."""
        event.stop()
        self.show_view(event.view)

    # -- testing ---------------------------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Cancel what runs; False when nothing does."""
        return self.query_one(ConnectionTester).cancel() or self.query_one(RowsView).cancel()

    def test(self) -> None:
        """Probe the source; its tables appear as they arrive."""
        if self.step.source is not None:
            self._tested = self.step.source.name
            self.query_one(ConnectionTester).start(self._probe)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Test, or cancel."""
        event.stop()
        if not self.query_one(ConnectionTester).cancel():
            self.test()

    async def _probe(self) -> str:
        source, state = self.step.source, self.step.state
        if source is None:
            return ""
        name = source.name
        facts = state.facts_of(name)

        def arrived(tables: Sequence[ProbedTable]) -> None:
            facts.arriving = tuple(tables)
            state.facts_changed(name)
            typing = self.query_one(ConnectionView).has_focus_within
            if tables and not typing and self._shows(name, "connection"):
                self.show_view("tables", focus=False)

        try:
            catalog = await probe(source.type, source.connection, state.environment(), arrived)
        finally:
            facts.arriving = ()
        facts.catalog = catalog
        facts.samples.clear()
        facts.profiles.clear()
        self._merge(name, catalog)
        state.facts_changed(name)
        if self._shows(name, "connection"):
            self.show_view("tables")
        return connected(catalog)

    def _merge(self, name: str, catalog: Catalog) -> None:
        """Bring probed columns up to date; what a person chose stays, and what no longer fits is told."""
        from generator.advice.merge import merge_catalog

        names = [source.name for source in self.step.design.sources]
        if name not in names:
            return
        index = names.index(name)
        merged = merge_catalog(self.step.design.sources[index], catalog)

        def change(design: PipelineDesign) -> None:
            design.sources[index] = merged.source

        self.step.edit(f"columns of {name}", change)
        for changed in [one for one in merged.changes if one.serious][:3]:
            self.app.notify(f"{changed.table}: {changed.text}", severity="warning", markup=False, timeout=10)

    def _shows(self, source_name: str, view: str) -> bool:
        source = self.step.source
        return source is not None and source.name == source_name and self.view_name == view


def connected(catalog: Catalog) -> str:
    """Return what a probe found, in one line."""
    count = len(catalog.tables)
    tables = f"{count:,} table{'s' if count != 1 else ''}"
    return f"{catalog.system} · {tables} · {catalog.elapsed_seconds:.1f} s"
