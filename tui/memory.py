"""Keeps Python's collector of unreachable objects away from what stays: with thousands of tables it takes seconds."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .state import WizardState

MANY_TABLES = 500


class Spared:
    """Takes large designs and catalogs out of the collector's rounds once each.

    A round looks at every object there is, and the screen stands still meanwhile. What is taken out is still freed
    as soon as nothing refers to it; only cycles among it are not, and models and catalogs have none.
    """

    def __init__(self) -> None:
        self._known = 0

    def look_at(self, state: WizardState) -> None:
        """Take out what is there now, when much has come since the last time."""
        tables = sum(len(source.tables) for source in state.design.sources)
        tables += sum(len(facts.catalog.tables) for facts in state.facts.values() if facts.catalog)
        if tables - self._known >= MANY_TABLES:
            gc.freeze()
        self._known = tables
