"""Copies of a design, or of a part of one, that may be changed while the original stays as it is."""

from __future__ import annotations

from typing import Any, TypeVar

from .models import Column, Model

Part = TypeVar("Part")


def fork(part: Part) -> Part:
    """Return a copy of a design or a part of one that may be changed without touching the original.

    Probed columns are shared, not copied: they are facts, replaced as a whole by a new probe and never changed in
    place. That makes it many times faster than a deep copy of a design with thousands of tables.
    """
    copy: Part = _fork(part)
    return copy


def _fork(value: Any) -> Any:
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
