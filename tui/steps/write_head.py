"""The head of the Write step: the folder, the state of things, and the buttons."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from tui.widgets.form_row import FormRow, text_row


class WriteHead(Vertical):
    """Shows where the project goes; what is pressed or typed is the step's to act upon."""

    def __init__(self, target: Path) -> None:
        super().__init__(id="write-head", classes="pane")
        self._target = target

    def compose(self) -> ComposeResult:
        """Folder, state, buttons."""
        self.border_title = "Write the project"
        self.border_subtitle = "a new or empty folder, or one written before"
        # No hint: it would come and go with the focus and move the buttons under the mouse.
        yield text_row("target", "Folder", str(self._target))
        yield Static("", id="write-state", markup=False)
        with Horizontal(id="write-buttons"):
            yield Button("Write project", id="write-write", variant="primary", compact=True)
            yield Button("Run its tests", id="write-tests", compact=True)
            yield Button("First sync", id="write-sync", compact=True)
            yield Button("Stop", id="write-stop", compact=True)

    def put_target(self, target: Path) -> None:
        """Show another folder."""
        self.query_one(FormRow).put(str(target))

    def say(self, text: Content) -> None:
        """Show the state of things."""
        self.query_one("#write-state", Static).update(text)

    def busy(self, text: str) -> None:
        """Say what is going on."""
        self.say(Content.styled(f"◌ {text}", "$quiet"))

    def wrong(self, text: str) -> None:
        """Say what is wrong."""
        self.say(Content.assemble(("! ", "bold $text-error"), text))

    def enable(self, *, write: bool, run: bool, stop: bool) -> None:
        """Let the buttons be pressed that can do something now."""
        self.query_one("#write-write", Button).disabled = not write
        self.query_one("#write-tests", Button).disabled = not run
        self.query_one("#write-sync", Button).disabled = not run
        self.query_one("#write-stop", Button).display = stop
