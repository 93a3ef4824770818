"""What every engine can do. Statements are text; names and values go in through ``quote`` and ``literal`` only."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

from ..utils.retry import LoadError

Dialect: TypeAlias = Literal["duckdb", "postgres"]
Column: TypeAlias = tuple[str, str]
"""A column's name and its type as the engine spells it."""


class CommitOutcomeUnknownError(LoadError):
    """The connection was lost while committing: the transaction may have happened or not. Look before trying again."""


class TransientError(LoadError):
    """An error that may pass by itself: a lost connection, a deadlock, a server that is starting."""


class Engine(Protocol):
    """A place where SQL runs."""

    @property
    def dialect(self) -> Dialect:
        """The dialect its SQL is written in."""

    def execute(self, sql: str) -> int:
        """Run one statement and return the rows it touched, -1 where that is not known."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query and return its rows; points in time come back aware, in UTC."""

    def quote(self, name: str) -> str:
        """Return a name as an identifier of this dialect."""

    def literal(self, value: object) -> str:
        """Return a value as a literal of this dialect."""

    def relation(self, schema: str, name: str) -> str:
        """Return the full, quoted name of a table."""

    def columns(self, schema: str, name: str) -> list[Column]:
        """Return a table's columns in order; empty where there is no such table."""

    def tables(self, schema: str) -> list[str]:
        """Return the names of the tables (not views) of a schema, sorted."""

    def drop(self, schema: str, name: str) -> None:
        """Drop a table or view, if there is one."""

    def transaction(self) -> AbstractContextManager[None]:
        """Run what is inside as one transaction; inside another one, as part of it."""

    def create_schema(self, schema: str) -> None:
        """Create a schema unless it is there."""

    def hold(self, name: str) -> bool:
        """Take the true lock of a destination under a name, until the engine is closed; False where another has it."""

    def holders(self, name: str) -> list[str]:
        """Return who holds the true lock of that name, in words, as far as can be seen without taking it."""

    def end_holders(self, name: str) -> None:
        """Make whoever holds the true lock let go, where a destination can do that."""

    def close(self) -> None:
        """Let go of the connection."""


def fit(name: str, limit: int = 63) -> str:
    """Return a name of at most ``limit`` bytes: itself, or its beginning and a digest that keeps it distinct."""
    if len(name.encode()) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return name.encode()[: limit - 11].decode(errors="ignore") + "_" + digest


def quoted(name: str) -> str:
    """Return a name as a standard SQL identifier.

    Raises:
        ValueError: it is empty or holds NUL, which no engine allows.
    """
    if not name or "\0" in name:
        raise ValueError(f"{name!r} cannot be the name of a table or column")
    return '"' + name.replace('"', '""') + '"'


def names(columns: Sequence[str], prefix: str = "") -> str:
    """Return identifiers separated by commas, each after ``prefix``."""
    return ", ".join(f"{prefix}{quoted(column)}" for column in columns)


def text_literal(value: str) -> str:
    """Return text as a standard SQL literal (no escapes but the doubled quote)."""
    parts = [f"'{part}'" for part in value.replace("'", "''").split("\0")]
    return parts[0] if len(parts) == 1 else f"({' || chr(0) || '.join(parts)})"


def literal(value: object, dialect: Dialect) -> str:
    """Return a Python value as a literal.

    Raises:
        TypeError: its type has no literal here.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, Decimal)) and not (isinstance(value, Decimal) and not value.is_finite()):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        number = (
            repr(value)
            if math.isfinite(value)
            else {"nan": "NaN", "inf": "Infinity"}.get(repr(value), "-Infinity")
        )
        return f"CAST('{number}' AS {'DOUBLE' if dialect == 'duckdb' else 'DOUBLE PRECISION'})"
    if isinstance(value, (str, Decimal, UUID)):
        return text_literal(str(value))
    if isinstance(value, datetime):
        kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ"
        return f"CAST('{value.isoformat(sep=' ')}' AS {kind})"
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    if isinstance(value, time):
        return f"CAST('{value.isoformat()}' AS TIME)"
    if isinstance(value, bytes):
        return f"from_hex('{value.hex()}')" if dialect == "duckdb" else f"CAST('\\x{value.hex()}' AS BYTEA)"
    raise TypeError(f"no SQL literal for a {type(value).__name__}")
