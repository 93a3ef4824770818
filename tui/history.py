"""Undo and redo of a design, with the parts that did not change shared between the steps."""

from __future__ import annotations

import re
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
    taken. Probed columns are always shared, not copied: they are facts, replaced as a whole by a new probe and never
    changed in place. That keeps a keystroke fast with thousands of tables.

    Args:
        design: What to copy.
        part: Paths with a space between; all of the design when empty.
    """
    copy: PipelineDesign = design if part else _fork(design)
    for path in part.split():
        copy = _fork_at(copy, [place or name for place, name in _PATH.findall(path)])
    return copy


def _fork_at(value: Any, path: list[str]) -> Any:
    """Copy a value on the way down to what may be changed; what lies beside the way is shared."""
    if not path:
        return _fork(value)
    step, *rest = path
    if isinstance(value, list):
        items = list(value)
        if step != "[]":
            place = int(step[1:-1])
            items[place] = _fork_at(items[place], rest)
        return items
    copy = value.model_copy()
    copy.__dict__[step] = _fork_at(copy.__dict__[step], rest)
    return copy


def _fork(value: Any) -> Any:
    from generator.design.models import Column, Model

    if isinstance(value, list):
        if value and isinstance(value[0], Column):
            return list(value)
        return [_fork(item) for item in value]
    if isinstance(value, dict):
        return {key: _fork(item) for key, item in value.items()}
    if isinstance(value, Model) and not isinstance(value, Column):
        copy = value.model_copy()
        fields = copy.__dict__
        for name, item in fields.items():
            if isinstance(item, list | dict | Model):
                fields[name] = _fork(item)
        return copy
    return value


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
