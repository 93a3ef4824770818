"""A filter table whose filter line keeps out of the way while rows are few or room is short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from textual import events
from textual.containers import Horizontal

from .filter_table import FilterInput, FilterTable

Row = TypeVar("Row")
FILTER_FROM = 20
"""More rows than this get a filter."""
_ROOMY_ROWS = 12


class FoldedTable(FilterTable[Row]):
    """Shows its filter line where there is room for it, else as soon as someone asks for it (``/``)."""

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        super().show(rows)
        self._fold()

    def on_resize(self) -> None:
        """Fold or unfold with the room there is."""
        self._fold()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Fold when the person left an empty filter."""
        self.call_after_refresh(self._fold)

    def _fold(self) -> None:
        if not self.is_mounted:
            return
        field = self.query_one(FilterInput)
        many = len(self._all) > FILTER_FROM
        used = field.has_focus or bool(field.value)
        self.query_one(".filter-line", Horizontal).display = used or (
            many and self.size.height >= _ROOMY_ROWS
        )

    def action_filter(self) -> None:
        """Unfold the filter and go to it."""
        self.query_one(".filter-line", Horizontal).display = True
        self.query_one(FilterInput).focus()

    def on_key(self, event: events.Key) -> None:
        """Go up from the first row into the filter only where it is shown."""
        if event.key == "up" and not self.query_one(".filter-line", Horizontal).display:
            event.prevent_default()
