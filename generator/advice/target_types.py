"""What a logical type becomes in each destination, and what is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass

from generator.design.types import decimal_parameters

from .advice import Advice

DUCKDB_MAX_PRECISION = 38


@dataclass(frozen=True)
class _Target:
    """One destination's spellings; what is not in ``kinds`` is written as text."""

    title: str
    kinds: dict[str, str]
    losses: dict[str, str]
    text: str
    decimal: str
    """Spelling of decimal(p,s), with places for both."""
    max_precision: int | None
    list_of: str
    plain_decimal: str = ""
    """Spelling of an unconstrained decimal; empty where none is exact."""


_TARGETS = {
    "duckdb": _Target(
        "DuckDB",
        {
            "boolean": "BOOLEAN",
            "smallint": "SMALLINT",
            "integer": "INTEGER",
            "bigint": "BIGINT",
            "real": "FLOAT",
            "double": "DOUBLE",
            "text": "VARCHAR",
            "bytes": "BLOB",
            "date": "DATE",
            "time": "TIME",
            "timestamp": "TIMESTAMP",
            "timestamptz": "TIMESTAMP WITH TIME ZONE",
            "interval": "INTERVAL",
            "uuid": "UUID",
            "json": "JSON",
        },
        {"timestamptz": "the instant is kept, the zone it was written in is not"},
        "VARCHAR",
        "DECIMAL({0},{1})",
        DUCKDB_MAX_PRECISION,
        "{0}[]",
    ),
    "postgres": _Target(
        "PostgreSQL",
        {
            "boolean": "boolean",
            "smallint": "smallint",
            "integer": "integer",
            "bigint": "bigint",
            "real": "real",
            "double": "double precision",
            "text": "text",
            "bytes": "bytea",
            "date": "date",
            "time": "time",
            "timestamp": "timestamp",
            "timestamptz": "timestamptz",
            "interval": "interval",
            "uuid": "uuid",
            "json": "json",
        },
        {
            "json": "the document is kept as it is written; NaN and Infinity make their rows dead letters",
            "timestamptz": "the instant is kept, the zone it was written in is not",
            "text": "the character NUL cannot be stored: such rows become dead letters",
        },
        "text",
        "numeric({0},{1})",
        1000,
        "{0}[]",
        "numeric",
    ),
    "files": _Target(
        "Parquet",
        {
            "boolean": "BOOLEAN",
            "smallint": "INT16",
            "integer": "INT32",
            "bigint": "INT64",
            "real": "FLOAT",
            "double": "DOUBLE",
            "text": "STRING",
            "bytes": "BYTE_ARRAY",
            "date": "DATE",
            "time": "TIME(MICROS)",
            "timestamp": "TIMESTAMP(MICROS)",
            "timestamptz": "TIMESTAMP(MICROS, UTC)",
            "uuid": "UUID",
            "json": "JSON",
        },
        {
            "interval": "Parquet's own intervals have neither microseconds nor signs; text keeps both",
            "timestamptz": "the instant is kept, the zone it was written in is not",
        },
        "STRING",
        "DECIMAL({0},{1})",
        DUCKDB_MAX_PRECISION,
        "LIST<{0}>",
    ),
}


def advise_target_type(kind: str, destination: str) -> Advice[str]:
    """Recommend the type of a column in a destination.

    Args:
        kind: Logical type of the source column.
        destination: Connector id; one that is not known is treated as DuckDB.

    The reason says what is lost; nothing lost is said, too.
    """
    target = _TARGETS.get(destination, _TARGETS["duckdb"])
    if kind.endswith("[]"):
        inner = advise_target_type(kind[:-2], destination)
        return Advice(
            target.list_of.format(inner.choice),
            f"a list; of its elements: {inner.reason}",
            target.text,
            "as JSON text, when readers know no lists",
            rule="type.list",
        )
    if parameters := decimal_parameters(kind):
        return _decimal(target, *parameters)
    if kind == "decimal":
        if target.plain_decimal:
            return Advice(target.plain_decimal, "exact, of any precision", rule="type.decimal")
        return Advice(
            target.text,
            f"{target.title} has no decimal of unlimited precision; text keeps every digit",
            target.decimal.format(DUCKDB_MAX_PRECISION, 9),
            "when sums matter more than digits beyond 29 before and 9 after the point",
            rule="type.decimal_as_text",
        )
    spelled = target.kinds.get(kind, target.text)
    loss = target.losses.get(kind)
    wider = {"smallint": "integer", "integer": "bigint", "real": "double", "date": "timestamp"}.get(kind)
    return Advice(
        spelled,
        loss or "exact: nothing is lost",
        target.kinds.get(wider) if wider else None,
        "when the source may widen it later" if wider else "",
        rule=f"type.{kind}",
    )


def _decimal(target: _Target, precision: int, scale: int) -> Advice[str]:
    fits = target.max_precision is None or (precision <= target.max_precision and 0 <= scale <= precision)
    if fits:
        return Advice(target.decimal.format(precision, scale), "exact: nothing is lost", rule="type.decimal")
    return Advice(
        target.text,
        f"decimal({precision},{scale}) does not fit {target.title}'s decimals; text keeps every digit",
        target.kinds["double"],
        "when about 15 digits are enough",
        rule="type.decimal_as_text",
    )
