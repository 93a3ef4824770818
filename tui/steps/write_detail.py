"""The right side of the Write step: a file, live output, what arrived, what to do next."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from tui.views.arrivals import arrived_text, next_text
from tui.views.files import diff_lines
from tui.views.writing import Arrived, PlannedFile
from tui.widgets.diff_view import FileView
from tui.widgets.live_output import Command, LiveOutput
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

    def __init__(self) -> None:
        super().__init__(id="write-detail", classes="pane")
        self._path = ""
        self._commands: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """The switch and what it switches."""
        yield ViewSwitch(VIEWS, widget_id="write-views")
        with ContentSwitcher(initial="write-diff"):
            yield FileView(widget_id="write-diff")
            yield LiveOutput(widget_id="write-output")
            with VerticalScroll(id="write-tables"):
                yield Static(arrived_text(None), id="write-tables-text", markup=False)
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

    def run(self, command: Command, *, keep: bool) -> None:
        """Run a command and show its output; ``keep`` leaves the output so far above."""
        self.choose("output")
        output = self.query_one(LiveOutput)
        # Once it is on the screen its width is known, and the program is told how wide its terminal is.
        self.call_after_refresh(output.start, command, keep=keep)
        self.call_after_refresh(output.focus_output)

    def show_next(self, commands: list[tuple[str, str]], written: bool) -> None:
        """Show the commands to go on with."""
        self._commands = commands
        self.query_one("#write-next-text", Static).update(next_text(commands, written))

    def copy_next(self) -> None:
        """Copy the commands to go on with."""
        self.app.copy_to_clipboard("\n".join(command for command, _ in self._commands) + "\n")
        self.notify("The commands are on the clipboard.", markup=False)

    def show_arrived(self, arrived: Arrived) -> None:
        """Show the tables that arrived."""
        self.query_one("#write-tables-text", Static).update(arrived_text(arrived))
        self.choose("tables")
        self.query_one("#write-tables").focus()
