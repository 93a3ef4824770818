"""The right side of the Write step: a file, live output of the project's commands, what arrived, what to do next."""

from __future__ import annotations

from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from tui.background import in_background
from tui.state import WizardState
from tui.steps.write_variables import VariablesDialog
from tui.views.arrivals import arrived_head, arrived_tables, next_text
from tui.views.files import diff_lines
from tui.views.project_commands import STATUS, SYNC, missing_variables, project_command
from tui.views.published import Arrived, located, parse_status
from tui.views.writing import PlannedFile, project_environment
from tui.widgets.diff_view import FileView
from tui.widgets.live_output import LiveOutput
from tui.widgets.view_switch import ViewSwitch

VIEWS = (("diff", "File"), ("output", "Output"), ("tables", "Arrived"), ("next", "Next"))
_TITLES = {"output": "Live output", "tables": "What arrived", "next": "Next commands"}


class WriteDetail(Vertical):
    """Four views, one at a time."""

    class Shown(Message):
        """Another view is shown."""

        def __init__(self, view: str) -> None:
            super().__init__()
            self.view = view

    class Ran(Message):
        """A command of the project began or ended."""

    def __init__(self, state: WizardState) -> None:
        super().__init__(id="write-detail", classes="pane")
        self._state = state
        self._target = Path()
        self._path = ""
        self._commands: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """The switch and what it switches."""
        yield ViewSwitch(VIEWS, widget_id="write-views")
        with ContentSwitcher(initial="write-diff"):
            yield FileView(widget_id="write-diff")
            yield LiveOutput(widget_id="write-output")
            with VerticalScroll(id="write-tables"):
                yield Static(arrived_head(None), id="write-tables-head", markup=False)
                yield Static("", id="write-tables-text", markup=False)
            with VerticalScroll(id="write-next"):
                yield Static("", id="write-next-text", markup=False)

    def choose(self, view: str) -> None:
        """Show a view."""
        self.query_one(ViewSwitch).choose(view)

    def on_view_switch_chosen(self, event: ViewSwitch.Chosen) -> None:
        """Show the view chosen."""
        event.stop()
        self.query_one(ContentSwitcher).current = f"write-{event.view}"
        self._draw_title()
        self.post_message(self.Shown(event.view))

    def _draw_title(self) -> None:
        view = self.query_one(ViewSwitch).view
        self.border_title = Content(_TITLES.get(view, self._path))

    def show_file(self, file: PlannedFile) -> None:
        """Show a new file as it will be, any other as what would change in it."""
        self._path = file.path
        self._draw_title()
        shown = self.query_one(FileView)
        if file.state == "new":
            added = [line.text[1:] for line in diff_lines(file.diff) if line.kind == "added"]
            shown.show_file(file.path, "\n".join(added))
        elif file.state == "unchanged":
            shown.show_text("nothing changes in this file", key=file.path)
        else:
            shown.show_diff(file.path, file.diff)

    def show_next(self, commands: list[tuple[str, str]], written: bool) -> None:
        """Show the commands to go on with."""
        self._commands = commands
        self.query_one("#write-next-text", Static).update(next_text(commands, written))

    def copy_next(self) -> None:
        """Copy the commands to go on with."""
        self.app.copy_to_clipboard("\n".join(command for command, _ in self._commands) + "\n")
        self.notify("The commands are on the clipboard.", markup=False)

    # -- running the project's commands

    @property
    def running(self) -> bool:
        """Whether a command runs now."""
        return self.query_one(LiveOutput).running

    def stop(self) -> None:
        """Stop what is running."""
        self.query_one(LiveOutput).stop()

    def run_project(self, target: Path, title: str) -> None:
        """Run one of the commands of the project in a folder, with its output live."""
        self._target = target
        if title == SYNC:
            self._sync_once_set()
        else:
            self._start(title)

    @work(group="sync", exclusive=True)
    async def _sync_once_set(self) -> None:
        """Run the pipeline; ask before for the variables it would stop for."""
        design, environment, target = self._state.design, self._state.environment(), self._target
        missing = await in_background(lambda: missing_variables(design, environment, target))
        if missing:
            given = await self.app.push_screen_wait(VariablesDialog(missing))
            if given is None:
                return
            self._state.secrets.update(given)
        self._start(SYNC)

    def _start(self, title: str) -> None:
        command = project_command(self._state, self._target, title)
        self.choose("output")
        output = self.query_one(LiveOutput)
        # Once it is on the screen its width is known, and the program is told how wide its terminal is.
        self.call_after_refresh(output.start, command, keep=title == STATUS)
        self.call_after_refresh(output.focus_output)
        self.call_after_refresh(self.post_message, self.Ran())

    def on_live_output_ended(self, event: LiveOutput.Ended) -> None:
        """After a sync, ask the project what arrived and show it."""
        event.stop()
        result = event.result
        if result.command.title == SYNC and result.ok:
            self._start(STATUS)
        elif result.command.title == STATUS and (arrived := parse_status(result.output)):
            self._show_arrived(arrived)
        self.post_message(self.Ran())

    def _show_arrived(self, arrived: Arrived) -> None:
        given = project_environment(self._state.environment(), self._target)
        shown = located(arrived, self._state.design, given, self._target)
        self.query_one("#write-tables-head", Static).update(arrived_head(shown))
        self.query_one("#write-tables-text", Static).update(arrived_tables(shown))
        self.choose("tables")
        self.query_one("#write-tables").focus()
