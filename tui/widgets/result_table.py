"""Rows of a result, with columns as wide as what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.widgets import DataTable


class ResultTable(DataTable[Text]):
    """A table that is filled all at once.

    Textual measures the rows when it next has nothing to do, and what was drawn before that stays as narrow as the
    titles; so the widths are given.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(zebra_stripes=False, **options)

    def fill(self, titles: Sequence[Text], rows: Sequence[Sequence[Text]]) -> None:
        """Show these rows instead of those before; each has a cell for every title."""
        self.clear(columns=True)
        for index, title in enumerate(titles):
            self.add_column(title, width=max([title.cell_len, *(row[index].cell_len for row in rows)]))
        self.add_rows(rows)
