"""What every dialog has in common: Esc or a click beside the box closes it without an answer."""

from __future__ import annotations

from abc import abstractmethod
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


class ListDialog(Dialog[Answer]):
    """A dialog with one list whose lines are wrapped for its width: filled when that is known, and at every other."""

    rows_around = 3
    """How many rows of the box the list leaves to its border and to what else is in it."""
    wrapped_for = 0
    """The width in cells that the lines are wrapped for; 0 until the list has been laid out."""

    @abstractmethod
    def fill(self) -> None:
        """List what there is to choose from."""

    def on_resize(self) -> None:
        """Use the room there is; the list has its first width now, another one only after the layout that follows."""
        # A box whose height is its content's heeds no other limit than one in cells.
        self.query_one(OptionList).styles.max_height = max(3, self.size.height * 9 // 10 - self.rows_around)
        self._wrap()
        self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        listing = self.query_one(OptionList)
        width, at = listing.size.width, listing.highlighted
        if width and width != self.wrapped_for:
            self.wrapped_for = width
            self.fill()
            if at is not None:
                listing.highlighted = at
            self.call_after_refresh(listing.scroll_to_highlight)
