"""The Write step: where the project goes, what becomes of each file, and its first run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Button

from generator.errors import UserError
from tui.background import in_background
from tui.keymap import bind
from tui.state import WizardState
from tui.steps.write_comparing import ComparingStep
from tui.steps.write_detail import WriteDetail
from tui.steps.write_files import WriteFiles
from tui.steps.write_head import WriteHead
from tui.steps.write_plan import Planner, overwrite_dialog
from tui.views import writing
from tui.views.arrivals import written_text
from tui.views.project_commands import SYNC, TESTS
from tui.views.rendering import Rendering
from tui.widgets.form_row import FormRow
from tui.widgets.row_table import RowTable
from tui.widgets.view_switch import ViewSwitch

if TYPE_CHECKING:
    from generator.design.problems import Problem
    from tui.widgets.dialogs import ConfirmDialog

_ROOMY_COLUMNS = 100


class WriteStep(ComparingStep):
    """Files and their state on the left; on the right the difference, live output, and what arrived."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("write.stop", "k,f12", "stop", "Stop", "Stop what is running, or waits for the plan", show=True),
        bind("write.write", "W,f10", "write", "Write", "Write the project into the folder", show=True),
        bind("write.tests", "t", "tests", "Tests", "Run the tests of the project written", show=True),
        bind("write.sync", "s", "sync", "First sync", "Run the pipeline, see what arrives", show=True),
        bind("write.view", "v,f9", "view", "View", "File, output, what arrived, next commands", show=True),
        bind("write.changed", "c", "changed_only", "Changes", "Only files that would be touched, or all"),
        bind("write.copy", "y", "copy", "Copy", "Copy the next commands"),
    ]

    step_id = "write"
    title = "Write"
    wants_preview = False

    def __init__(self, state: WizardState) -> None:
        super().__init__(
            state, Planner(state, writing.default_target(state.design, state.project_dir, Path.cwd()))
        )
        self._target_is_mine = False
        self._writing = False
        self._fresh = False  # the focus waits in the list until the button that writes can be pressed

    def compose(self) -> ComposeResult:
        """Folder and buttons above, files and their difference below."""
        with Container(id="write-body"):
            yield WriteHead(self.planner.target)
            with Horizontal(id="write-panes"):
                yield WriteFiles()
                yield WriteDetail(self.state)

    def on_mount(self) -> None:
        """Nothing runs yet."""
        self._draw_buttons()
        self._draw_next()

    @property
    def detail(self) -> WriteDetail:
        """Difference, output, what arrived, next commands."""
        return self.query_one(WriteDetail)

    def show_problems(self, problems: list[Problem]) -> None:
        """List what has to be mended first in place of the files."""
        errors = [problem for problem in self.state.problems() if problem.severity == "error"]
        self.query_one(WriteFiles).show_problems(errors, self.state.subject)
        self.set_class(bool(errors), "-problems")

    def sync(self) -> None:
        """Compare the design as it is now with the folder, soon."""
        if not self._target_is_mine:
            target = writing.default_target(self.design, self.state.project_dir, Path.cwd())
            if target != self.planner.target:
                self.planner.target = target
                self.head.put_target(target)
        super().sync()

    def draw_plan(self) -> None:
        """Show what writing would do."""
        found = self.planner.plan
        self.query_one(WriteFiles).show(found)
        if found.problem:
            self.head.wrong(found.problem)
        else:
            self.head.say(Content.assemble(("● ", "$accent"), writing.plan_text(found.counts)))
        self._draw_buttons()
        self._draw_next()
        if self._fresh and self.query_one(WriteFiles).has_focus_within:
            self.focus_first()

    def _draw_buttons(self) -> None:
        running = self.detail.running
        self.head.enable(
            write=not running and not self.planner.plan.problem and bool(self.planner.plan.files),
            run=not running and self.planner.written,
            stop=running,
        )
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to stop only while there is something to stop."""
        if action == "stop" and self.is_mounted:
            return self.planner.is_awaited or self.detail.running
        return True

    def _draw_next(self) -> None:
        name = self.design.pipeline.name or "pipeline"
        commands = writing.next_commands(self.planner.target, name, Path.cwd())
        self.detail.show_next(commands, self.planner.written)

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Take another folder."""
        event.stop()
        text = str(event.value).strip()
        self._target_is_mine = bool(text)
        self.planner.forget()
        self.planner.target = Path(os.path.expandvars(text or ".")).expanduser().absolute()
        self.plan_soon()

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Show what would change in the file under the cursor."""
        event.stop()
        if isinstance(event.row, writing.PlannedFile):
            self.detail.show_file(event.row)

    def action_write(self) -> None:
        """Write the project; ask first when anything that exists would be overwritten."""
        if self._is_running() or not self.once_planned(self.action_write):
            return
        plan = self.planner.plan
        if plan.problem:
            self.notify(plan.problem, severity="warning", markup=False)
            return
        self._write(overwrite_dialog(plan))

    @work(group="write", exclusive=True)
    async def _write(self, question: ConfirmDialog | None) -> None:
        if question is not None and not await self.app.push_screen_wait(question):
            return
        design, target, rendering = self.design, self.planner.target, Rendering(self.app, self.head.busy)
        self._writing = True
        try:
            counts = await in_background(lambda: writing.write(design, target, rendering.progress))
        except UserError as error:
            self.head.wrong(str(error))
            return
        finally:
            self._writing = False
        self.state.project_dir = target
        await self.planner.compare()
        self.draw_plan()
        self.head.say(written_text(counts, target))
        self.detail.choose("next")
        self.query_one("#write-tests").focus()

    def action_tests(self) -> None:
        """Run the project's own tests."""
        self._run(TESTS)

    def action_sync(self) -> None:
        """Run the pipeline."""
        self._run(SYNC)

    def _run(self, title: str) -> None:
        if self._is_running() or not self.once_planned(lambda: self._run(title)):
            return
        if not self.planner.written:
            said = "There is no project in this folder yet: W writes it."
            self.notify(said, severity="warning", markup=False)
        else:
            self.detail.run_project(self.planner.target, title)

    def on_write_detail_ran(self, event: WriteDetail.Ran) -> None:
        """What can be pressed has changed."""
        event.stop()
        self.call_after_refresh(self._draw_buttons)

    def _is_running(self) -> bool:
        """Tell whether something runs already, and say so."""
        running = self.detail.running
        if self._writing:
            self.notify("The project is being written.", markup=False)
        elif running:
            self.notify("Something runs already: k stops it.", severity="warning", markup=False)
        return running or self._writing

    def action_stop(self) -> None:
        """Stop what is running, or forget what was asked for before the plan was known."""
        if self.planner.is_awaited:
            self.planner.forget()
            self.say_comparing()
        else:
            self.detail.stop()

    def action_view(self) -> None:
        """Show the next view."""
        self.detail.query_one(ViewSwitch).next()

    def on_write_detail_shown(self, event: WriteDetail.Shown) -> None:
        """With little room the files make way for everything but their own text."""
        event.stop()
        self.set_class(event.view != "diff", "-beside")

    def action_changed_only(self) -> None:
        """Show only files that would be touched, or all."""
        self.query_one(WriteFiles).toggle_changed()

    def action_copy(self) -> None:
        """Copy the next commands."""
        self.detail.copy_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        getattr(self, f"action_{(event.button.id or '').removeprefix('write-')}")()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")

    def focus_first(self) -> None:
        """Start on the button that writes, or in the list while that cannot be pressed."""
        button = self.query_one("#write-write", Button)
        self._fresh = button.disabled
        if button.disabled:
            self.query_one(WriteFiles).focus_list()
        else:
            button.focus()
