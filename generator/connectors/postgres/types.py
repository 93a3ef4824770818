"""PostgreSQL's types as logical types, with what cannot be carried exactly."""

from __future__ import annotations

import re

_EXACT = {
    "boolean": "boolean", "smallint": "smallint", "integer": "integer", "bigint": "bigint", "oid": "bigint",
    "real": "real", "double precision": "double", "text": "text", "name": "text", "bytea": "bytes",
    "time without time zone": "time", "uuid": "uuid", "json": "json", "jsonb": "json",
}  # fmt: skip
_INFINITE = "infinity is carried as NULL and counted"
_FAR = "infinity and years after 294246 are carried as NULL and counted"
_LONG = "infinity and more than 2,562,046 hours are carried as NULL and counted"
_NAN = "NaN becomes a dead letter"
_LIST = "arrays of more than one dimension, or not indexed from 1, become dead letters"
_INEXACT = {
    "date": ("date", _INFINITE),
    "timestamp without time zone": ("timestamp", _FAR),
    "timestamp with time zone": ("timestamptz", _FAR),
    "interval": ("interval", _LONG),
    "time with time zone": ("text", "a time with an offset is carried as text"),
    "money": ("text", "money is carried as text, in the server's currency format"),
    "xml": ("text", "xml is carried as text"),
    "citext": ("text", "case-insensitive comparison is not kept"),
}
_CHARACTERS = ("character varying", "character")
_PRECISION = re.compile(r"\((\d+)(?:,(-?\d+))?\)")
MOST_DIGITS = 38


def logical_type(spelled: str, kind: str = "b") -> tuple[str, str]:
    """Return the logical type of a PostgreSQL type and what cannot be carried exactly (empty: nothing).

    Args:
        spelled: As format_type() spells it, domains already replaced by what they are made of.
        kind: pg_type.typtype: ``e`` for an enum, ``c`` for a composite type, ``r`` or ``m`` for ranges.
    """
    if spelled.endswith("[]"):
        inner, caveat = logical_type(spelled[:-2], kind)
        return f"{inner}[]", _join(_LIST, _in_list(caveat))
    if kind == "e":
        return "text", "the enum's list of values is not kept"
    bare = _PRECISION.sub("", spelled)
    if bare in _EXACT:
        return _EXACT[bare], ""
    if bare.startswith("interval "):  # interval day to second
        return "interval", _LONG
    if bare in _INEXACT:
        return _INEXACT[bare]
    if bare == "numeric":
        return _numeric(spelled)
    if bare in _CHARACTERS:
        return "text", "trailing blanks of the fixed length are kept" if bare == "character" else ""
    return "text", f"{bare} is carried as text"


def _numeric(spelled: str) -> tuple[str, str]:
    match = _PRECISION.search(spelled)
    if not match:
        return (
            "decimal",
            "numeric without a precision is carried exactly, as text where the destination has no such type",
        )
    precision, scale = int(match[1]), int(match[2] or 0)
    if precision <= MOST_DIGITS and 0 <= scale <= precision:
        return f"decimal({precision},{scale})", _NAN
    return (
        "decimal",
        f"numeric({precision},{scale}) does not fit 38 digits; it is carried exactly, as text in DuckDB",
    )


def _in_list(caveat: str) -> str:
    """Return what a caveat means for the elements of a list, which cannot be left out one by one."""
    return caveat.replace("is carried as NULL and counted", "becomes a dead letter").replace(
        "are carried as NULL and counted", "become dead letters"
    )


def _join(*sentences: str) -> str:
    return "; ".join(sentence for sentence in sentences if sentence)
