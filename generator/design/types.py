"""The logical column types that every connector reports and every destination is asked for.

A logical type is a lower-case string: one of `SIMPLE_TYPES`, ``decimal(p,s)``, or any of these followed by
``[]`` for a list. Unconstrained numerics are plain ``decimal``: exact, of unknown precision.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

SIMPLE_TYPES = (
    "boolean", "smallint", "integer", "bigint", "decimal", "real", "double", "text", "bytes",
    "date", "time", "timestamp", "timestamptz", "interval", "uuid", "json",
)  # fmt: skip
_DECIMAL = re.compile(r"decimal\((\d{1,4}),\s*(-?\d{1,4})\)")


@lru_cache(maxsize=1024)
def normalize_type(text: str) -> str:
    """Return the canonical spelling of a logical type.

    Raises:
        ValueError: the text is no logical type.
    """
    kind = text.strip().lower()
    suffix = ""
    while kind.endswith("[]"):
        kind, suffix = kind[:-2].rstrip(), suffix + "[]"
    if match := _DECIMAL.fullmatch(kind):
        return f"decimal({int(match[1])},{int(match[2])}){suffix}"
    if kind in SIMPLE_TYPES:
        return kind + suffix
    raise ValueError(
        f"{text!r} is not a column type; known are {', '.join(SIMPLE_TYPES)}, decimal(p,s) and lists ([])"
    )


def decimal_parameters(kind: str) -> tuple[int, int] | None:
    """Return (precision, scale) of a ``decimal(p,s)``, None for anything else."""
    match = _DECIMAL.fullmatch(kind)
    return (int(match[1]), int(match[2])) if match else None


def is_numeric(kind: str) -> bool:
    """Tell whether values of this type can be added up."""
    return (
        kind.split("(")[0] in {"smallint", "integer", "bigint", "decimal", "real", "double"}
        and "[" not in kind
    )


def kept_as_text(kind: str) -> bool:
    """Tell whether numbers of this type are staged as text, in which no digit is lost but 9 comes after 10."""
    parameters = decimal_parameters(kind)
    if parameters is None:
        return kind == "decimal"
    return not (parameters[0] <= 38 and 0 <= parameters[1] <= parameters[0])


def is_temporal(kind: str) -> bool:
    """Tell whether the type is a point in time (date, timestamp, timestamptz)."""
    return kind in {"date", "timestamp", "timestamptz"}


LogicalType = Annotated[str, AfterValidator(normalize_type)]
