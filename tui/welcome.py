"""The first screen: resume a draft, start new, open a file, try the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from generator.errors import UserError

from .background import in_background
from .keymap import bind
from .opening import DraftLine, draft_lines
from .widgets.key_footer import KeyFooter
from .widgets.row_table import Col, RowTable
from .widgets.title_line import TitleLine

if TYPE_CHECKING:
    from generator.drafts import DeletedDraft

    from .app import PipewizardApp

COLUMNS = (Col("pipeline"), Col("at step", 11), Col("saved", 6), Col("left", 4))
STARTS = (
    ("new", "n", "New pipeline", "Your systems, step by\nstep, to a running project"),
    ("open", "o", "Open a design file", "YAML, by hand or from\na colleague"),
    ("demo", "d", "Try the demo", "A small web shop, every\nstep filled in"),
)
HOW = (
    ("Sources", "connect, see the tables as they arrive, pick what you need"),
    ("Destination", "where rows go, and how they are published"),
    ("Transforms", "SQL with live checking and a preview on sample rows"),
    ("SLAs", "how fresh, how often, who is called"),
    ("Quality", "checks suggested from keys, types and the data itself"),
    ("Summary", "everything on one page, every file before it is written"),
    ("Write", "a project with tests, docs and alerts, and its first run"),
)
EMPTY = """No drafts yet.

Press n to start a pipeline: you need the address of one source and an idea of the tables you want. \
Everything else arrives as a suggestion with its reason.

Press d for the demo: it brings its own little database.

Whatever you do is saved as a draft within a second and waits for you here."""


class WelcomeScreen(Screen[None]):
    """Lists drafts and ways to start."""

    AUTO_FOCUS = "#start-list"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("welcome.new", "n", "new", "New", "Start a new pipeline", show=True),
        bind("welcome.open", "o", "open", "Open file", "Open a design file (YAML)", show=True),
        bind(
            "welcome.demo",
            "d",
            "demo",
            "Demo",
            "Try the demo: a sample shop, every step filled in",
            show=True,
        ),
        bind(
            "welcome.resume", "enter", "resume", "Resume", "Go on with the draft under the cursor", show=True
        ),
        bind(
            "welcome.delete", "delete,x", "delete", "Delete", "Delete the draft under the cursor", show=True
        ),
        bind("welcome.undo", "u", "undo", "Undo", "Bring back the draft deleted last"),
        bind(
            "welcome.other",
            "right,left",
            "other",
            "Drafts",
            "Move between the ways to start and the drafts",
            show=True,
        ),
    ]
    app: PipewizardApp

    def __init__(self) -> None:
        super().__init__()
        self._drafts: list[DraftLine] = []
        self._deleted: list[DeletedDraft] = []
        self._just_opened = True

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield TitleLine(id="title-line")
        with Vertical(id="welcome"), Vertical(id="welcome-box"):
            yield Static(
                Content.assemble(
                    ("From the keyboard to a pipeline that runs.\n", "bold $foreground"),
                    ("Design it here; own a tested, documented, observable project at the end.", "$quiet"),
                ),
                id="headline",
            )
            with Horizontal(id="welcome-panes"):
                with Vertical(id="starts", classes="pane") as starts:
                    starts.border_title = "Start"
                    yield OptionList(*(_start(*start[1:]) for start in STARTS), id="start-list", markup=False)
                with Vertical(id="drafts-pane", classes="pane") as drafts:
                    drafts.border_title = "Drafts"
                    yield RowTable[DraftLine](COLUMNS, self._cells, name="drafts")
                    yield Static("", id="draft-facts", markup=False)
                    yield Static(EMPTY, id="drafts-empty", classes="empty", markup=False)
            yield Static(_how(), id="how", classes="pane")
        yield KeyFooter(last=("app.help",))

    def on_mount(self) -> None:
        """Draw at once; the drafts follow."""
        self.query_one(RowTable).display = self.query_one("#draft-facts").display = False
        self.query_one("#drafts-empty").display = False
        self.query_one("#how").border_title = "How it goes"
        self.call_after_refresh(self.load)

    def on_resize(self) -> None:
        """Explain the way where there is room for it."""
        self.query_one("#how").set_class(self.size.height >= 32, "-roomy")

    def on_screen_resume(self) -> None:
        """Drafts may have changed meanwhile."""
        if self.is_mounted:
            self.load()

    @work(group="drafts", exclusive=True)
    async def load(self) -> None:
        """Read the list of drafts."""
        self._show_drafts(await in_background(lambda: draft_lines(count=False)))
        self._start_with_drafts()
        if self._drafts:
            self._show_drafts(await in_background(draft_lines))

    def _start_with_drafts(self) -> None:
        """Who comes back most likely goes on with a draft, unless they have chosen something else already."""
        if self._just_opened and self._drafts and self.query_one("#start-list").has_focus:
            self.query_one(RowTable).focus()
        self._just_opened = False

    def _show_drafts(self, lines: list[DraftLine]) -> None:
        if not self.is_attached:
            return
        self._drafts = lines
        self.refresh_bindings()
        table = self.query_one(RowTable)
        table.show(lines, keep=lambda line: line.name)
        table.display = self.query_one("#draft-facts").display = bool(lines)
        self.query_one("#drafts-empty").display = not lines
        self.query_one("#drafts-pane").border_subtitle = "⏎ resume" if lines else ""

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Say what is in the draft."""
        event.stop()
        line = self.query_one(RowTable).row
        if isinstance(line, DraftLine):
            told = [Content(line.unreadable)] if line.unreadable else [Content(fact) for fact in line.facts]
            self.query_one("#draft-facts", Static).update(Content("\n").join(told or [Content("…")]))

    def on_descendant_focus(self) -> None:
        """Other keys count in the other list."""
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Drafts are resumed and deleted in their list, when there are any."""
        if action in ("resume", "delete"):
            return any(table.has_focus for table in self.query(RowTable))
        if action == "other":
            return bool(self._drafts)
        return True

    # -- actions ---------------------------------------------------------------------------------------------

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Start in the way chosen."""
        await self.run_action(STARTS[event.option_index][0])

    def _cells(self, line: DraftLine) -> list[Content]:
        return line.cells(self.app.clock())

    async def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """Resume the draft that was clicked."""
        event.stop()
        await self.action_resume()

    async def action_resume(self) -> None:
        """Resume the draft under the cursor."""
        line = self.query_one(RowTable).row
        if line is not None and self.query_one(RowTable).has_focus:
            await self.app.open_draft(line.name)

    async def action_new(self) -> None:
        """Start with an empty design and ask for its name."""
        from generator.design.models import PipelineDesign

        await self.app.open_design(PipelineDesign())
        if self.app.wizard is not None:
            self.app.wizard.action_pipeline()

    def action_open(self) -> None:
        """Ask for a design file."""
        from .open_dialog import OpenDialog

        self.app.push_screen(OpenDialog(), self._open)

    async def _open(self, design: object) -> None:
        from generator.design.models import PipelineDesign

        if isinstance(design, PipelineDesign):
            await self.app.open_design(design)

    @work(group="demo", exclusive=True)
    async def action_demo(self) -> None:
        """Make the sample shop and open its finished design."""
        from .opening import make_demo

        self.notify("Making the sample shop…", markup=False, timeout=2)
        await self.app.open_design(await in_background(make_demo))

    @work(group="delete")
    async def action_delete(self) -> None:
        """Delete the draft under the cursor."""
        from generator import drafts

        table = self.query_one(RowTable)
        line = table.row
        if line is None or not table.has_focus:
            return
        try:
            self._deleted.append(await in_background(lambda: drafts.delete(line.name)))
        except UserError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.notify(f"{line.title} deleted; u brings it back.", markup=False, timeout=8)
        self.load()

    @work(group="delete")
    async def action_undo(self) -> None:
        """Bring back the draft deleted last."""
        from generator import drafts

        if self._deleted:
            deleted = self._deleted.pop()
            try:
                await in_background(lambda: drafts.restore(deleted))
            except UserError as error:
                self.notify(str(error), severity="error", markup=False)
            self.load()

    def action_other(self) -> None:
        """Move to the other list."""
        table = self.query_one(RowTable)
        if table.has_focus or not self._drafts:
            self.query_one("#start-list").focus()
        else:
            table.focus()


def _start(key: str, title: str, text: str) -> Option:
    indented = text.replace("\n", "\n   ")
    return Option(
        Content.assemble((f"{key}  ", "bold $accent"), (title, "bold"), (f"\n   {indented}\n", "$quiet"))
    )


def _how() -> Content:
    rows = [
        Content.assemble((f" {n} ", "$accent"), (f"{title:<13}", "bold"), (text, "$quiet"))
        for n, (title, text) in enumerate(HOW, 1)
    ]
    return Content("\n").join(rows)
