"""A design's models as plain data, with what says nothing left out."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel

from .models import (
    AlertChannel,
    AlertRule,
    Check,
    Column,
    Destination,
    MetricSpec,
    PipelineDesign,
    PipelineInfo,
    Requirements,
    Source,
    Table,
    Technology,
    Transformation,
)
from .yaml_write import Inline

_ALWAYS: dict[type[BaseModel], frozenset[str]] = {
    PipelineDesign: frozenset({"version", "pipeline", "requirements", "technology"}),
    PipelineInfo: frozenset({"name", "description", "version", "owner", "schedule", "timezone"}),
    Source: frozenset({"name", "type", "connection", "tables"}),
    Table: frozenset({"table", "columns"}),
    Column: frozenset({"name", "type"}),
    Destination: frozenset({"name", "type", "connection", "dataset"}),
    Transformation: frozenset({"name", "type", "output_table"}),
    Check: frozenset({"check", "severity"}),
    Requirements: frozenset({"freshness_minutes"}),
    AlertChannel: frozenset({"type"}),
    AlertRule: frozenset({"severity"}),
    MetricSpec: frozenset({"type"}),
    Technology: frozenset({"pattern", "orchestrator", "compute"}),
}
"""Fields a reader looks for, written even where they hold their default."""


def plain(model: BaseModel, *, explicit: bool = False) -> dict[str, Any]:
    """Return a model as dicts, lists and scalars under the file's keys, in the models' order.

    Args:
        model: A `PipelineDesign` or a part of one.
        explicit: Keep defaults; only None and empty collections that are the default are left out.
    """
    result: dict[str, Any] = {}
    for name, key, always, usual, integral in _fields(type(model)):
        value = getattr(model, name)
        if not always and value == usual and (not explicit or value is None or value in ([], {})):
            continue
        result[key] = _plain(value, explicit=explicit, integral=integral)
    return result


@cache
def _fields(kind: type[BaseModel]) -> tuple[tuple[str, str, bool, Any, bool], ...]:
    """Return each field's name, its key, whether it is always written, its default, and whether 2.0 is written 2."""
    always = _ALWAYS.get(kind, frozenset())
    return tuple(
        (
            name,
            info.serialization_alias or name,
            name in always,
            info.get_default(call_default_factory=True),
            info.annotation in (float, float | None),
        )
        for name, info in kind.model_fields.items()
    )


def _plain(value: Any, *, explicit: bool, integral: bool = False) -> Any:
    if isinstance(value, Column):
        return _column(value, explicit)
    if isinstance(value, BaseModel):
        return plain(value, explicit=explicit)
    if isinstance(value, list):
        return [_plain(item, explicit=explicit) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, explicit=explicit) for key, item in value.items()}
    if integral and isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


_MOST_COLUMNS = 8192
_columns: dict[tuple[object, ...], Inline] = {}
"""Columns written lately: tables by the thousand have many alike."""


def _column(column: Column, explicit: bool) -> Inline:
    about = (column.name, column.type, column.nullable, column.source_type, column.caveat, explicit)
    known = _columns.get(about)
    if known is None:
        if len(_columns) >= _MOST_COLUMNS:
            _columns.clear()
        known = _columns[about] = Inline(plain(column, explicit=explicit))
    return known
