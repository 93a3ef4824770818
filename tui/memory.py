"""Keeps Python's collector of unreachable objects away from what stays: with thousands of tables it takes seconds."""

from __future__ import annotations

import gc
from operator import is_not
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.design.models import Table

    from .state import WizardState

MANY_TABLES = 500


class Spared:
    """Takes large designs and catalogs out of the collector's rounds once each.

    A round looks at every object there is, and the screen stands still meanwhile. What is taken out is still freed
    as soon as nothing refers to it; only cycles among it are not, and models and catalogs have none.
    """

    def __init__(self) -> None:
        self._designed: list[Table] = []
        self._probed = 0

    def look_at(self, state: WizardState) -> None:
        """Take out what is there now, when much has come since the last time."""
        before, tables = self._designed, [table for source in state.design.sources for table in source.tables]
        fresh = sum(map(is_not, tables, before)) + max(0, len(tables) - len(before))
        if len(tables) != len(before) and fresh >= MANY_TABLES:
            # One table more or less moves the places of all that follow.
            known = set(map(id, before))
            fresh = sum(id(table) not in known for table in tables)
        probed = sum(len(facts.catalog.tables) for facts in state.facts.values() if facts.catalog)
        if fresh + probed - self._probed >= MANY_TABLES:
            gc.freeze()
        self._designed, self._probed = tables, probed
