"""Writes the design to a YAML file of the person's choice; the draft goes on by itself."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from generator.errors import UserError
from generator.text_file import replace_text

from .state import WizardState
from .widgets.dialog import CLOSE, Dialog
from .widgets.form_row import FormRow, text_row


class SaveDialog(Dialog[None]):
    """Asks for a path; never overwrites a file without a second Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [CLOSE]

    def __init__(self, state: WizardState) -> None:
        super().__init__()
        self.state = state
        self._overwrite: Path | None = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        name = self.state.design.pipeline.name or "pipeline"
        folder = self.state.project_dir or Path.cwd()
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Save the design as"
            box.border_subtitle = "⏎ save · esc close"
            yield text_row("path", "File", str(folder / f"{name}.yaml"), hint="YAML; secrets stay ${NAMES}")

    def on_mount(self) -> None:
        """Start in the path."""
        self.query_one(Input).focus()

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Another path: what was wrong with the one before is over."""
        event.row.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Save."""
        from generator.design.yaml_io import dump_design

        row = self.query_one(FormRow)
        path = Path(event.value).expanduser()
        if path.exists() and path != self._overwrite:
            self._overwrite = path
            row.refuse("This file exists. Press Enter again to replace it.")
            return
        try:
            replace_text(path.resolve(), dump_design(self.state.design))
        except (OSError, UserError) as error:
            row.refuse(f"Cannot write there: {error}")
            return
        self.app.notify(f"Saved as {path}", markup=False)
        self.dismiss(None)
