"""The columns a destination as a whole may be partitioned by: those its tables have, the usual ones where many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING

from tui.widgets.choice import Item

if TYPE_CHECKING:
    from generator.design.models import Table

MOST = 300
"""Columns offered; of more, those that most tables have."""


class ColumnItems:
    """Columns to choose from, found anew only when the tables are others: there may be thousands."""

    def __init__(self) -> None:
        self._tables: Sequence[Table] | None = None
        self._blocked = ""
        self._items: list[Item] = []

    def of(self, tables: Sequence[Table], blocked: str) -> list[Item]:
        """Return the columns of the tables.

        Args:
            tables: None of which changes in place.
            blocked: Why none can be chosen, if so.
        """
        known = self._tables
        same = known is not None and len(known) == len(tables) and all(map(is_, known, tables))
        if not same or blocked != self._blocked:
            self._tables, self._blocked = tables, blocked
            self._items = column_items(tables, blocked)
        return self._items


def column_items(tables: Sequence[Table], blocked: str) -> list[Item]:
    """Return the columns by name with their type, as choices; the last one says how many are left out."""
    types: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for table in tables:
        names = [column.name for column in table.columns_probed]
        counts.update(names)
        if not types.keys() >= set(names):
            for column in table.columns_probed:
                types.setdefault(column.name, column.type)
    names = [name for name, _ in counts.most_common(MOST)] if len(counts) > MOST else list(counts)
    items = [Item(name, name, types[name], blocked) for name in sorted(names)]
    if len(counts) > MOST:
        left = f"and {len(counts) - MOST:,} that fewer tables have"
        why = blocked or "few tables have them: a design file can name one under a table's loading"
        items.append(Item("\0more", left, "", why))
    return items
