"""Changing many tables of a source at once: apart from the screen's thread where there are thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui.background import in_background

from .bulk import Bulk
from .tables import TableRow, at_tables

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

    from .sources import SourcesStep

MANY = 200
"""More tables than this are worked out in the background."""
Plan = Callable[[Sequence[TableRow]], Callable[["PipelineDesign", int], Bulk]]
"""Given the tables, tells what works out the change of them in the design's source of that number."""


class ManyTables:
    """Works out a change and puts it in; the title says what is going on meanwhile.

    Args:
        step: Whose selected source it is.
        shown: Returns the tables to change.
    """

    def __init__(self, step: SourcesStep, shown: Callable[[], Sequence[TableRow]]) -> None:
        self._step = step
        self._shown = shown
        self.doing = ""
        """What is going on, in words."""

    def change(self, doing: str, plan: Plan) -> None:
        """Change the tables; what is still being worked out is given up.

        Args:
            doing: What it is, as ``picking 5,000 tables``.
            plan: How.
        """
        rows, step = list(self._shown()), self._step
        if len(rows) > MANY:
            step.run_worker(self._in_background(doing, plan), group="many tables", exclusive=True)
        else:
            self._put_in(plan(rows)(step.design, step.index))

    async def _in_background(self, doing: str, plan: Plan) -> None:
        step, name = self._step, self._name
        self._say(f"◌ {doing} …")
        try:
            while name is not None and self._name == name:
                design, index = step.design, step.index
                bulk = await in_background(partial(plan(list(self._shown())), design, index))
                if step.design is design and step.index == index:
                    self._put_in(bulk)
                    break
                # The design has changed meanwhile: tables may have other places now.
        finally:
            self._say("")

    @property
    def _name(self) -> str | None:
        return self._step.source.name if self._step.source is not None else None

    def _say(self, doing: str) -> None:
        self.doing = doing
        if self._step.is_attached:
            self._step.detail.draw_title()

    def _put_in(self, bulk: Bulk) -> None:
        if bulk.change is not None:
            self._step.edit(bulk.label, bulk.change, part=at_tables(self._step.index))
        if bulk.told:
            self._step.notify(bulk.told, markup=False, timeout=3)
        self._step.sync()
