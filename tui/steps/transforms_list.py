"""The list of transforms in the order they run, with a filter once there are many."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.views.transform_texts import row_text
from tui.views.transforms import TransformRow
from tui.widgets.filtered_list import Entry, FilteredList

ADD = "add"
"""Key of the entry that adds a transform; every other entry's is the transform's index."""


class TransformList(FilteredList):
    """Transforms, and the entry that adds one."""

    def __init__(self) -> None:
        super().__init__(name="transform-filter", list_id="transform-list")

    def show_rows(self, rows: Sequence[TransformRow], index: int) -> None:
        """Show these transforms with the cursor on one."""
        entries = [Entry(row.index, row_text(row), _search(row)) for row in rows]
        entries.append(Entry(ADD, Content.styled("+ add transform", "$text-accent"), always=True))
        self.show(entries, index if rows else ADD)


def _search(row: TransformRow) -> str:
    return " ".join((row.name, row.kind, row.detail, *row.inputs)).lower()
