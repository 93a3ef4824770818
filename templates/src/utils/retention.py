"""Retention: what is older than the design keeps is deleted, and nothing else.

Due are rows of a table whose ``partition_field`` (its event time) is older than ``retention_days``, in
staging and published alike, and the pipeline's own records of that age. A table without a partition field
has no age: a customer who has not changed for three years is still a customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
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
}
"""The pipeline's own records, and the time each is as old as."""
_TEMPORAL = ("DATE", "TIMESTAMP")


def apply_retention(
    places: Iterable[Place], settings: Settings, *, now: datetime | None = None, dry_run: bool = False
) -> dict[str, int]:
    """Delete what is due and return how many rows that were, by table.

    Args:
        places: The schemas of published tables, staging and the pipeline's state.
        settings: The configuration; nothing is due without ``requirements.retention_days``.
        now: The present (aware).
        dry_run: Only count.
    """
    days = settings.requirements.retention_days
    if days is None:
        return {}
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    aged = _aged_tables(settings)
    found: dict[str, int] = {}
    for engine, schemas in by_engine(places):
        with engine.transaction():
            for schema in schemas:
                for name in engine.tables(schema):
                    column = (
                        _RECORDS.get(name) if schema == settings.meta_schema else aged.get(base_name(name))
                    )
                    condition = _older(engine, schema, name, column, before) if column else None
                    if condition is not None:
                        found[f"{schema}.{name}"] = _delete(engine, schema, name, condition, dry_run)
    return found


def _delete(engine: Engine, schema: str, table: str, condition: str, dry_run: bool) -> int:
    relation = engine.relation(schema, table)
    count = int(engine.query(f"SELECT count(*) FROM {relation} WHERE {condition}")[0][0])
    if count and not dry_run:
        engine.execute(f"DELETE FROM {relation} WHERE {condition}")
    return count


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
