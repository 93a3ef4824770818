"""Asks for what the first run needs and is not set; what is typed stays in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from tui.paths import absolute
from tui.widgets.dialog import CLOSE, Dialog
from tui.widgets.form_row import FormRow
from tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from generator.project.needs import Variable


class VariablesDialog(Dialog[dict[str, str]]):
    """One field per variable; returns the values by name, None when closed."""

    BINDINGS: ClassVar[list[BindingType]] = [CLOSE]

    def __init__(self, missing: Sequence[Variable]) -> None:
        super().__init__()
        self._missing = missing

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with VerticalScroll(classes="dialog-box -variables", can_focus=False) as box:
            box.border_title = "The run needs variables that are not set"
            box.border_subtitle = "⏎ next, then run · esc close"
            yield Static("What you type stays in memory, for this session.", classes="paragraph")
            for item in self._missing:
                field = TextInput(placeholder=item.example, secret=item.secret)
                yield FormRow(item.name, f"{item.name}  {item.purpose}", field, hint=item.advice)

    def on_mount(self) -> None:
        """Start in the first field."""
        self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next empty field; when there is none, run."""
        event.stop()
        rows = list(self.query(FormRow))
        empty = next((row for row in rows if not row.value), None)
        if empty is None:
            paths = {item.name for item in self._missing if item.path}
            given = {row.path: str(row.value) for row in rows}
            self.dismiss({name: absolute(value) if name in paths else value for name, value in given.items()})
            return
        if empty.field is event.input:
            empty.refuse("give a value, or Esc and set the variable")
        empty.field.focus()

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """What was missing is there."""
        event.row.accept()
