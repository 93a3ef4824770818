"""What user text may become in a check's SQL, an identifier or a literal, and what dialects spell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from generator.design.models import Scalar
from generator.design.types import decimal_parameters
from generator.errors import DesignError


def identifier(name: str) -> str:
    """Quote a name.

    Raises:
        DesignError: the name cannot be written in SQL (empty, or holding a line break or NUL).
    """
    if not name or any(char in name for char in "\0\r\n"):
        raise DesignError(
            f"{name!r} cannot be used as a name in SQL", fix="rename the column or leave it out"
        )
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: Iterable[str], prefix: str = "") -> str:
    """Quote names and join them with commas, each behind an optional table alias as ``t.``."""
    return ", ".join(prefix + identifier(name) for name in names)


def literal(value: Scalar) -> str:
    """Encode a value.

    Line breaks are written as ``chr(10)``, so that a check stays laid out one part to a
    line whatever a value holds.

    Raises:
        DesignError: the value cannot be written in SQL (text holding NUL, or a number that is not finite).
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            raise DesignError(f"{value} is not a finite number", fix="give a finite number or leave it empty")
        return repr(value)
    if "\0" in value:
        raise DesignError("text in a check holds a NUL character", fix="remove the NUL character")
    quoted = "'" + value.replace("'", "''") + "'"
    if "\n" in value or "\r" in value:
        quoted = "(" + quoted.replace("\r", "' || chr(13) || '").replace("\n", "' || chr(10) || '") + ")"
    return quoted


@dataclass(frozen=True)
class Dialect:
    """What one engine spells in its own way."""

    name: str
    matches: Callable[[str, str], str]
    """Boolean: the text of a column expression contains a match of a pattern (both given as SQL)."""
    seconds: Callable[[str], str]
    """Seconds since 1970 of a date, timestamp (taken as UTC) or timestamptz."""
    is_nan: Callable[[str], str]
    """Boolean: a number is NaN."""
    now: str
    """The present, comparable to any date or timestamp column."""
    actual_columns: Callable[[str], str]
    """A query of (name, type) over the columns of a relation given as SQL."""
    types: Callable[[str], tuple[str, ...]]
    """The engine's spellings of a logical type."""

    def text(self, column: str) -> str:
        """Return the column expression as text."""
        return f"CAST({column} AS VARCHAR)"


_DUCKDB_TYPES: dict[str, tuple[str, ...]] = {
    "boolean": ("BOOLEAN",),
    "smallint": ("SMALLINT", "TINYINT", "UTINYINT"),
    "integer": ("INTEGER", "USMALLINT"),
    "bigint": ("BIGINT", "UINTEGER"),
    "decimal": ("VARCHAR",),
    "real": ("FLOAT",),
    "double": ("DOUBLE",),
    "text": ("VARCHAR",),
    "bytes": ("BLOB",),
    "date": ("DATE",),
    "time": ("TIME", "TIME_NS"),
    "timestamp": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"),
    "timestamptz": ("TIMESTAMP WITH TIME ZONE",),
    "interval": ("INTERVAL",),
    "uuid": ("UUID",),
    "json": ("JSON", "VARCHAR"),
}
_POSTGRES_TYPES: dict[str, tuple[str, ...]] = {
    "boolean": ("boolean",),
    "smallint": ("smallint",),
    "integer": ("integer",),
    "bigint": ("bigint",),
    "decimal": ("numeric",),
    "real": ("real",),
    "double": ("double precision",),
    "text": ("text", "character varying"),
    "bytes": ("bytea",),
    "date": ("date",),
    "time": ("time without time zone",),
    "timestamp": ("timestamp without time zone",),
    "timestamptz": ("timestamp with time zone",),
    "interval": ("interval",),
    "uuid": ("uuid",),
    "json": ("json", "jsonb"),
}


def _duckdb_types(kind: str) -> tuple[str, ...]:
    if kind.endswith("[]"):
        return tuple(f"{inner}[]" for inner in _duckdb_types(kind[:-2]))
    if parameters := decimal_parameters(kind):
        precision, scale = parameters
        return (
            (f"DECIMAL({precision},{scale})",)
            if precision <= 38 and 0 <= scale <= precision
            else ("VARCHAR",)
        )
    return _DUCKDB_TYPES[kind]


def _postgres_types(kind: str) -> tuple[str, ...]:
    if kind.endswith("[]"):
        return tuple(f"{inner.removesuffix('[]')}[]" for inner in _postgres_types(kind[:-2]))
    if parameters := decimal_parameters(kind):
        return (f"numeric({parameters[0]},{parameters[1]})",)
    return _POSTGRES_TYPES[kind]


DUCKDB = Dialect(
    name="duckdb",
    matches=lambda column, pattern: f"regexp_matches({column}, {pattern}, 's')",
    seconds=lambda column: f"epoch({column})",
    is_nan=lambda column: f"isnan(CAST({column} AS DOUBLE))",
    now="now()",
    actual_columns=lambda relation: (
        f"SELECT column_name AS name, column_type AS type FROM (DESCRIBE {relation})"
    ),
    types=_duckdb_types,
)
POSTGRES = Dialect(
    name="postgres",
    matches=lambda column, pattern: f"{column} ~ {pattern}",
    seconds=lambda column: f"extract(epoch FROM {column})",
    is_nan=lambda column: f"{column} = 'NaN'",
    now="now()",
    actual_columns=lambda relation: (
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
        f" WHERE attrelid = {literal(relation)}::regclass AND attnum > 0 AND NOT attisdropped"
    ),
    types=_postgres_types,
)
DIALECTS = {dialect.name: dialect for dialect in (DUCKDB, POSTGRES)}


def dialect_named(name: str) -> Dialect:
    """Return a dialect.

    Raises:
        DesignError: checks cannot be written in it.
    """
    if name not in DIALECTS:
        raise DesignError(
            f"quality checks cannot be written in {name!r}", fix=f"use one of {', '.join(DIALECTS)}"
        )
    return DIALECTS[name]
