"""Logical column types and how each engine spells them.

A plain ``decimal`` (unknown precision) and one of more than 38 digits have no exact type in DuckDB: they are kept
there as text, and become ``numeric`` in PostgreSQL.
"""

from __future__ import annotations

import re

from .base import Dialect

_DUCKDB = {
    "boolean": "BOOLEAN", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "decimal": "VARCHAR",
    "real": "FLOAT", "double": "DOUBLE", "text": "VARCHAR", "bytes": "BLOB", "date": "DATE", "time": "TIME",
    "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP WITH TIME ZONE", "interval": "INTERVAL", "uuid": "UUID",
    "json": "JSON",
}  # fmt: skip
_POSTGRES = {
    "boolean": "boolean", "smallint": "smallint", "integer": "integer", "bigint": "bigint", "decimal": "numeric",
    "real": "real", "double": "double precision", "text": "text", "bytes": "bytea", "date": "date",
    "time": "time without time zone", "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone", "interval": "interval", "uuid": "uuid", "json": "json",
}  # fmt: skip
_DECIMAL = re.compile(r"(?:decimal|numeric)\((\d+),\s*(-?\d+)\)", re.IGNORECASE)
_LIST = re.compile(r"(.+)\[\d*\]", re.DOTALL)
_FROM_DUCKDB = {spelling: logical for logical, spelling in _DUCKDB.items() if logical != "decimal"} | {
    "TINYINT": "smallint", "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint",
    "UBIGINT": "decimal(20,0)", "HUGEINT": "decimal(39,0)", "UHUGEINT": "decimal(39,0)", "TIME_NS": "time",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp", "BIGNUM": "decimal",
}  # fmt: skip
_FROM_POSTGRES = {spelling: logical for logical, spelling in _POSTGRES.items()} | {"jsonb": "json"}
WIDER = {
    "smallint": ("integer", "bigint", "decimal"),
    "integer": ("bigint", "decimal", "double"),
    "bigint": ("decimal",),
    "real": ("double",),
    "date": ("timestamp",),
}
"""For each logical type, those that hold all of its values exactly."""


def decimal_parameters(kind: str) -> tuple[int, int] | None:
    """Return (precision, scale) of a ``decimal(p,s)``, None for anything else."""
    match = _DECIMAL.fullmatch(kind)
    return (int(match[1]), int(match[2])) if match else None


def ddl(logical: str, dialect: Dialect) -> str:
    """Return how an engine spells a logical type."""
    if logical.endswith("[]"):
        return ddl(logical.removesuffix("[]"), dialect) + "[]"
    if parameters := decimal_parameters(logical):
        precision, scale = parameters
        if dialect == "postgres":
            return f"numeric({precision},{scale})"
        return f"DECIMAL({precision},{scale})" if precision <= 38 and 0 <= scale <= precision else "VARCHAR"
    return (_DUCKDB if dialect == "duckdb" else _POSTGRES)[logical]


def from_duckdb(native: str) -> str:
    """Return the logical type of a DuckDB type: json for what is nested deeper than a list, text if unknown."""
    if match := _LIST.fullmatch(native):
        inner = from_duckdb(match[1])
        return "json" if inner.endswith("[]") or (inner == "json" and match[1] != "JSON") else f"{inner}[]"
    if parameters := decimal_parameters(native):
        return f"decimal({parameters[0]},{parameters[1]})"
    if native.startswith(("STRUCT(", "MAP(", "UNION(", "VARIANT")):
        return "json"
    return _FROM_DUCKDB.get(native, "text")


def from_postgres(native: str) -> str:
    """Return the logical type of a PostgreSQL type as ``format_type`` spells it, text if unknown."""
    if native.endswith("[]"):
        return f"{from_postgres(native.removesuffix('[]'))}[]"
    if parameters := decimal_parameters(native):
        return f"decimal({parameters[0]},{parameters[1]})"
    return _FROM_POSTGRES.get(native, "text")


def from_engine(native: str, dialect: Dialect) -> str:
    """Return the logical type of an engine's type."""
    return from_duckdb(native) if dialect == "duckdb" else from_postgres(native)


def wire(logical: str) -> str:
    """Return the DuckDB type in which a value travels to PostgreSQL by binary COPY.

    UUIDs, JSON and decimals of unknown precision travel as text and are cast on the server; the binary form of the
    others is the same on both sides.
    """
    if logical.endswith("[]"):
        return wire(logical.removesuffix("[]")) + "[]"
    return "VARCHAR" if logical in {"uuid", "json"} else ddl(logical, "duckdb")


def wire_postgres(logical: str) -> str:
    """Return the PostgreSQL type that receives `wire` values."""
    if logical.endswith("[]"):
        return wire_postgres(logical.removesuffix("[]")) + "[]"
    if wire(logical) == "VARCHAR":
        return "text"
    return "numeric" if decimal_parameters(logical) else _POSTGRES[logical]
