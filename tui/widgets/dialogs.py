"""Small dialogs. Each returns its value by `dismiss`: push one with a callback, or await it inside a worker."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.keymap import bind

from .dialog import Dialog


class ConfirmDialog(ModalScreen[bool]):
    """A question with two answers; returns True for yes. The safe answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("confirm.yes", "y", "answer(True)", "Yes", "Answer yes"),
        bind("confirm.no", "n,escape", "answer(False)", "No", "Answer no"),
        bind("confirm.switch", "left,right", "switch", "Other answer", "Move to the other answer"),
    ]

    def __init__(self, question: str, *, detail: str = "", yes: str = "Yes", no: str = "No") -> None:
        super().__init__(classes="dialog")
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Please decide"
            box.border_subtitle = Content(f"y {self._yes.lower()} · esc {self._no.lower()}")
            yield Static(self._question, markup=False, classes="dialog-question")
            if self._detail:
                yield Static(self._detail, markup=False, classes="dialog-detail")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content(self._no), id="no", compact=True)
                yield Button(Content(self._yes), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start on the safe answer."""
        self.query_one("#no", Button).focus()

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

    def action_switch(self) -> None:
        """Move to the other button."""
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the button's answer."""
        self.dismiss(event.button.id == "yes")


class WhyDialog(Dialog[None]):
    """Explains a suggestion: the choice, its reason, the nearest alternative."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("why.close", "escape,enter,w,space", "close", "Close", "Close the explanation", show=True)
    ]

    def __init__(self, title: str, paragraphs: list[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._paragraphs = paragraphs

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with VerticalScroll(classes="dialog-box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = "esc close"
            for heading, text in self._paragraphs:
                yield Static(
                    Content.assemble((heading, "bold $text-accent"), "\n", text), classes="paragraph"
                )
