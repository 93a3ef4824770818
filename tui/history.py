"""Undo and redo of a design, with the parts that did not change shared between the steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

LIMIT = 200
"""Undo steps kept."""
_PATH = re.compile(r"(\[\d*\])|(\w+)")


def fork(design: PipelineDesign, part: str = "") -> PipelineDesign:
    """Return a copy that may be changed without touching the original.

    With ``part`` only what lies at these paths (``transformations``, ``sources[0].tables[17]``) may be changed, all
    else is shared; ``sources[0].tables[]`` is the list itself, to which tables may be added and from which they may be
    taken. Probed columns are always shared: see `generator.design.fork`. That keeps a keystroke fast with thousands
    of tables.

    Args:
        design: What to copy.
        part: Paths with a space between; all of the design when empty.
    """
    from generator.design.fork import fork as whole

    if not part:
        return whole(design)
    copy = design
    for path in part.split():
        copy = _fork_at(copy, [place or name for place, name in _PATH.findall(path)], whole)
    return copy


def _fork_at(value: Any, path: list[str], whole: Callable[[Any], Any]) -> Any:
    """Copy a value on the way down to what may be changed; what lies beside the way is shared."""
    if not path:
        return whole(value)
    step, *rest = path
    if isinstance(value, list):
        items = list(value)
        if step != "[]":
            place = int(step[1:-1])
            items[place] = _fork_at(items[place], rest, whole)
        return items
    copy = value.model_copy()
    copy.__dict__[step] = _fork_at(copy.__dict__[step], rest, whole)
    return copy


@dataclass(frozen=True)
class Moment:
    """The design as it was before a change, and what that change was called."""

    label: str
    design: PipelineDesign
    merge: str = ""


class History:
    """The undo and redo stacks. Changes in a row with the same merge key count as one."""

    def __init__(self) -> None:
        self._undo: list[Moment] = []
        self._redo: list[Moment] = []

    def record(self, label: str, before: PipelineDesign, merge: str = "") -> None:
        """Remember the design as it was before a change."""
        self._redo.clear()
        if merge and self._undo and self._undo[-1].merge == merge:
            return
        self._undo.append(Moment(label, before, merge))
        del self._undo[:-LIMIT]

    def undo(self, now: PipelineDesign) -> Moment | None:
        """Return what to go back to, None when there is nothing left."""
        return self._step(self._undo, self._redo, now)

    def redo(self, now: PipelineDesign) -> Moment | None:
        """Return what to go forward to, None when there is nothing undone."""
        return self._step(self._redo, self._undo, now)

    @staticmethod
    def _step(source: list[Moment], target: list[Moment], now: PipelineDesign) -> Moment | None:
        if not source:
            return None
        moment = source.pop()
        target.append(Moment(moment.label, now))
        return moment
