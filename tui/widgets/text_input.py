"""A one-line text field; one that holds a secret never gives it away."""

from __future__ import annotations

from textual.widgets import Input


class TextInput(Input):
    """A compact input. With ``secret`` it shows dots, and selecting and copying yield nothing."""

    def __init__(
        self, value: str = "", *, placeholder: str = "", secret: bool = False, name: str | None = None
    ) -> None:
        super().__init__(
            value, placeholder=placeholder, password=secret, compact=True, id=name, select_on_focus=not secret
        )

    def action_copy(self) -> None:
        """Copy the selection, unless it is a secret."""
        if self.password:
            self.app.notify("A secret is not copied to the clipboard.", markup=False)
        else:
            super().action_copy()

    def action_cut(self) -> None:
        """Cut the selection, unless it is a secret."""
        if self.password:
            self.app.notify("A secret is not copied to the clipboard.", markup=False)
        else:
            super().action_cut()

    @property
    def selected_text(self) -> str:
        """The selected text; nothing when it is a secret, whoever asks (screen copy included)."""
        return "" if self.password else super().selected_text
