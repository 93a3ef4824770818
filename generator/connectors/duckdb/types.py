"""DuckDB's types as logical types, with what cannot be carried exactly."""

from __future__ import annotations

import re

_EXACT = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer",
    "BIGINT": "bigint",
    "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint", "UBIGINT": "decimal(20,0)",
    "HUGEINT": "decimal", "UHUGEINT": "decimal", "BIGNUM": "decimal", "FLOAT": "real", "DOUBLE": "double",
    "VARCHAR": "text", "BLOB": "bytes", "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval", "UUID": "uuid", "JSON": "json",
}  # fmt: skip
_INEXACT = {
    "TIMESTAMP_NS": ("timestamp", "nanoseconds are rounded to microseconds"),
    "TIME WITH TIME ZONE": ("text", "a time with an offset is carried as text"),
    "TIME_NS": ("time", "nanoseconds are rounded to microseconds"),
    "BIT": ("text", "bits are carried as text of 0 and 1"),
    "NULL": ("text", "the column holds no value to tell its type from"),
}
_NESTED = ("STRUCT(", "MAP(", "UNION(", "VARIANT")
_LIST = re.compile(r"(.+)\[(\d*)\]", re.DOTALL)


def logical_type(spelled: str) -> tuple[str, str]:
    """Return the logical type of a DuckDB type and what cannot be carried exactly (empty: nothing)."""
    if spelled in _EXACT:
        return _EXACT[spelled], ""
    if spelled in _INEXACT:
        return _INEXACT[spelled]
    if spelled.startswith("DECIMAL("):
        return spelled.lower(), ""
    if match := _LIST.fullmatch(spelled):
        inner, caveat = logical_type(match[1])
        if inner == "json" or inner.endswith("[]"):
            return "json", "nested values are carried as JSON"
        return f"{inner}[]", caveat or ("its fixed length is not kept" if match[2] else "")
    if spelled.startswith("ENUM("):
        return "text", "the list of allowed values is not kept"
    if spelled.startswith(_NESTED):
        return "json", "nested values are carried as JSON"
    return "text", f"{spelled.split('(')[0]} is carried as text"
