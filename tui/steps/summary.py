"""The Summary step: the design in words, its data flow, what is wrong with it, every file to be written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Static

from tui.background import in_background
from tui.keymap import bind
from tui.steps.base import Step
from tui.views.files import readable
from tui.views.overview import Files, Overview, all_files, contents_text, overview, styled_summary
from tui.views.rendering import Rendering
from tui.widgets.diff_view import FileView
from tui.widgets.file_tree import FileTree, FilteredTree
from tui.widgets.problem_list import ProblemList
from tui.widgets.view_switch import ViewSwitch

if TYPE_CHECKING:
    from generator.design.problems import Problem

_VIEWS = (("summary", "Summary"), ("files", "Files"))
_QUESTION = "Shall I proceed with implementation?"
_DELAY_SECONDS = 0.15
_ROOMY_COLUMNS = 110


class SummaryStep(Step):
    """Text, flow and problems; beside them (or on the other side of a switch) the files."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("summary.write", "p,W", "proceed", "Proceed", "Go on to write the project", show=True),
        bind("summary.copy", "y", "copy", "Copy", "Copy the design summary", show=True),
        bind(
            "summary.files", "v,f9", "switch", "Files", "Switch between the summary and the files", show=True
        ),
        bind(
            "summary.mermaid", "m", "copy_mermaid", "Copy diagram", "Copy the data flow as a mermaid diagram"
        ),
        bind("summary.yaml", "d", "copy_design", "Copy design", "Copy the design as YAML"),
    ]

    step_id = "summary"
    title = "Summary"
    wants_preview = False

    def compose(self) -> ComposeResult:
        """Summary and files side by side, the question below."""
        with Container(id="summary-body"):
            with Horizontal(id="summary-bar"):
                yield ViewSwitch(_VIEWS, widget_id="summary-views")
            with Horizontal(id="summary-panes"):
                with VerticalScroll(id="summary-left", classes="pane", can_focus=True) as left:
                    left.border_title = "Design"
                    yield ProblemList("summary-problems")
                    yield Static("", id="summary-text", markup=False)
                    yield Static("", id="summary-flow", markup=False)
                    yield Static("", id="summary-contents", markup=False)
                with Container(id="summary-right"):
                    with Vertical(id="summary-tree", classes="pane") as tree:
                        tree.border_title = "Files"
                        yield Static("", id="summary-no-files", classes="empty", markup=False)
                        yield ProblemList("summary-problems-beside")
                        yield FilteredTree()
                    with Vertical(id="summary-file", classes="pane"):
                        yield FileView()
            with Horizontal(id="summary-question"):
                yield Static(_QUESTION, id="summary-ask", markup=False)
                yield Button("Write project", id="summary-write", variant="primary", compact=True)
                yield Button("Back", id="summary-back", compact=True)

    class Leave(Message):
        """The person goes to another step."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def on_mount(self) -> None:
        """Nothing is rendered yet."""
        self._overview: Overview | None = None
        self._files = Files()
        self._timer: Timer | None = None
        self._drawn_revision = -1
        self._errors = 0
        self.query_one("#summary-body").add_class("-summary")

    @property
    def now(self) -> datetime:
        """The time the next run is counted from."""
        return cast("datetime", getattr(self.app, "clock", datetime.now)()).astimezone()

    # -- drawing

    def sync(self) -> None:
        """Draw the design as it is now, soon."""
        if self._timer is not None:
            self._timer.stop()
        if self._drawn_revision != self.state.revision:
            if self._overview is None:
                self._say_no_files("Rendering the files …")
                waiting = Content.styled("◌ summing up the design …", "$quiet")
                self.query_one("#summary-text", Static).update(waiting)
            self._timer = self.set_timer(_DELAY_SECONDS, self._draw)

    @work(group="summary", exclusive=True)
    async def _draw(self) -> None:
        revision, design, now = self.state.revision, self.design, self.now
        width = max(40, self.query_one("#summary-left").size.width - 1)
        found = self._overview = await in_background(lambda: overview(design, now, width))
        self.query_one("#summary-text", Static).update(styled_summary(found.summary))
        self.query_one("#summary-flow", Static).update(Content(found.flow))
        rendering = Rendering(self.app, self._say_progress)
        try:
            self._draw_files(await in_background(lambda: all_files(design, rendering.progress)))
        finally:
            rendering.give_up()
        self._drawn_revision = revision

    def _say_progress(self, said: str) -> None:
        if self.is_attached and not self._files.files:
            self._say_no_files(f"Rendering the files: {said} …")

    def on_hide(self) -> None:
        """Stop rendering: it starts anew when the step is shown again."""
        self.workers.cancel_group(self, "summary")

    def _draw_files(self, found: Files) -> None:
        self._files = found
        self.query_one("#summary-contents", Static).update(contents_text(found.files))
        if found.files:
            self.query_one("#summary-no-files").display = False
            files = self.query_one(FilteredTree)
            self.query_one("#summary-file").display = files.display = True
            files.show(list(found.files), self.design.pipeline.name)
        else:
            self._say_no_files(found.why_none)

    def _say_no_files(self, text: str) -> None:
        self.query_one("#summary-file").display = False
        note = self.query_one("#summary-no-files", Static)
        note.update(text)
        note.display = True
        self.query_one(FilteredTree).display = False

    def show_problems(self, problems: list[Problem]) -> None:
        """List every problem of the whole design."""
        every = self.state.problems()
        for listing in self.query(ProblemList):
            listing.list_problems(every, self.state.subject)
        errors = sum(problem.severity == "error" for problem in every)
        some = f"{errors} problem{'s' if errors > 1 else ''} to mend first"
        ask = Content.styled(f"! {some}", "$text-error") if errors else Content(_QUESTION)
        self.query_one("#summary-ask", Static).update(ask)
        self.query_one("#summary-write", Button).label = "Go to the first" if errors else "Write project"
        self._errors = errors
        self._place_problems()

    def _place_problems(self) -> None:
        """With errors there are no files: where there is room, their place is that of the problems."""
        beside = self._errors > 0 and self.has_class("-roomy")
        above, right = self.query(ProblemList)
        above.display = bool(self.state.problems()) and not beside
        right.display = beside
        self.query_one("#summary-tree").border_title = "Problems" if beside else "Files"

    @property
    def _problem_list(self) -> ProblemList:
        return next(listing for listing in self.query(ProblemList) if listing.display)

    def on_file_tree_picked(self, event: FileTree.Picked) -> None:
        """Show the file under the cursor."""
        event.stop()
        self.query_one(FileView).show_file(event.path, readable(self._files.files.get(event.path, b"")))
        self.query_one("#summary-file").border_title = Content(event.path)

    # -- actions

    def action_switch(self) -> None:
        """Show the other of summary and files."""
        self.query_one(ViewSwitch).next()

    def on_view_switch_chosen(self, event: ViewSwitch.Chosen) -> None:
        """Show the view chosen."""
        event.stop()
        body = self.query_one("#summary-body")
        body.set_class(event.view == "summary", "-summary")
        body.set_class(event.view == "files", "-files")
        self.focus_first()

    def action_copy(self) -> None:
        """Copy the summary."""
        self._copy(self._overview.summary if self._overview else "", "The summary")

    def action_copy_mermaid(self) -> None:
        """Copy the data flow as mermaid."""
        self._copy(self._overview.mermaid if self._overview else "", "The mermaid diagram")

    def action_copy_design(self) -> None:
        """Copy the design; it holds no secrets, only the names of variables."""
        from generator.design.yaml_io import dump_design

        self._copy(dump_design(self.design), "The design")

    def _copy(self, text: str, what: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"{what} is on the clipboard.", markup=False)

    def action_proceed(self) -> None:
        """Go on to the Write step; to the first problem while there are any."""
        if self._errors:
            listing = self._problem_list
            listing.options.highlighted = 0
            listing.options.action_select()
        else:
            self.post_message(self.Leave("go('write')"))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Proceed, or go back."""
        event.stop()
        if event.button.id == "summary-write":
            self.action_proceed()
        else:
            self.post_message(self.Leave("back"))

    async def on_summary_step_leave(self, event: Leave) -> None:
        """Go to another step."""
        event.stop()
        await self.screen.run_action(event.action)

    def on_resize(self) -> None:
        """Both sides where there is room, else one at a time."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")
        self._place_problems()
        self._drawn_revision = -1
        self.sync()

    # -- for the wizard

    def focus_first(self) -> None:
        """Start on the answer, or in the files when they alone are shown."""
        files = self.query_one("#summary-body").has_class("-files") and not self.has_class("-roomy")
        (self.query_one(FileTree) if files else self.query_one("#summary-write")).focus()

    def focus_path(self, path: str) -> bool:
        """Name, owner and description are asked for in the pipeline dialog, which the wizard opens."""
        return False
