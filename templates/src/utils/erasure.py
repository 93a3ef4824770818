"""Erasing one person: every row about them, in published tables, change logs, staging, dead letters, reports.

A person is named by the key of a table that holds personal columns (as a customer number), or by the value
of such a column (as an e-mail address, found by its token). Rows of any table that carry that key, under
its own name, or that value go. A key with a name that says nothing (``id``) counts in its own table only:
elsewhere it is somebody else's. The source is not touched; rows it still holds are left out by later runs
(see `erasures`), but erase there as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..settings import Settings
from .environment import lookup
from .erasures import VAGUE_NAMES, Erasures, owners
from .privacy import KEY_VARIABLE, token

if TYPE_CHECKING:
    from ..engines.base import Engine

_LETTER_COLUMNS = ["reason", "column_name", "offending_value", "payload"]
_STATE_TABLES = {"dead_letters": "payload", "check_results": "failed_examples"}


@dataclass(frozen=True)
class Place:
    """A schema in which rows about people may lie."""

    engine: Engine
    schema: str


@dataclass(frozen=True)
class Trace:
    """By what a person is found, as text.

    Attributes:
        keys: Values of the key columns of tables about people.
        values: Values of personal columns.
        owners: For each key column, the tables whose key it is.
    """

    keys: dict[str, frozenset[str]]
    values: dict[str, frozenset[str]]
    owners: dict[str, frozenset[str]] = field(default_factory=dict)

    def wanted(self, table: str, column: str) -> frozenset[str]:
        """Return the values of a table's column that mean the person."""
        keys = self.keys.get(column, frozenset())
        if column.lower() in VAGUE_NAMES and base_name(table) not in self.owners.get(column, frozenset()):
            keys = frozenset()
        # The value before the last change (scd3) means whom the current one means.
        return keys | self.values.get(column, self.values.get(column.removeprefix("previous_"), frozenset()))

    def condition(self, engine: Engine, table: str, columns: Iterable[str]) -> str:
        """Return the SQL condition that is true of the person's rows, empty where no column could tell."""
        parts = []
        for name in columns:
            if wanted := sorted(self.wanted(table, name)):
                listed = ", ".join(engine.literal(value) for value in wanted)
                parts.append(f"CAST({engine.quote(name)} AS VARCHAR) IN ({listed})")
        return " OR ".join(parts)

    def found_in(self, table: str, record: object) -> bool:
        """Tell whether a JSON value, as a dead letter's payload, is about the person."""
        if isinstance(record, list):
            return any(self.found_in(table, item) for item in record)
        if not isinstance(record, dict):
            return False
        return any(
            str(value) in self.wanted(table, name) or self.found_in(table, value)
            for name, value in record.items()
        )


def erase(
    places: Iterable[Place],
    settings: Settings,
    subject: str,
    *,
    dry_run: bool = False,
    looked_at: list[tuple[Engine, str]] | None = None,
) -> dict[str, int]:
    """Delete a person's rows and return how many there were, by table; and remember them, so that none comes back.

    Each engine's rows go in one transaction; a repetition after an interruption erases what is left.

    Args:
        places: Schemas to look in; the pipeline's state schema is treated as such.
        settings: The configuration, which says what is personal.
        subject: The person's key, or the value of a personal column.
        dry_run: Only count.
        looked_at: Takes every table (engine and relation) that may hold such rows, also as remains of earlier ones.
    """
    where = list(places)
    looked_at = [] if looked_at is None else looked_at
    trace = _trace(where, settings, subject)
    found: dict[str, int] = {}
    for engine, schemas in by_engine(where):
        with engine.transaction():
            for schema in schemas:
                place = Place(engine, schema)
                reports = schema == settings.meta_schema
                here = (_erase_reports if reports else _erase_rows)(place, trace, dry_run)
                for name, count in here.items():
                    found[f"{schema}.{name}"] = found.get(f"{schema}.{name}", 0) + count
                    looked_at.append((engine, engine.relation(schema, name)))
                if reports and not dry_run:
                    Erasures(engine, schema).remember(subject, trace.keys, trace.values)
    return found


def by_engine(places: Iterable[Place]) -> list[tuple[Engine, list[str]]]:
    """Return the schemas of each engine, staging's before the destination's, each schema once."""
    grouped: dict[int, tuple[Engine, list[str]]] = {}
    for place in places:
        schemas = grouped.setdefault(id(place.engine), (place.engine, []))[1]
        if place.schema not in schemas:
            schemas.append(place.schema)
    return list(grouped.values())


def base_name(name: str) -> str:
    """Return the table a working table belongs to: its change log, its output before publishing."""
    for suffix in ("__changes", "__tombstones", "__output", "__incoming"):
        name = name.removesuffix(suffix)
    return name


def _trace(places: list[Place], settings: Settings, subject: str) -> Trace:
    """Find out by what the person is known: a personal value leads to the keys of its rows."""
    secret = lookup(KEY_VARIABLE, settings.environment)
    values: dict[str, frozenset[str]] = {}
    keys: dict[str, set[str]] = {}
    owned = owners(settings)
    for table in settings.tables:
        personal = [column for column in table.columns if column.pii]
        if not personal:
            continue
        for column in personal:
            wanted = {subject}
            if column.pii == "tokenize" and secret:
                wanted.add(token(subject, secret))
            values[column.name] = values.get(column.name, frozenset()) | wanted
        if len(table.primary_key) == 1:
            key = table.primary_key[0]
            keys.setdefault(key, set()).add(subject)
    known = Trace({}, values)
    for place in places:
        if place.schema == settings.meta_schema:
            continue
        for name in place.engine.tables(place.schema):
            columns = [column for column, _ in place.engine.columns(place.schema, name)]
            held = [key for key in keys if key in columns and base_name(name) in owned[key]]
            condition = known.condition(place.engine, name, columns)
            if held and condition:
                listed = ", ".join(f"CAST({place.engine.quote(key)} AS VARCHAR)" for key in held)
                relation = place.engine.relation(place.schema, name)
                query = f"SELECT DISTINCT {listed} FROM {relation} WHERE {condition}"
                for row in place.engine.query(query):
                    for key, value in zip(held, row, strict=True):
                        keys[key].update([str(value)] if value is not None else [])
    return Trace({name: frozenset(found) for name, found in keys.items()}, values, owned)


def _erase_rows(place: Place, trace: Trace, dry_run: bool) -> dict[str, int]:
    engine, found = place.engine, dict[str, int]()
    for name in engine.tables(place.schema):
        relation = engine.relation(place.schema, name)
        columns = [column for column, _ in engine.columns(place.schema, name)]
        if columns == _LETTER_COLUMNS and name.endswith("__rejected"):
            # What a run rejected is recorded as dead letters; this is but its working copy.
            if not dry_run:
                engine.execute(f"DROP TABLE {relation}")
            continue
        if not (condition := trace.condition(engine, name, columns)):
            continue
        count = int(engine.query(f"SELECT count(*) FROM {relation} WHERE {condition}")[0][0])
        if count and not dry_run:
            engine.execute(f"DELETE FROM {relation} WHERE {condition}")
        found[name] = count
    return found


def _erase_reports(place: Place, trace: Trace, dry_run: bool) -> dict[str, int]:
    """Delete the person's dead letters, and empty the examples of check results that name them."""
    engine, found = place.engine, dict[str, int]()
    present = engine.tables(place.schema)
    for name, column in _STATE_TABLES.items():
        if name not in present:
            continue
        found[name] = 0
        relation, text = engine.relation(place.schema, name), engine.quote(column)
        query = f"SELECT DISTINCT table_name, {text} FROM {relation} WHERE {text} NOT IN ('[]', '{{}}')"
        hits = [row for row in engine.query(query) if trace.found_in(row[0], _parsed(row[1]))]
        for about, hit in hits:
            condition = f"{text} = {engine.literal(hit)} AND table_name = {engine.literal(about)}"
            count = int(engine.query(f"SELECT count(*) FROM {relation} WHERE {condition}")[0][0])
            found[name] += count
            if dry_run:
                continue
            if name == "dead_letters":
                engine.execute(f"DELETE FROM {relation} WHERE {condition}")
            else:
                engine.execute(f"UPDATE {relation} SET {text} = '[]' WHERE {condition}")
    return found


def _parsed(text: object) -> Any:
    try:
        return json.loads(str(text))
    except ValueError:
        return None
