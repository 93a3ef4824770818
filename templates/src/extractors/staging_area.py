"""Staging: where a run's extracted rows land, and where a modelled pipeline keeps its sources' current state.

Everything here may be lost at the price of a full extract: the area carries a generation, and state in the
destination remembers which generation, and which run, its watermarks belong to. Staging that has not taken in that
run's rows is an older copy of what it was, and as good as lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from ..engines.base import Engine, quoted
from ..engines.duckdb_engine import DuckDBEngine
from ..loaders.publication import Publication
from ..loaders.strategies import refill, write_newer
from ..settings import LoadingSettings, TableSettings
from ..utils.retry import ConfigurationError
from ..utils.state import TableState
from .landing import Landed, incoming_name, landed_names, no_later_than, outdated_name, rejected_name

EXTRACTIONS = "__extractions"
AREA = "__area"
ACCEPTED = "__accepted"
OWNERS = "__owners"
_TABLES = {
    AREA: "generation TEXT", EXTRACTIONS: "run_id TEXT, table_name TEXT, details TEXT",
    ACCEPTED: "table_name TEXT, run_id TEXT", OWNERS: "table_name TEXT, pipeline TEXT",
}  # fmt: skip


@dataclass(frozen=True)
class Extraction:
    """What one run extracted of one table; watermarks are exact text.

    ``low`` is where reading began, ``high`` the highest watermark to publish, ``until`` the end of a backfill's window;
    ``dropped`` are columns the source has no more; ``outdated`` counts dead letters whose rows were read again.
    """

    run_id: str
    table: str
    landed: Landed
    low: str | None = None
    high: str | None = None
    until: str | None = None
    complete: bool = True
    source_rows: int | None = None
    source_sums: dict[str, Decimal] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    outdated: int = 0


class StagingArea:
    """The staging schema of a pipeline.

    Args:
        engine: Where it lies.
        schema: Its name.
        modelled: Whether it keeps current state for transformations.
    """

    def __init__(self, engine: Engine, schema: str, *, modelled: bool) -> None:
        self._engine = engine
        self._schema = schema
        self._modelled = modelled
        self.generation = ""

    def ensure(self) -> None:
        """Create what is missing, in one transaction, and read the generation."""
        with self._engine.transaction():
            present = set(self._engine.tables(self._schema))
            for name, columns in _TABLES.items():
                if name not in present:
                    self._engine.execute(f"CREATE TABLE {self._own(name)} ({columns})")
            if AREA not in present:
                self._engine.execute(f"INSERT INTO {self._own(AREA)} VALUES ('{uuid4()}')")
        self.generation = str(self._engine.query(f"SELECT generation FROM {self._own(AREA)}")[0][0])

    def claim(self, pipeline: str, tables: Iterable[str]) -> None:
        """Make tables of a staging schema that others may use, too, a pipeline's own.

        Raises:
            ConfigurationError: another pipeline has a table of one of these names here: rows would get mixed up.
        """
        wanted = set(tables)
        rows = self._engine.query(f"SELECT table_name, pipeline FROM {self._own(OWNERS)}")
        taken = {str(name): str(owner) for name, owner in rows if owner != pipeline and name in wanted}
        if taken:
            owners = ", ".join(sorted(set(taken.values())))
            raise ConfigurationError(
                f"{', '.join(sorted(taken))} in the staging schema {self._schema} belong to the pipeline {owners}; give"
                " this one a staging_schema of its own, or its tables other aliases, and generate it again. If that"
                f" one is no more, delete its rows from {self._own(OWNERS)}"
            )
        if fresh := sorted(wanted - {str(name) for name, _ in rows}):
            value = self._engine.literal
            values = ", ".join(f"({value(name)}, {value(pipeline)})" for name in fresh)
            self._engine.execute(f"INSERT INTO {self._own(OWNERS)} VALUES {values}")

    def holds(self, table: str) -> bool:
        """Tell whether the current state of a table is here."""
        return bool(self._engine.columns(self._schema, table))

    def belongs_to(self, table: TableSettings, published: Mapping[str, TableState]) -> bool:
        """Tell whether the current state of a table is here, and is the one its published watermark is of."""
        name = table.staging_name
        state = published.get(name)
        if state is None or state.generation != self.generation or not self.holds(name):
            return False
        value = self._engine.literal
        taken_in = f"SELECT 1 FROM {self._own(ACCEPTED)} WHERE table_name = {value(name)}"
        return bool(self._engine.query(f"{taken_in} AND run_id = {value(state.run_id)}"))

    def staged_name(self, table: str) -> str:
        """Return the name of the table that checks before transformation look at."""
        return table if self._modelled else incoming_name(table)

    def relation(self, table: str) -> str:
        """Return the table that checks before transformation look at."""
        return self._own(self.staged_name(table))

    def accept(self, table: TableSettings, extraction: Extraction) -> None:
        """Take a table's landed rows over, in the caller's transaction."""
        if self._modelled:
            self._merge(table, extraction)
        self._engine.execute(
            f"DELETE FROM {self._own(EXTRACTIONS)} WHERE table_name = {self._engine.literal(extraction.table)}"
        )
        values = [extraction.run_id, extraction.table, _dumped(extraction)]
        self._engine.execute(
            f"INSERT INTO {self._own(EXTRACTIONS)} VALUES ({', '.join(self._engine.literal(v) for v in values)})"
        )
        if self._modelled:
            accepted = ", ".join(
                self._engine.literal(value) for value in (extraction.table, extraction.run_id)
            )
            self._engine.execute(f"INSERT INTO {self._own(ACCEPTED)} VALUES ({accepted})")

    def extractions(self, run_id: str) -> dict[str, Extraction]:
        """Return what a run has extracted, by table."""
        rows = self._engine.query(
            f"SELECT details FROM {self._own(EXTRACTIONS)} WHERE run_id = {self._engine.literal(run_id)}"
        )
        found = [_loaded(str(row[0])) for row in rows]
        return {extraction.table: extraction for extraction in found}

    def count(self, table: str) -> int:
        """Return the number of rows of a staged table."""
        return int(self._engine.query(f"SELECT count(*) FROM {self.relation(table)}")[0][0])

    def rejected(self, table: str) -> str:
        """Return the table of a run's rejected rows."""
        return self._own(rejected_name(table))

    def outdated(self, table: str) -> str:
        """Return the table of the ids of dead letters whose rows a run has read again."""
        return self._own(outdated_name(table))

    def discard(self, table: str) -> None:
        """Drop what a run's extraction of a table has left: it has been published and recorded."""
        for name in landed_names(table):
            self._engine.drop(self._schema, name)

    def settle(self, table: str, run_id: str) -> None:
        """Forget the runs before the one whose rows of a table have been published."""
        if self._modelled:
            value = self._engine.literal
            self._engine.execute(
                f"DELETE FROM {self._own(ACCEPTED)} WHERE table_name = {value(table)} AND run_id <> {value(run_id)}"
            )

    def _own(self, name: str) -> str:
        return self._engine.relation(self._schema, name)

    def _merge(self, table: TableSettings, extraction: Extraction) -> None:
        """Bring the current state of a table into step with its incoming rows."""
        name = table.staging_name
        incoming, current = self._own(incoming_name(name)), self._own(name)
        if extraction.complete or not self.holds(name):
            self._engine.execute(f"DROP TABLE IF EXISTS {current}")
            self._engine.execute(f"ALTER TABLE {incoming} RENAME TO {quoted(name)}")
            return
        columns = tuple(self._engine.columns(self._schema, incoming_name(name)))
        publication = Publication(
            engine=self._engine,
            schema=self._schema,
            table=name,
            source=incoming,
            columns=columns,
            loading=LoadingSettings(strategy="upsert", key=table.primary_key),
            run_id=extraction.run_id,
            started_at=datetime.now(UTC),
            watermark=table.extraction.watermark_column,
            unique=True,
            dropped=extraction.dropped,
        )
        if table.primary_key:
            publication.ensure()
            write_newer(publication)
        else:
            refill(replace(publication, low=extraction.low, high=extraction.until))
        self._engine.execute(f"DROP TABLE {incoming}")


def _dumped(extraction: Extraction) -> str:
    landed = extraction.landed
    return json.dumps(
        {
            "run_id": extraction.run_id, "table": extraction.table, "low": extraction.low, "high": extraction.high,
            "complete": extraction.complete, "until": extraction.until, "source_rows": extraction.source_rows,
            "source_sums": {name: str(total) for name, total in extraction.source_sums.items()},
            "dropped": list(extraction.dropped), "outdated": extraction.outdated,
            "landed": {**vars(landed), "nulled": list(landed.nulled)},
        }
    )  # fmt: skip


def _loaded(text: str) -> Extraction:
    values = json.loads(text)
    landed = Landed(**values.pop("landed"))
    landed = replace(landed, nulled=tuple((name, count) for name, count in landed.nulled))
    sums = {name: Decimal(total) for name, total in values.pop("source_sums").items()}
    return Extraction(landed=landed, source_sums=sums, dropped=tuple(values.pop("dropped", ())), **values)


def in_the_future(work: DuckDBEngine, kind: str, watermark: str) -> bool:
    """Tell whether a watermark of a DuckDB type is a time that a clock that goes right would not have let through."""
    sane = no_later_than(kind, f"CAST({work.literal(watermark)} AS {kind})")
    return bool(sane and work.query(f"SELECT 1 WHERE NOT ({sane})"))


def lower_bound(work: DuckDBEngine, table: TableSettings, kind: str, watermark: str) -> str:
    """Return the watermark to read from: the published one less the lookback, where it is a point in time.

    Args:
        work: Any DuckDB, to compute with.
        table: The table.
        kind: The watermark column's DuckDB type.
        watermark: The published watermark.
    """
    minutes = table.extraction.lookback_minutes
    if not minutes or not kind.startswith(("TIMESTAMP", "DATE")):
        return watermark
    bound = f"CAST({work.literal(watermark)} AS {kind}) - INTERVAL {int(minutes)} MINUTE"
    return str(work.query(f"SELECT CAST(CAST({bound} AS {kind}) AS VARCHAR)")[0][0])
