"""The right pane of Sources: the connection, tables, columns and rows of the source that is selected, and its test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.row_table import one_line
from tui.widgets.view_switch import ViewSwitch

from .sources_connection import ConnectionView
from .sources_probes import SourceProbes
from .sources_profiles import Profiles
from .sources_rows import RowsView
from .sources_table import TableView
from .sources_tables import TablesView
from .table_settings import TableSettings

if TYPE_CHECKING:
    from tui.app import PipewizardApp

    from .sources import SourcesStep
    from .tables import TableRow

ROOMY_ROWS = 30
"""Rows of the body from which a table's columns are shown under the tables."""
SPACIOUS_ROWS = 38
"""Rows of the body from which its settings are shown there, too."""
View = ConnectionView | TablesView | TableView | TableSettings | RowsView
VIEWS = (
    ("connection", "Connection"), ("tables", "Tables"), ("table", "Columns"), ("settings", "Settings"),
    ("rows", "Rows"),
)  # fmt: skip
EMPTY = """A source is a system rows come from: a database, or a folder of files.

Press + to add one. You are asked for its address, see its tables as they arrive, and pick the ones you need.

Passwords stay in memory: the design only ever holds the name of an environment variable."""


class SourceDetail(Vertical):
    """Five views of one source under one tester."""

    app: PipewizardApp

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="source-detail", classes="pane")
        self.step = step

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
            yield TableSettings(self.step)
            yield RowsView(self.step)

    def on_mount(self) -> None:
        """Get ready to look at the sources."""
        self.probes = SourceProbes(
            self.step.state,
            self.app.stopwatch,
            arrived=self._arrived,
            finished=self._finished,
            changed=self.step.probes_changed,
            tell=self._tell,
        )
        self._profiles = Profiles(
            self.step.state, lambda: self.step.table_row, self.probes.sampling, self._tell
        )

    def on_unmount(self) -> None:
        """End every look: the screen is going away."""
        self.probes.close()
        self._profiles.close()

    def _tell(self, text: str) -> None:
        self.app.notify(text, severity="warning", markup=False, timeout=10)

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
            self.draw_tester()
            self.draw_views()

    def draw_title(self) -> None:
        """Say which source, and which table, is shown."""
        source, row = self.step.source, self.step.table_row
        if source is None:
            self.border_title = "Add your first source"
            return
        title = [source.name or "unnamed"]
        if self.view_name in ("table", "settings", "rows") and row is not None:
            title.append(one_line(row.full_name))
        if doing := self.query_one(TablesView).many.doing:
            title.append(doing)
        self.border_title = Content(" › ".join(title))

    def draw_tester(self) -> None:
        """Show how the last look at the source ended, or that one is going on."""
        source = self.step.source
        if source is not None:
            self.query_one(ConnectionTester).follow(self.probes.of(source))

    def draw_views(self) -> None:
        """Draw the views that are shown; the list of tables always, for the others follow its cursor."""
        if self.step.source is None:
            return
        self.query_one(TablesView).sync()
        for view in self._views().values():
            if view.display and not isinstance(view, TablesView):
                view.sync()

    def follow_table(self) -> None:
        """The cursor came to another table: draw what shows it."""
        self._place_views()
        for view in (self.query_one(TableView), self.query_one(TableSettings)):
            if view.display:
                view.sync()

    def _views(self) -> dict[str, View]:
        return {
            "connection": self.query_one(ConnectionView),
            "tables": self.query_one(TablesView),
            "table": self.query_one(TableView),
            "settings": self.query_one(TableSettings),
            "rows": self.query_one(RowsView),
        }

    def _place_views(self) -> None:
        """Show the chosen view; a tall terminal shows a table's columns and settings under the tables."""
        roomy = self.size.height >= ROOMY_ROWS
        group: tuple[str, ...] = ("tables", "table") if roomy else ()
        if self.size.height >= SPACIOUS_ROWS and self.step.picked_table is not None:
            group = ("tables", "table", "settings")
        together = self.view_name in group
        for name, view in self._views().items():
            view.display = name == self.view_name or (together and name in group)
        self.step.set_class(roomy, "-roomy")
        self.step.set_class(together, "-together")
        tables = self.query_one(TablesView)
        tables.styles.height = min(tables.lines, self.size.height // 3) if together else "1fr"

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
        self.draw_tester()
        self.draw_title()
        self.draw_views()
        self.step.refresh_preview()
        if focus:
            self._views()[view].focus_first()

    def on_view_switch_chosen(self, event: ViewSwitch.Chosen) -> None:
        """Show the view that was clicked."""
        event.stop()
        self.show_view(event.view)

    # -- profiles --------------------------------------------------------------------------------------------

    def profile_soon(self, row: TableRow) -> None:
        """Read a sample of a table if the cursor rests on it."""
        if self.step.source is not None:
            self._profiles.soon(self.step.source, row)

    def profile_again(self) -> None:
        """Read the sample of the table under the cursor anew."""
        source, row = self.step.source, self.step.table_row
        if source is not None and row is not None:
            self._profiles.again(source, row)

    # -- testing ---------------------------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Cancel what runs; False when nothing does."""
        source = self.step.source
        probing = source is not None and self.probes.running(source.name) and self.probes.cancel(source.name)
        return probing or self.query_one(RowsView).cancel()

    def test(self) -> None:
        """Probe the source; its tables appear as they arrive."""
        if self.step.source is not None:
            self.probes.start(self.step.source)
            self.draw_tester()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Test, or cancel."""
        event.stop()
        if not self.query_one(ConnectionTester).cancel():
            self.test()

    def _arrived(self, name: str, asked: bool) -> None:
        """Show tables as they come in, unless someone is still typing into the connection."""
        if self._shows(name, "connection") and not self.query_one(ConnectionView).has_focus_within:
            self.show_view("tables", focus=False)

    def _finished(self, name: str, asked: bool) -> None:
        """Go on with the tables: with the focus only for whoever asked for them."""
        source = self.step.source
        if source is None or source.name != name or self.view_name not in ("connection", "tables"):
            return
        typing = (
            isinstance(self.screen.focused, Input) and not self.query_one(ConnectionView).has_focus_within
        )
        if asked and self.step.display and not typing:
            self.show_view("tables")
        elif not self.query_one(ConnectionView).has_focus_within:
            self.show_view("tables", focus=False)

    def _shows(self, source_name: str, view: str) -> bool:
        source = self.step.source
        return source is not None and source.name == source_name and self.view_name == view
