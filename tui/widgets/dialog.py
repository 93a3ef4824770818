"""What every dialog has in common: Esc or a click beside the box closes it without an answer."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual import events
from textual.screen import ModalScreen
from textual.widgets import OptionList

from tui.keymap import bind

Answer = TypeVar("Answer")
CLOSE = bind("dialog.close", "escape", "close", "Close", "Close the dialog", show=True)
"""The key of dialogs that have no words of their own for it."""


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """Returns its answer by `dismiss`, None when it was closed."""

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Close when the click was beside the box."""
        if event.widget is self:
            self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move in the dialog's list while its filter keeps the focus."""
        listing = self.query_one(OptionList)
        if by > 0:
            listing.action_cursor_down()
        else:
            listing.action_cursor_up()
