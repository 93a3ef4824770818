"""The Write step: where the project goes, what becomes of each file, and its first run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from generator.errors import UserError
from tui.background import in_background
from tui.history import fork
from tui.keymap import bind
from tui.state import WizardState
from tui.steps.base import Step
from tui.steps.write_detail import WriteDetail
from tui.views import writing
from tui.views.arrivals import file_cells, next_text, written_text
from tui.views.files import MARKS
from tui.views.processes import EXIT_WORDS, PYTEST_EXIT_WORDS
from tui.widgets.filter_table import FilterTable
from tui.widgets.form_row import FormRow, text_row
from tui.widgets.live_output import Command, LiveOutput
from tui.widgets.row_table import Col, RowTable
from tui.widgets.view_switch import ViewSwitch

_COLUMNS = (Col("", 1), Col("file", 0), Col("state", 10, hide_below=44))
_DELAY_SECONDS = 0.3
_STATUS = "status"
_ROOMY_COLUMNS = 100


class WriteStep(Step):
    """Files and their state on the left; on the right the difference, live output, and what arrived."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("write.write", "W,f10", "write", "Write", "Write the project into the folder", show=True),
        bind("write.tests", "t", "tests", "Tests", "Run the tests of the project written", show=True),
        bind(
            "write.sync",
            "s",
            "sync",
            "First sync",
            "Run the pipeline written, and see what arrives",
            show=True,
        ),
        bind("write.stop", "k,f12", "stop", "Stop", "Stop what is running"),
        bind(
            "write.view",
            "v,f9",
            "view",
            "View",
            "File, output, tables that arrived, next commands",
            show=True,
        ),
        bind(
            "write.changed", "c", "changed_only", "Changes", "Show only files that would be touched, or all"
        ),
        bind("write.copy", "y", "copy", "Copy", "Copy the next commands"),
    ]

    step_id = "write"
    title = "Write"
    wants_preview = False

    def __init__(self, state: WizardState) -> None:
        super().__init__(state)
        self.target = writing.default_target(state.design, state.project_dir, Path.cwd())
        self._target_is_mine = False
        self._plan = writing.Plan()
        self._planned_for: tuple[int, Path] | None = None
        self._timer: Timer | None = None
        self._changed_only = False
        self._written = False

    def compose(self) -> ComposeResult:
        """Folder and buttons above, files and their difference below."""
        with Container(id="write-body"):
            with Vertical(id="write-head", classes="pane") as head:
                head.border_title = "Write the project"
                head.border_subtitle = "a new or empty folder, or one written before"
                # No hint: it would come and go with the focus and move the buttons under the mouse.
                yield text_row("target", "Folder", str(self.target))
                yield Static("", id="write-state", markup=False)
                with Horizontal(id="write-buttons"):
                    yield Button("Write project", id="write-write", variant="primary", compact=True)
                    yield Button("Run its tests", id="write-tests", compact=True)
                    yield Button("First sync", id="write-sync", compact=True)
                    yield Button("Stop", id="write-stop", compact=True)
            with Horizontal(id="write-panes"):
                with Vertical(id="write-files", classes="pane") as files:
                    files.border_title = "Files"
                    yield FilterTable[writing.PlannedFile](
                        _COLUMNS,
                        file_cells,
                        text=lambda file: f"{file.path} {file.state}".lower(),
                        identity=lambda file: file.path,
                        name="write-list",
                    )
                yield WriteDetail()

    def on_mount(self) -> None:
        """Nothing runs yet."""
        self._draw_buttons()
        self._draw_next()

    @property
    def detail(self) -> WriteDetail:
        """Difference, output, what arrived, next commands."""
        return self.query_one(WriteDetail)

    # -- the plan

    def sync(self) -> None:
        """Compare the design as it is now with the folder, soon."""
        if not self._target_is_mine:
            target = writing.default_target(self.design, self.state.project_dir, Path.cwd())
            if target != self.target:
                self.target = target
                self.query_one(FormRow).put(str(target))
        if self._planned_for != (self.state.revision, self.target):
            self._plan_soon()

    def _plan_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DELAY_SECONDS, self._compare)

    @work(group="plan", exclusive=True)
    async def _compare(self) -> None:
        design, target, revision = fork(self.design), self.target, self.state.revision
        self._say(Content.styled("◌ comparing with the folder …", "$quiet"))
        self._plan = await in_background(lambda: writing.plan(design, target))
        self._planned_for = (revision, target)
        self._written = (target / ".pipewizard").exists()
        self._draw_plan()

    def _draw_plan(self) -> None:
        found = self._plan
        shown = [file for file in found.files if not self._changed_only or file.state != "unchanged"]
        self.query_one("#write-list", FilterTable).show(shown)
        if found.problem:
            self._say(Content.assemble(("! ", "bold $text-error"), found.problem))
        else:
            self._say(Content.assemble(("● ", "$accent"), writing.plan_text(found.counts)))
        self._draw_buttons()
        self._draw_next()

    def _say(self, text: Content) -> None:
        self.query_one("#write-state", Static).update(text)

    def _draw_buttons(self) -> None:
        running = self.query_one(LiveOutput).running
        self.query_one("#write-write", Button).disabled = (
            running or bool(self._plan.problem) or not self._plan.files
        )
        self.query_one("#write-tests", Button).disabled = running or not self._written
        self.query_one("#write-sync", Button).disabled = running or not self._written
        self.query_one("#write-stop", Button).display = running

    def _draw_next(self) -> None:
        commands = writing.next_commands(self.target, self.design.pipeline.name or "pipeline", Path.cwd())
        self.detail.show_next(next_text(commands, self._written))

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Take another folder."""
        event.stop()
        text = str(event.value).strip()
        self._target_is_mine = bool(text)
        self.target = Path(os.path.expandvars(text or ".")).expanduser().absolute()
        self._plan_soon()

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Show what would change in the file under the cursor."""
        event.stop()
        if isinstance(event.row, writing.PlannedFile):
            self.detail.show_file(event.row)

    # -- writing

    def action_write(self) -> None:
        """Write the project; ask first when anything that exists would be overwritten."""
        if self._plan.problem or not self._plan.files or self.query_one(LiveOutput).running:
            return
        question = writing.overwrite_question(self._plan.counts)
        if not question:
            self._write()
            return
        from tui.widgets.dialogs import ConfirmDialog

        detail = (
            "Each difference is in the list (c shows only changes). Files you edited are kept as they are."
        )
        dialog = ConfirmDialog(
            f"{question[0].upper()}{question[1:]}. Go on?", detail=detail, yes="Write", no="Not yet"
        )
        self.app.push_screen(dialog, self._agreed)

    def _agreed(self, answer: bool | None) -> None:
        if answer:
            self._write()

    @work(group="write", exclusive=True)
    async def _write(self) -> None:
        from generator.project.generate import generate

        design, target = fork(self.design), self.target
        app = self.app

        def progress(what: str, done: int, total: int) -> None:
            app.call_later(self._say, Content.styled(f"◌ {what} {done} of {total}", "$quiet"))

        try:
            result = await in_background(lambda: generate(design, target, progress=progress))
        except UserError as error:
            self._say(Content.assemble(("! ", "bold $text-error"), str(error)))
            return
        if writing.is_demo(target):
            from generator.demo import write_environment

            await in_background(lambda: write_environment(target.parent, target))
        counts = {state: result.count(state) for state in MARKS}
        self._written = True
        self.state.project_dir = target
        self._plan = await in_background(lambda: writing.plan(design, target))
        self._planned_for = (self.state.revision, target)
        self._draw_plan()
        self._say(written_text(counts, target))
        self.detail.choose("next")
        self.query_one("#write-tests").focus()

    # -- running

    def action_tests(self) -> None:
        """Run the project's own tests."""
        self._run("its tests", "pytest")

    def action_sync(self) -> None:
        """Run the pipeline."""
        self._run("first sync", "python", "-m", self.design.pipeline.name, "run")

    def _run(self, title: str, *argv: str, keep: bool = False) -> None:
        if not self._written or self.query_one(LiveOutput).running:
            return
        environment = writing.project_environment(self.state.environment(), self.target)
        names = [*self.state.secrets, *environment]
        secrets = writing.secret_values(self.state.secrets, environment, names)
        quiet = ("--quiet",) if title == _STATUS else ()
        words = PYTEST_EXIT_WORDS if argv[0] == "pytest" else EXIT_WORDS
        command = Command(title, ("uv", "run", *quiet, *argv), self.target, environment, secrets, words)
        self.detail.choose("output")
        output = self.query_one(LiveOutput)
        # Once it is on the screen its width is known, and the program is told how wide its terminal is.
        self.call_after_refresh(output.start, command, keep=keep)
        self.call_after_refresh(output.focus_output)
        self.call_after_refresh(self._draw_buttons)

    def on_live_output_ended(self, event: LiveOutput.Ended) -> None:
        """After a sync, ask the project what arrived and show it."""
        event.stop()
        result = event.result
        name = self.design.pipeline.name
        if result.command.title == "first sync" and result.ok:
            self._run(_STATUS, "python", "-m", name, "status", "--json", keep=True)
        elif result.command.title == _STATUS and (arrived := writing.parse_status(result.output)):
            self.detail.show_arrived(arrived)
        self.call_after_refresh(self._draw_buttons)

    def action_stop(self) -> None:
        """Stop what is running."""
        self.query_one(LiveOutput).stop()

    # -- moving about

    def action_view(self) -> None:
        """Show the next view."""
        self.detail.query_one(ViewSwitch).next()

    def on_write_detail_shown(self, event: WriteDetail.Shown) -> None:
        """With little room the files make way for everything but their own text."""
        event.stop()
        self.set_class(event.view != "diff", "-beside")

    def action_changed_only(self) -> None:
        """Show only files that would be touched, or all."""
        self._changed_only = not self._changed_only
        self._draw_plan()

    def action_copy(self) -> None:
        """Copy the next commands."""
        commands = writing.next_commands(self.target, self.design.pipeline.name or "pipeline", Path.cwd())
        self.app.copy_to_clipboard("\n".join(command for command, _ in commands) + "\n")
        self.notify("The commands are on the clipboard.", markup=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        actions = {"write-write": self.action_write, "write-tests": self.action_tests,
                   "write-sync": self.action_sync, "write-stop": self.action_stop}  # fmt: skip
        actions[event.button.id or ""]()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")

    def focus_first(self) -> None:
        """Start on the button that writes, or in the list while that cannot be pressed."""
        button = self.query_one("#write-write", Button)
        (self.query_one("#write-list", FilterTable).table if button.disabled else button).focus()
