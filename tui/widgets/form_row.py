"""A labelled field: label, control, and under it the error.

What goes in is said, while the field has the focus, by the form's `HintLine`; a form without one has it under the
field. Nothing moves between pressing and letting go of a mouse button: a click would miss what it was meant for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from .check import Check
from .choice import Choice, Item
from .hint_line import hint_line_of
from .still import put
from .text_input import TextInput

if TYPE_CHECKING:
    from generator.design.problems import Problem
    from tui.app import PipewizardApp

Control = TextInput | Choice | Check
MOUSE_PATIENCE_SECONDS = 0.05
"""How soon a held mouse button is looked at again."""


def field_error(problem: Problem) -> str:
    """Return a problem as a field shows it: message and fix in one line."""
    return f"{problem.message} → {problem.fix}" if problem.fix else problem.message


class FormRow(Vertical):
    """One field of a form. ``path`` is the design path (or any name) the field stands for.

    A field whose text cannot be read (`refuse`) says so until the text changes: problems of the design
    (`show_problem`) come after it, and `put` leaves the text while the design's value is the one it was typed over.
    """

    error: reactive[str] = reactive("")
    """What is shown under the field; set by `refuse`, `accept` and `show_problem`."""
    app: PipewizardApp

    class Changed(Message):
        """The person changed the field's value (text fields: with every key)."""

        def __init__(self, row: FormRow, value: str | bool) -> None:
            super().__init__()
            self.row = row
            self.path = row.path
            self.value = value

        @property
        def control(self) -> FormRow:
            """The row that changed."""
            return self.row

    def __init__(
        self, path: str, label: str, control: Control, *, hint: str = "", note: str = "", classes: str = ""
    ) -> None:
        super().__init__(classes=f"form-row {classes}")
        self.path = path
        self.label = label
        self.field = control
        self.hint = hint
        self._note = Static(note, markup=False, classes="form-note")
        self._note.display = bool(note)
        self._below = Static("", markup=False, classes="form-hint")
        self._below.display = False
        self._refused = False
        self._held: str | bool = control.value
        """What the design held when it was last heard of."""

    def compose(self) -> ComposeResult:
        """Lay out the row."""
        with Horizontal(classes="form-line"):
            yield Static(self.label, markup=False, classes="form-label")
            yield self.field
            yield self._note
        yield self._below

    def on_mount(self) -> None:
        """Show an error that was there before the row."""
        self._draw_hint()

    @property
    def value(self) -> str | bool:
        """What the field holds."""
        return self.field.value

    def put(self, value: str | bool) -> None:
        """Show a value without telling anyone that it changed; never under the hands of someone typing."""
        held, self._held = self._held, value
        if self.field.value == value or self._is_typed_in or (self._refused and held == value):
            return
        self.forget()
        if isinstance(self.field, Check):
            self.field.value = bool(value)
        else:
            with self.field.prevent(Input.Changed):
                self.field.value = str(value)

    @property
    def _is_typed_in(self) -> bool:
        return isinstance(self.field, TextInput) and self.is_attached and self.screen.focused is self.field

    def clear(self) -> None:
        """Empty a text field, also while it has the focus."""
        if isinstance(self.field, TextInput):
            with self.field.prevent(Input.Changed):
                self.field.value = ""

    def put_note(self, note: str | Content) -> None:
        """Show a short remark beside the field."""
        put(self._note, note)
        self._note.display = bool(note)

    # -- what is wrong with it

    def refuse(self, why: str) -> None:
        """Say that what stands in the field cannot be read; nothing of it went into the design."""
        self._refused = True
        self.error = why

    def accept(self) -> None:
        """What stands in the field went into the design; the next review says what it thinks of it."""
        self._refused = False
        self._held = self.value
        self.error = ""

    def forget(self) -> None:
        """The field stands for something else now: what was wrong with its text is over."""
        if self._refused:
            self._refused = False
            self.error = ""

    def show_problem(self, problem: Problem | None) -> None:
        """Show what a review found, None takes it away; a text that cannot be read goes before it."""
        if not self._refused:
            self.error = field_error(problem) if problem else ""

    def watch_error(self) -> None:
        """Show or take away the error."""
        self.set_class(bool(self.error), "-error")
        self._draw_hint()

    def _draw_hint(self) -> None:
        if not self.is_attached:
            return
        if self.app.mouse_pressed:
            self.set_timer(MOUSE_PATIENCE_SECONDS, self._draw_hint)
            return
        focused, line = self.has_focus_within, hint_line_of(self)
        if line is not None:
            if focused:
                line.show(self, self.hint)
            else:
                line.leave(self)
        if self.error:
            put(self._below, Content.styled(f"! {self.error}", "$text-error"))
        else:
            put(self._below, Content.styled(self.hint, "$quiet"))
        self._below.display = bool(self.error) or (bool(self.hint) and focused and line is None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what goes in."""
        self._draw_hint()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Take the hint away."""
        self.call_after_refresh(self._draw_hint)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the change on as this field's."""
        event.stop()
        self.post_message(self.Changed(self, event.value))

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Pass the change on as this field's."""
        event.stop()
        self.post_message(self.Changed(self, event.value))

    def on_check_changed(self, event: Check.Changed) -> None:
        """Pass the change on as this field's."""
        event.stop()
        self.post_message(self.Changed(self, event.value))


def text_row(path: str, label: str, value: str = "", *, placeholder: str = "", hint: str = "") -> FormRow:
    """Return a row with a text field."""
    return FormRow(path, label, TextInput(value, placeholder=placeholder), hint=hint)


def choice_row(path: str, label: str, items: list[Item], value: str = "", *, hint: str = "") -> FormRow:
    """Return a row with a choice."""
    return FormRow(path, label, Choice(items, value, title=label), hint=hint)


def check_row(path: str, label: str, value: bool = False, *, text: str = "", hint: str = "") -> FormRow:
    """Return a row with a yes or no."""
    return FormRow(path, label, Check(text, value), hint=hint)
