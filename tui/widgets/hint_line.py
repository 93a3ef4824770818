"""The foot of a form: what goes into the field that has the focus. Always there, so that no field ever moves."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Static

from .still import put


class HintLine(Static):
    """Two lines of help under a form. A field finds it among the neighbours of its ancestors."""

    DEFAULT_CSS = "HintLine { height: 2; color: $quiet; }"

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._owner: Widget | None = None

    def show(self, owner: Widget, hint: str) -> None:
        """Show a field's hint."""
        self._owner = owner
        put(self, hint, resize=False)

    def leave(self, owner: Widget) -> None:
        """Take a field's hint away, unless another field has taken its place."""
        if self._owner is owner:
            self._owner = None
            put(self, "", resize=False)


def hint_line_of(field: Widget) -> HintLine | None:
    """Return the line that explains a field, None where the field must do so itself."""
    for ancestor in field.ancestors:
        for child in ancestor.children:
            if isinstance(child, HintLine):
                return child
    return None
