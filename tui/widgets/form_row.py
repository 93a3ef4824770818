"""A labelled field: label, control, and under it the error or, while focused, what goes in."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from .check import Check
from .choice import Choice, Item
from .text_input import TextInput

Control = TextInput | Choice | Check


class FormRow(Vertical):
    """One field of a form. ``path`` is the design path (or any name) the field stands for."""

    error: reactive[str] = reactive("")

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
        self.note = note

    def compose(self) -> ComposeResult:
        with Horizontal(classes="form-line"):
            yield Static(self.label, markup=False, classes="form-label")
            yield self.field
            yield Static(self.note, markup=False, classes="form-note")
        yield Static("", markup=False, classes="form-hint")

    def on_mount(self) -> None:
        """Show no empty lines."""
        self._draw_hint()
        self.query_one(".form-note").display = bool(self.note)

    @property
    def value(self) -> str | bool:
        """What the field holds."""
        return self.field.value

    def put(self, value: str | bool) -> None:
        """Show a value without telling anyone that it changed."""
        if self.field.value == value:
            return
        if isinstance(self.field, Check):
            self.field.value = bool(value)
        else:
            with self.field.prevent(Input.Changed):
                self.field.value = str(value)

    def put_note(self, note: str | Content) -> None:
        """Show a short remark beside the field."""
        widget = self.query_one(".form-note", Static)
        widget.update(note)
        widget.display = bool(note)

    def watch_error(self) -> None:
        """Show or take away the error."""
        self.set_class(bool(self.error), "-error")
        if self.is_mounted:
            self._draw_hint()

    def _draw_hint(self) -> None:
        hint = self.query_one(".form-hint", Static)
        if self.error:
            hint.update(Content.styled(f"! {self.error}", "$text-error"))
        else:
            hint.update(Content.styled(self.hint, "$quiet"))
        hint.display = bool(self.error) or (bool(self.hint) and self.has_focus_within)

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
