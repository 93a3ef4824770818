"""Sample rows, as JSON values: exact text for decimals and points in time, relative to `ANCHOR`.

A project's tests move points in time so that the anchor becomes the present: samples stay fresh while their
files stay the same.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from generator.design.models import Column as DesignColumn
from generator.design.types import decimal_parameters

from ..view import ProjectView, TableView
from .facts import Column, ColumnFacts, Facts, facts
from .pattern import matching

ANCHOR = datetime(2026, 1, 1)
LEAST_ROWS, MOST_ROWS = 24, 500
_NULL_EVERY = 7
Row = dict[str, Any]


def sample_rows(view: ProjectView) -> dict[str, list[Row]]:
    """Return sample rows by table in staging, with every column that is taken from the source."""
    known = facts(view)
    return {table.name: _Table(table, known).rows() for table in view.tables}


def row_count(wanted: int) -> int:
    """Return how many sample rows a table gets when a check wants some."""
    return max(LEAST_ROWS, min(wanted, MOST_ROWS))


class _Table:
    """Makes the rows of one table."""

    def __init__(self, table: TableView, known: Facts) -> None:
        self._table = table
        self._known = known
        self._count = row_count(known.rows[table.name])
        self._sets = [columns for columns in known.unique[table.name] if columns]

    def rows(self) -> list[Row]:
        return [
            {column.name: self._value(column, row) for column in self._table.columns}
            for row in range(self._count)
        ]

    def _value(self, column: DesignColumn, row: int) -> Any:
        own: Column = (self._table.name, column.name)
        known = self._known.columns[own]
        identifying = any(column.name in columns for columns in self._sets)
        joined = own in self._known.groups
        index = self._index(column.name, row)
        nullable = column.nullable and not (known.never_null or identifying or joined)
        if nullable and (row + zlib.crc32(column.name.encode())) % _NULL_EVERY == 0:
            return None
        leader = self._known.groups.get(own, own)
        shared = self._known.columns[leader] if joined else known
        return sample_value(column, known if known.values else shared, index, leader[1])

    def _index(self, name: str, row: int) -> int:
        """Return which value of the column a row gets: distinct combinations where columns identify a row."""
        for columns in sorted(self._sets, key=len):
            if name in columns:
                if len(columns) == 1:
                    return row
                base = math.ceil(float(self._count) ** (1 / len(columns)))
                place = len(columns) - 1 - columns.index(name)
                return int(row // base**place % base)
        watermark = self._table.table.extraction.watermark_column if self._table.table.extraction else None
        if name == watermark:
            return row
        return (row * 7 + zlib.crc32(name.encode())) % LEAST_ROWS


def sample_value(column: DesignColumn, known: ColumnFacts, index: int, label: str) -> Any:
    """Return the ``index``-th sample value of a column.

    Args:
        column: The column.
        known: What its values have to respect.
        index: Counts from 0; different indexes give different values where the type has room.
        label: Word that texts start with; joined columns share it.
    """
    if known.values:
        return _as_type(column.type, known.values[index % len(known.values)])
    if column.type.endswith("[]"):
        inner = column.model_copy(update={"type": column.type[:-2]})
        return [sample_value(inner, ColumnFacts(), index + offset, label) for offset in range(2)]
    if parameters := decimal_parameters(column.type):
        return _decimal(known, index, *parameters)
    return _MAKERS[column.type](known, index, label)


def _as_type(kind: str, value: Any) -> Any:
    base = kind.split("(")[0]
    if base in ("smallint", "integer", "bigint") and str(value).lstrip("-").isdigit():
        return int(value)
    if base in ("real", "double"):
        try:
            return float(value)
        except ValueError:
            return value
    if base == "boolean":
        return str(value).lower() in ("true", "1", "t")
    return value if isinstance(value, str) else str(value)


def _between(known: ColumnFacts, index: int, room: float) -> float:
    """Return a number within the bounds, counted up from the lower one."""
    low = (
        known.low
        if known.low is not None
        else (min(1.0, known.high - room) if known.high is not None else 1.0)
    )
    if known.high is None:
        return low + index
    return low + (known.high - low) * (index % LEAST_ROWS) / LEAST_ROWS


def _integer(known: ColumnFacts, index: int, label: str) -> int:
    low = math.ceil(known.low) if known.low is not None else None
    value = math.ceil(_between(known, index, LEAST_ROWS))
    return max(value, low) if low is not None else value


def _decimal(known: ColumnFacts, index: int, precision: int, scale: int) -> str:
    value, whole = _between(known, index, LEAST_ROWS), precision - scale
    if whole < 3 and known.high is None:
        value = value % 10.0**whole if whole > 0 else 0.0
    return f"{value:.{max(0, min(scale, 6))}f}"


def _double(known: ColumnFacts, index: int, label: str) -> float:
    return round(_between(known, index, LEAST_ROWS) + (0.0 if known.high is not None else 0.25), 6)


def _text(known: ColumnFacts, index: int, label: str) -> str:
    if known.pattern is not None:
        found = matching(known.pattern, index)
        if found is not None and matches(known.pattern, found):
            return found
    word = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-").lower() or "value"
    text = f"{word}-{index + 1:03d}"
    if known.longest is not None and len(text) > known.longest:
        text = text[len(text) - known.longest :]
    return text.ljust(known.shortest or 0, "x")


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; one that Python does not understand is not."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _moment(known: ColumnFacts, index: int) -> datetime:
    """Return a point in time before the anchor; the largest index is the newest."""
    step = timedelta(hours=6)
    age = timedelta(minutes=1) + step * max(0, LEAST_ROWS - 1 - index)
    return ANCHOR - age + timedelta(seconds=max(0, index - LEAST_ROWS) / 100)


def _day(index: int) -> str:
    """Return a date, another one for every index; the last of `LEAST_ROWS` is the anchor's."""
    age = LEAST_ROWS - 1 - index if index < LEAST_ROWS else index
    return (ANCHOR - timedelta(days=age)).date().isoformat()


def _stamp(known: ColumnFacts, index: int, label: str) -> str:
    return _moment(known, index).isoformat(sep=" ")


_MAKERS: dict[str, Callable[[ColumnFacts, int, str], Any]] = {
    "boolean": lambda known, index, label: index % 2 == 0,
    "smallint": _integer,
    "integer": _integer,
    "bigint": _integer,
    "decimal": lambda known, index, label: f"{_between(known, index, LEAST_ROWS):.2f}",
    "real": _double,
    "double": _double,
    "text": _text,
    "bytes": lambda known, index, label: f"{index:04x}",
    "date": lambda known, index, label: _day(index),
    "time": lambda known, index, label: f"{index % 24:02d}:{index % 60:02d}:00",
    "timestamp": _stamp,
    "timestamptz": lambda known, index, label: f"{_stamp(known, index, label)}+00:00",
    "interval": lambda known, index, label: f"{index + 1} hours",
    "uuid": lambda known, index, label: f"00000000-0000-4000-8000-{index:012d}",
    "json": lambda known, index, label: f'{{"number": {index}}}',
}
