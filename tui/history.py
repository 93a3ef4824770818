"""Undo and redo of a design, with the parts that did not change shared between the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

LIMIT = 200
"""Undo steps kept."""


def fork(design: PipelineDesign, part: str = "") -> PipelineDesign:
    """Return a copy that may be changed without touching the original.

    With ``part`` only that section (``transformations``) may be changed; all others are shared. Probed columns are
    always shared, not copied: they are facts, replaced as a whole by a new probe and never changed in place. That
    keeps a keystroke fast with thousands of tables.
    """
    copy: PipelineDesign
    if part:
        copy = design.model_copy()
        copy.__dict__[part] = _fork(copy.__dict__[part])
    else:
        copy = _fork(design)
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
