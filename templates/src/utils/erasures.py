"""Erased people stay out: what a person was known by is remembered as a keyed hash, and staging leaves their rows out.

A source that still holds an erased person would bring them back with the next full extract, restore or update. Rows
of theirs are therefore not staged; they count as filtered, so that a run's balance holds. Kept is the HMAC-SHA256 of
the key or value under a random key of this pipeline's own, which says nothing to who does not know the person.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..settings import Settings, TableSettings
from .privacy import hmac_macro, token

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..engines.duckdb_engine import DuckDBEngine

TABLE = "erasures"
KEY, VALUE = "key", "value"
VAGUE_NAMES = {"id", "_id", "key", "pk", "code", "uuid", "guid", "number", "no", "nr"}
"""Names of keys that mean a person in their own table only: elsewhere they are somebody else's."""
_MACRO = "erasure_digest"
_DIGESTS = "_erased_digests"


def owners(settings: Settings) -> dict[str, frozenset[str]]:
    """Return, for each key column of a table with personal columns, the tables (in staging) whose key it is."""
    found: dict[str, frozenset[str]] = {}
    for table in settings.tables:
        if any(column.pii for column in table.columns) and len(table.primary_key) == 1:
            key = table.primary_key[0]
            found[key] = found.get(key, frozenset()) | {table.staging_name}
    return found


@dataclass(frozen=True)
class Suppression:
    """What must not be staged: digests of keys and values of erased people, by kind and column."""

    digests: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    salt: str = ""
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def columns(self, table: TableSettings) -> tuple[str, ...]:
        """Return the columns of a table by which an erased person can be told."""
        return tuple(column.name for column in table.landed_columns if self._wanted(table, column.name))

    def condition(self, work: DuckDBEngine, table: TableSettings) -> str:
        """Return the SQL condition that is true of erased people's rows, and give the DuckDB what it needs for it.

        Empty where there are none to tell.
        """
        columns = self.columns(table)
        if not columns:
            return ""
        work.connection.execute(hmac_macro(_MACRO, self.salt))
        work.execute(f"CREATE OR REPLACE TEMP TABLE {_DIGESTS} (name VARCHAR, digest VARCHAR)")
        rows = [(name, digest) for name in columns for digest in sorted(self._wanted(table, name))]
        for start in range(0, len(rows), 500):
            values = ", ".join(
                f"({work.literal(a)}, {work.literal(b)})" for a, b in rows[start : start + 500]
            )
            work.execute(f"INSERT INTO {_DIGESTS} VALUES {values}")
        parts = (
            f"{_MACRO}({work.quote(name)}) IN (SELECT digest FROM {_DIGESTS} WHERE name = {work.literal(name)})"
            for name in columns
        )
        return f"coalesce({' OR '.join(parts)}, FALSE)"

    def _wanted(self, table: TableSettings, column: str) -> frozenset[str]:
        keys = self.digests.get((KEY, column), frozenset())
        if column.lower() in VAGUE_NAMES and table.staging_name not in self.owners.get(column, frozenset()):
            keys = frozenset()
        return keys | self.digests.get((VALUE, column), frozenset())


class Erasures:
    """The memory of who was erased, in the destination. Every method works in the caller's transaction.

    Args:
        engine: The destination's engine.
        schema: The schema that holds the pipeline's state.
    """

    def __init__(self, engine: Engine, schema: str) -> None:
        self._engine = engine
        self._table = engine.relation(schema, TABLE)

    def remember(
        self, subject: str, keys: Mapping[str, frozenset[str]], values: Mapping[str, frozenset[str]]
    ) -> None:
        """Remember a person by the values of key columns and of personal columns that mean them."""
        salt, now = self._salt() or secrets.token_hex(32), datetime.now(UTC)
        person = token(subject, salt)
        known = {
            (kind, column, digest)
            for kind, column, digest in self._engine.query(
                f"SELECT kind, column_name, digest FROM {self._table}"
                f" WHERE subject = {self._engine.literal(person)}"
            )
        }
        wanted = {
            (kind, column, token(value, salt))
            for kind, found in ((KEY, keys), (VALUE, values))
            for column, them in found.items()
            for value in them
        }
        rows = [(person, *entry, salt, now) for entry in sorted(wanted - known)]
        if rows:
            literals = ", ".join(f"({', '.join(self._engine.literal(v) for v in row)})" for row in rows)
            self._engine.execute(f"INSERT INTO {self._table} VALUES {literals}")

    def lift(self, subject: str) -> bool:
        """Forget that a person was erased, named as they were then; return whether they were known."""
        salt = self._salt()
        if not salt:
            return False
        where = f" WHERE subject = {self._engine.literal(token(subject, salt))}"
        found = bool(self._engine.query(f"SELECT 1 FROM {self._table}{where} LIMIT 1"))
        self._engine.execute(f"DELETE FROM {self._table}{where}")
        return found

    def suppression(self, settings: Settings) -> Suppression:
        """Return what must not be staged."""
        digests: dict[tuple[str, str], set[str]] = {}
        for kind, column, digest in self._engine.query(
            f"SELECT kind, column_name, digest FROM {self._table}"
        ):
            digests.setdefault((str(kind), str(column)), set()).add(str(digest))
        if not digests:
            return Suppression()
        held = {entry: frozenset(found) for entry, found in digests.items()}
        return Suppression(held, self._salt() or "", owners(settings))

    def _salt(self) -> str | None:
        rows = self._engine.query(f"SELECT salt FROM {self._table} LIMIT 1")
        return str(rows[0][0]) if rows else None
