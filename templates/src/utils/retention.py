"""Retention: what is older than the design keeps is deleted, and nothing else.

Due are rows of a table whose ``partition_field`` (its event time) is older than ``retention_days``, in
staging and published alike, and the pipeline's own records of that age. A table without a partition field
has no age: a customer who has not changed for three years is still a customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..settings import Settings
from .erasure import Place, base_name, by_engine

if TYPE_CHECKING:
    from ..engines.base import Engine

_RECORDS = {
    "runs": "started_at",
    "check_results": "checked_at",
    "lineage": "event_time",
    "dead_letters": "created_at",
    "retentions": "applied_at",
}
"""The pipeline's own records, and the time each is as old as."""
_TEMPORAL = ("DATE", "TIMESTAMP")


@dataclass(frozen=True)
class Due:
    """Rows of one table that are older than the design keeps them.

    Attributes:
        engine: Where the table lies.
        schema: Its schema.
        table: Its name.
        condition: What is true of these rows alone.
        rows: How many they are.
        emptied: The table is a published one, and has no other rows.
    """

    engine: Engine
    schema: str
    table: str
    condition: str
    rows: int
    emptied: bool

    def delete(self) -> None:
        """Delete the rows, in the caller's transaction."""
        if self.rows:
            self.engine.execute(
                f"DELETE FROM {self.engine.relation(self.schema, self.table)} WHERE {self.condition}"
            )


def find_due(places: Iterable[Place], settings: Settings, now: datetime) -> list[Due]:
    """Return what is due, table by table.

    Args:
        places: The schemas of published tables, staging and the pipeline's state.
        settings: The configuration; nothing is due without ``requirements.retention_days``.
        now: The present (aware).
    """
    days = settings.requirements.retention_days
    if days is None:
        return []
    before = now - timedelta(days=days)
    aged = _aged_tables(settings)
    found = []
    for engine, schemas in by_engine(places):
        for schema in schemas:
            for name in engine.tables(schema):
                column = _RECORDS.get(name) if schema == settings.meta_schema else aged.get(base_name(name))
                condition = _older(engine, schema, name, column, before) if column else None
                if condition is not None:
                    count = f"count(*), count(*) FILTER (WHERE {condition})"
                    total, rows = engine.query(f"SELECT {count} FROM {engine.relation(schema, name)}")[0]
                    emptied = schema == settings.destination.schema and 0 < total == rows
                    found.append(Due(engine, schema, name, condition, int(rows), emptied))
    return found


def delete_due(due: Iterable[Due]) -> None:
    """Delete what is due; per engine in one transaction."""
    for engine in {id(item.engine): item.engine for item in due}.values():
        with engine.transaction():
            for item in due:
                if item.engine is engine:
                    item.delete()


class Retentions:
    """The record of what was deleted by its age, and of when the pipeline ran.

    Args:
        engine: The destination.
        schema: The schema that holds the pipeline's state.
    """

    def __init__(self, engine: Engine, schema: str) -> None:
        self._engine = engine
        self._table = engine.relation(schema, "retentions")
        self._runs = engine.relation(schema, "runs")

    def record(self, run_id: str, older_than: datetime, rows: int, now: datetime) -> None:
        """Put down that rows were deleted, in the caller's transaction."""
        values = ", ".join(self._engine.literal(value) for value in (run_id, older_than, rows, now))
        self._engine.execute(f"INSERT INTO {self._table} VALUES ({values})")

    def last(self) -> datetime | None:
        """Return when rows were last deleted."""
        found: datetime | None = self._engine.query(f"SELECT max(applied_at) FROM {self._table}")[0][0]
        return found

    def runs(self) -> list[datetime]:
        """Return when the runs on record started."""
        started = f"SELECT started_at FROM {self._runs} WHERE started_at IS NOT NULL"
        return [row[0] for row in self._engine.query(started)]


def _aged_tables(settings: Settings) -> dict[str, str]:
    """Return the event time of each table that has one, staged or published."""
    aged = {
        name: loading.partition_field for name, loading in settings.published() if loading.partition_field
    }
    for table in settings.tables:
        if table.loading and table.loading.partition_field:
            aged[table.staging_name] = table.loading.partition_field
    return aged


def _older(engine: Engine, schema: str, table: str, column: str, before: datetime) -> str | None:
    kind = next((kind for name, kind in engine.columns(schema, table) if name == column), "")
    quoted = engine.quote(column)
    if kind.upper().startswith("TIMESTAMP WITH TIME ZONE") or kind.lower() == "timestamptz":
        return f"{quoted} < {engine.literal(before)}"
    if kind.upper().startswith(_TEMPORAL):
        return f"{quoted} < {engine.literal(before.replace(tzinfo=None))}"
    text_time = schema.startswith("_") and column == "created_at"
    return f"{quoted} < {engine.literal(before.isoformat())}" if text_time else None
