"""What a SQLite column holds: its declared type is a hint, its values decide.

SQLite stores any value in any column (https://sqlite.org/datatype3.html); dates are text or numbers by
convention.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOSTLY = 0.95
"""Share of the sampled values that must fit a type for the column to be given it.

The rest become dead letters.
"""

DATE = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_FINE = "*:[0-9][0-9]." + "[0-9]" * 7 + "*"
"""More digits of a second than a timestamp has."""
_EPOCH_SECONDS = (631_152_000, 4_102_444_800)
"""1990 to 2100: whole numbers in here, in a column named like a time, look like Unix time."""
_EPOCH_NAME = re.compile(r"(_at|_on|_ts|time|date|timestamp)$", re.IGNORECASE)
_PARAMETERS = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


@dataclass(frozen=True)
class Values:
    """How many of a column's sampled values are of each storage class and shape."""

    total: int
    integers: int
    reals: int
    texts: int
    blobs: int
    dates: int
    timestamps: int
    zoned: int
    fine: int
    smallest: object = None
    largest: object = None


COUNTS = 9
"""How many of a column's counts come before its smallest and largest value."""


def count_expressions(column: str) -> list[str]:
    """Return the SQL expressions that make `Values` of a quoted column, in its order."""
    moment = f"({column} GLOB '{DATE}[ T][0-9][0-9]:[0-9][0-9]*' AND julianday({column}) IS NOT NULL)"
    zone = f"({column} GLOB '*Z' OR {column} GLOB '*[+-][0-9][0-9]:[0-9][0-9]')"
    text = f"typeof({column}) = 'text'"
    return [
        f"count({column})",
        f"total(typeof({column}) = 'integer')",
        f"total(typeof({column}) = 'real')",
        f"total({text})",
        f"total(typeof({column}) = 'blob')",
        f"total({text} AND {column} GLOB '{DATE}' AND julianday({column}) IS NOT NULL)",
        f"total({text} AND {moment})",
        f"total({text} AND {moment} AND {zone})",
        f"total({text} AND {moment} AND {column} GLOB '{_FINE}')",
        f"min(CASE WHEN typeof({column}) = 'integer' THEN {column} END)",
        f"max(CASE WHEN typeof({column}) = 'integer' THEN {column} END)",
    ]


def logical_type(name: str, declared: str, values: Values) -> tuple[str, str]:
    """Return the logical type of a column and what cannot be carried exactly (empty: nothing).

    Args:
        name: The column's name; only used to recognise numbers that are times.
        declared: The declared type, as written; empty for an expression or an untyped column.
        values: What the sampled values are.
    """
    if values.total == 0:
        return _declared_type(declared), ""
    kind = _type_of_values(declared, values)
    return kind, _caveat(name, kind, values)


def _declared_type(declared: str) -> str:
    """Map a declared type by its words, then by SQLite's rules of affinity."""
    word = declared.upper()
    parameters = _PARAMETERS.search(word)
    exact = {"UUID": "uuid", "JSON": "json", "DATE": "date", "TIME": "time", "": "text"}
    if (bare := word.split("(")[0].strip()) in exact:
        return exact[bare]
    if "BOOL" in word:
        return "boolean"
    if "TIMESTAMP" in word or "DATETIME" in word:
        return "timestamptz" if "TZ" in word or "WITH TIME ZONE" in word else "timestamp"
    if "INT" in word:
        return "bigint"
    if any(part in word for part in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if "BLOB" in word:
        return "bytes"
    if any(part in word for part in ("REAL", "FLOA", "DOUB")):
        return "double"
    if parameters and any(part in word for part in ("DEC", "NUM")):
        precision, scale = int(parameters[1]), int(parameters[2] or 0)
        return f"decimal({precision},{scale})" if 1 <= precision <= 38 and scale <= precision else "decimal"
    return "decimal" if any(part in word for part in ("DEC", "NUM", "MONEY")) else "text"


def _type_of_values(declared: str, values: Values) -> str:
    wanted = _declared_type(declared)
    enough = MOSTLY * values.total
    moments = values.dates + values.timestamps
    numbers = values.integers + values.reals
    if wanted in {"text", "date", "timestamp", "timestamptz"} and values.texts >= enough:
        if values.dates >= enough:
            return "date" if wanted != "timestamp" else "timestamp"
        if moments >= enough:
            return "timestamptz" if values.zoned >= enough else "timestamp"
        return "text"
    if wanted in {"date", "timestamp", "timestamptz"} or (wanted == "text" and not declared):
        if values.integers >= enough:
            return "bigint"
        if numbers >= enough:
            return "double"
        return "bytes" if values.blobs >= enough else "text"
    if wanted == "boolean":
        binary = values.integers and values.smallest in (0, 1) and values.largest in (0, 1)
        if values.integers < enough:
            return "text"
        return "boolean" if binary else "bigint"
    if wanted == "bigint" and values.integers < enough:
        return "double" if numbers >= enough else ("bytes" if values.blobs >= enough else "text")
    if wanted == "decimal":
        if values.integers == values.total:
            return "bigint"
        return "double" if numbers >= enough else "text"
    if wanted in {"double"} or wanted.startswith("decimal("):
        return wanted if numbers >= enough else "text"
    if wanted == "bytes" and values.texts >= enough:
        return "text"
    return wanted


def _caveat(name: str, kind: str, values: Values) -> str:
    fitting = {
        "bigint": values.integers,
        "boolean": values.integers,
        "double": values.integers + values.reals,
        "date": values.dates,
        "timestamp": values.dates + values.timestamps,
        "timestamptz": values.dates + values.timestamps,
    }
    key = "double" if kind.startswith("decimal") else kind
    if key in fitting and (odd := values.total - int(fitting[key])):
        return f"{odd} of {values.total} sampled values are no {kind}; such rows become dead letters"
    if kind in {"timestamp", "timestamptz"} and (said := _time_caveat(kind, values)):
        return said
    if kind.startswith("decimal(") and values.reals:
        return "SQLite stores these as binary floating point; with more digits than declared they become dead letters"
    if kind == "bigint" and _EPOCH_NAME.search(name) and (unit := _epoch_unit(values)):
        return f"looks like Unix time in {unit}; it is kept as a number"
    return ""


def _time_caveat(kind: str, values: Values) -> str:
    """Say what becomes of times with and without a time zone in one column: one kind of them is not as it was."""
    said, zoned = [], int(values.zoned)
    naive = int(values.dates + values.timestamps) - zoned
    if kind == "timestamptz" and naive:
        said.append(f"{naive} of {values.total} sampled times name no time zone; they are taken as UTC")
    if kind == "timestamp" and zoned:
        said.append(
            f"{zoned} of {values.total} sampled times name a time zone; unless it is UTC their rows become dead letters"
        )
    if values.fine:
        said.append("digits beyond microseconds are cut off")
    return "; ".join(said)


def _epoch_unit(values: Values) -> str:
    low, high = _EPOCH_SECONDS
    smallest, largest = values.smallest, values.largest
    if not isinstance(smallest, int) or not isinstance(largest, int):
        return ""
    for unit, factor in (("seconds", 1), ("milliseconds", 1000)):
        if low * factor <= smallest and largest <= high * factor:
            return unit
    return ""
