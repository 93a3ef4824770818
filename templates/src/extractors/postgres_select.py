"""The query that reads a PostgreSQL table, so that no value changes on its way through the driver.

What the driver would change silently does not travel in its own form (see `expression`): numerics go as text and are
typed again exactly in staging, types without an Arrow equal go as text, infinite times are NULL and counted, arrays
of more than one dimension become dead letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..engines.base import literal, quoted
from ..settings import TableSettings
from .base_extractor import MISFIT_COLUMN, NULLED_COLUMN, ExtractionRequest

_AS_IT_IS = {
    "boolean": "boolean", "smallint": "smallint", "integer": "integer", "bigint": "bigint", "real": "real",
    "double precision": "double", "text": "text", "character varying": "text", "character": "text", "bytea": "bytes",
    "time without time zone": "time", "uuid": "uuid", "json": "json", "jsonb": "json",
}  # fmt: skip
_TIMES = {
    "date": "date",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
_END_OF_TIME = "294247-01-01"
"""The end of the last whole year that DuckDB's timestamps hold; PostgreSQL's go 30 years further."""
_MOST_HOURS = 2_562_047
"""Hours in the largest whole number of nanoseconds."""
_PARAMETERS = re.compile(r"\((\d+)(?:,(-?\d+))?\)")
_PLAIN_ELEMENTS = {*_AS_IT_IS, *_TIMES} - {"uuid", "json", "jsonb"}
"""Types whose arrays travel in the driver's own form; those of others go as arrays of text."""


@dataclass(frozen=True)
class Native:
    """A column as the server has it: its type as format_type() spells it, domains resolved."""

    name: str
    spelled: str
    nullable: bool
    enum: bool = False

    @property
    def bare(self) -> str:
        """The type without its parameters."""
        return _PARAMETERS.sub("", self.spelled)


def logical_type(native: Native) -> str:
    """Return the logical type of a column, as the probe that made the contract does."""
    if native.spelled.endswith("[]"):
        return logical_type(Native(native.name, native.spelled[:-2], native.nullable, native.enum)) + "[]"
    bare = native.bare
    if native.enum:
        return "text"
    if bare in ("oid", "name"):
        return "bigint" if bare == "oid" else "text"
    if bare == "numeric":
        match = _PARAMETERS.search(native.spelled)
        precision, scale = (int(match[1]), int(match[2] or 0)) if match else (0, 0)
        fits = match is not None and precision <= 38 and 0 <= scale <= precision
        return f"decimal({precision},{scale})" if fits else "decimal"
    if bare.startswith("interval"):
        return "interval"
    return _AS_IT_IS.get(bare) or _TIMES.get(bare) or "text"


def expression(native: Native) -> str:
    """Return what to select for a column so that its value arrives unchanged."""
    name, bare = quoted(native.name), native.bare
    if native.spelled.endswith("[]"):
        element = bare.removesuffix("[]")
        plain = element in _PLAIN_ELEMENTS or element.startswith("interval")
        value = name if plain else f"CAST({name} AS text[])"
        return f"CASE WHEN {_no_list(native)} THEN NULL ELSE {value} END AS {name}"
    if native.enum or bare == "numeric":
        return f"CAST({name} AS text) AS {name}"
    if limit := _limit(native):
        return f"CASE WHEN {limit} THEN {name} END AS {name}"
    if bare == "oid":
        return f"CAST({name} AS bigint) AS {name}"
    if bare in _AS_IT_IS:
        return name
    if bare == "inet":
        # Its cast adds a netmask that is not shown otherwise.
        return f"CASE WHEN {name} IS NOT NULL THEN format('%s', {name}) END AS {name}"
    return f"CAST({name} AS text) AS {name}"


def _limit(native: Native) -> str | None:
    """Return the condition that a time's value has an equal on the way: it is finite and not too far away."""
    name = quoted(native.name)
    if native.spelled.endswith("[]"):
        return None
    if native.bare.startswith("interval"):
        # The driver counts the hours in nanoseconds. Those of an infinite interval are infinite, too.
        return f"abs(date_part('hour', {name})) < {_MOST_HOURS}"
    if native.bare in _TIMES:
        late = "" if native.bare == "date" else f" AND {name} < '{_END_OF_TIME}'"
        return f"(isfinite({name}){late})"
    return None


def _no_list(native: Native) -> str:
    """Return the condition that an array is no plain list of values that have equals on the way.

    It has more dimensions, or indices that do not start at 1, or holds times that are infinite or too far away.
    """
    name, element = quoted(native.name), native.bare.removesuffix("[]")
    conditions = [f"array_ndims({name}) > 1", f"array_lower({name}, 1) <> 1"]
    if element in _TIMES:
        end = "infinity" if element == "date" else _END_OF_TIME
        conditions += [f"'{end}' <= ANY ({name})", f"'-infinity' = ANY ({name})"]
    elif element.startswith("interval"):
        conditions.append(
            f"EXISTS (SELECT FROM unnest({name}) AS e WHERE abs(date_part('hour', e)) >= {_MOST_HOURS})"
        )
    return f"({' OR '.join(conditions)})"


def select(request: ExtractionRequest, natives: list[Native]) -> str:
    """Return the query for a request's columns, with what could not be handed over told in columns of its own."""
    items = [expression(native) for native in natives]
    limits = [(native, limit) for native in natives if (limit := _limit(native))]
    arrays = [native for native in natives if native.spelled.endswith("[]")]
    if limits:
        named = ", ".join(
            f"CASE WHEN NOT {limit} THEN {literal(native.name, 'postgres')}::text END"
            for native, limit in limits
        )
        told = f"array_to_string(ARRAY[{named}], chr(31))"
        beyond = " OR ".join(f"NOT {limit}" for _, limit in limits)
        items.append(f"CASE WHEN {beyond} THEN {told} END AS {quoted(NULLED_COLUMN)}")
    if arrays:
        nested = " OR ".join(_no_list(native) for native in arrays)
        pairs = ", ".join(
            f"{literal(native.name, 'postgres')}::text, CASE WHEN {_no_list(native)}"
            f" THEN CAST({quoted(native.name)} AS text) END"
            for native in arrays
        )
        told = f"CAST(json_strip_nulls(json_build_object({pairs})) AS text)"
        items.append(f"CASE WHEN {nested} THEN {told} END AS {quoted(MISFIT_COLUMN)}")
    return f"SELECT {', '.join(items)} FROM {relation(request.table)}{_range(request, natives)}"


def _range(request: ExtractionRequest, natives: list[Native]) -> str:
    native = next((n for n in natives if n.name == request.table.extraction.watermark_column), None)
    if native is None or request.low is None:
        return ""
    name, kind = quoted(native.name), native.spelled
    if logical_type(native) == "text":
        # Staging finds the highest one by its characters, whatever language the column sorts by.
        plain = native.bare in _AS_IT_IS
        name, kind = f'{name if plain else f"CAST({name} AS text)"} COLLATE "C"', kind if plain else "text"
    low = f"{name} >= CAST({literal(request.low, 'postgres')} AS {kind})"
    if request.high is not None:
        return f" WHERE {low} AND {name} < CAST({literal(request.high, 'postgres')} AS {kind})"
    return f" WHERE {low} OR {name} IS NULL"


def relation(table: TableSettings) -> str:
    """Return the full, quoted name of a source's table."""
    return f"{quoted(table.namespace)}.{quoted(table.table)}" if table.namespace else quoted(table.table)
