"""Undo and redo of the design from a screen, also while a text field has the focus."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from .state import WizardState


class UndoableScreen(Screen[None]):
    """A screen over a state whose changes can be taken back."""

    def __init__(self, state: WizardState) -> None:
        super().__init__()
        self.state = state

    def action_undo(self) -> None:
        """Take back the last change."""
        label = self._without_focus(self.state.undo)
        self._tell(f"Undone: {label}" if label else "Nothing to undo.")

    def action_redo(self) -> None:
        """Do again what was taken back."""
        label = self._without_focus(self.state.redo)
        self._tell(f"Done again: {label}" if label else "Nothing to redo.")

    def _tell(self, text: str) -> None:
        # Pressed again and again it would pile up over what it changes.
        self.app.clear_notifications()
        self.notify(text, markup=False, timeout=2)

    def _without_focus(self, change: Callable[[], str | None]) -> str | None:
        """Change the design while no text field is being typed in: such a field would keep its text."""
        focused = self.focused
        self.set_focus(None)
        label = change()
        if focused is not None and focused.is_attached and focused.focusable:
            self.set_focus(focused)
        elif self.focused is None:
            self.focus_next()
        return label
