"""What the pipeline remembers, kept in the destination beside the data so that both commit together.

Every method works in the caller's transaction. Watermarks never move back, and move only with a publish.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..quality.checks import QualityCheckResult

TABLES = {
    "state": "table_name TEXT, watermark TEXT, generation TEXT, rows BIGINT, run_id TEXT, updated_at TIMESTAMPTZ",
    "runs": (
        "run_id TEXT, kind TEXT, status TEXT, stage TEXT, exit_code INTEGER, started_at TIMESTAMPTZ,"
        " finished_at TIMESTAMPTZ, extracted BIGINT, loaded BIGINT, rejected BIGINT, filtered BIGINT, error TEXT,"
        " sequence BIGINT"
    ),
    "run_tables": (
        "run_id TEXT, table_name TEXT, extracted BIGINT, loaded BIGINT, rejected BIGINT, filtered BIGINT,"
        " null_watermarks BIGINT, watermark_from TEXT, watermark_to TEXT"
    ),
    "check_results": (
        "run_id TEXT, stage TEXT, check_name TEXT, table_name TEXT, severity TEXT, status TEXT, message TEXT,"
        " records_checked BIGINT, records_failed BIGINT, failed_examples TEXT, checked_at TIMESTAMPTZ"
    ),
    "lock": "run_id TEXT, kind TEXT, holder TEXT, acquired_at TIMESTAMPTZ, expires_at TIMESTAMPTZ",
    "lineage": "run_id TEXT, event_time TIMESTAMPTZ, event TEXT",
    "suspensions": (
        "run_id TEXT, reason TEXT, suspended_at TIMESTAMPTZ, acknowledged_at TIMESTAMPTZ, acknowledged_by TEXT"
    ),
    "retentions": "run_id TEXT, older_than TIMESTAMPTZ, rows BIGINT, applied_at TIMESTAMPTZ",
    "erasures": ("subject TEXT, kind TEXT, column_name TEXT, digest TEXT, salt TEXT, erased_at TIMESTAMPTZ"),
    "backfills": (
        "table_name TEXT, window_from TEXT, window_to TEXT, run_id TEXT, rows BIGINT, finished_at TIMESTAMPTZ"
    ),
}
"""Tables of the state schema and their columns; dead letters keep their own."""
_LATEST_FIRST = "coalesce(sequence, 0) DESC, started_at DESC"


@dataclass(frozen=True)
class TableState:
    """How far a table has been published; ``watermark`` is exact text of the column's type."""

    watermark: str | None = None
    generation: str | None = None
    rows: int = 0
    run_id: str = ""


@dataclass(frozen=True)
class TableCounts:
    """One table's balance in one run: extracted = loaded + rejected + filtered."""

    table: str
    extracted: int = 0
    loaded: int = 0
    rejected: int = 0
    filtered: int = 0
    null_watermarks: int = 0
    watermark_from: str | None = None
    watermark_to: str | None = None

    @property
    def balanced(self) -> bool:
        """Whether every extracted row is accounted for."""
        return self.extracted == self.loaded + self.rejected + self.filtered

    def plus(self, other: TableCounts) -> TableCounts:
        """Return the balance of two parts of one run."""
        return TableCounts(
            self.table,
            self.extracted + other.extracted,
            self.loaded + other.loaded,
            self.rejected + other.rejected,
            self.filtered + other.filtered,
            self.null_watermarks + other.null_watermarks,
            self.watermark_from or other.watermark_from,
            other.watermark_to or self.watermark_to,
        )


@dataclass(frozen=True)
class RunRecord:
    """One run. ``kind``: run, backfill or replay; ``status``: success, failed, blocked."""

    run_id: str
    kind: str
    status: str
    started_at: datetime
    stage: str = ""
    exit_code: int = 0
    finished_at: datetime | None = None
    error: str = ""
    tables: tuple[TableCounts, ...] = field(default=())

    def total(self, what: str) -> int:
        """Return the sum over all tables of extracted, loaded, rejected or filtered."""
        return sum(getattr(table, what) for table in self.tables)


class State:
    """The state tables of one pipeline in its destination."""

    def __init__(self, engine: Engine, schema: str) -> None:
        self._engine = engine
        self.schema = schema

    def ensure(self) -> None:
        """Create the tables that are missing; the schema must be there."""
        present = set(self._engine.tables(self.schema))
        for name, columns in TABLES.items():
            if name not in present:
                self._engine.execute(f"CREATE TABLE {self._table(name)} ({columns})")
        if "runs" in present and not self._numbered():
            self._engine.execute(f"ALTER TABLE {self._table('runs')} ADD COLUMN sequence BIGINT")

    def missing(self) -> bool:
        """Tell whether any of the tables, or the column that was added to one later, is not there yet."""
        return not set(TABLES) <= set(self._engine.tables(self.schema)) or not self._numbered()

    def _numbered(self) -> bool:
        return "sequence" in dict(self._engine.columns(self.schema, "runs"))

    def tables(self) -> dict[str, TableState]:
        """Return the state of every published table, by name."""
        rows = self._engine.query(
            f"SELECT table_name, watermark, generation, rows, run_id FROM {self._table('state')}"
        )
        return {row[0]: TableState(row[1], row[2], row[3] or 0, row[4] or "") for row in rows}

    def save(self, table: str, state: TableState) -> None:
        """Remember how far a table has been published."""
        value = self._engine.literal
        self._engine.execute(f"DELETE FROM {self._table('state')} WHERE table_name = {value(table)}")
        self._insert(
            "state",
            [(table, state.watermark, state.generation, state.rows, state.run_id, datetime.now(UTC))],
        )

    def record_run(self, run: RunRecord) -> None:
        """Write a run and its tables' balances; a run already there is replaced.

        Runs are numbered in the order they were recorded in: clocks go wrong.
        """
        known = f"max(CASE WHEN run_id = {self._engine.literal(run.run_id)} THEN sequence END)"
        number = f"SELECT coalesce({known}, max(sequence) + 1, 1) FROM {self._table('runs')}"
        sequence = int(self._engine.query(number)[0][0])
        for name in ("runs", "run_tables"):
            self._engine.execute(
                f"DELETE FROM {self._table(name)} WHERE run_id = {self._engine.literal(run.run_id)}"
            )
        totals = [run.total(what) for what in ("extracted", "loaded", "rejected", "filtered")]
        finished = run.finished_at or datetime.now(UTC)
        self._insert(
            "runs",
            [
                (
                    run.run_id,
                    run.kind,
                    run.status,
                    run.stage,
                    run.exit_code,
                    run.started_at,
                    finished,
                    *totals,
                    run.error,
                    sequence,
                )
            ],
        )
        self._insert("run_tables", [(run.run_id, *asdict(table).values()) for table in run.tables])

    def published(self, run_id: str) -> bool:
        """Tell whether a run's publishing transaction has committed."""
        return bool(
            self._engine.query(
                f"SELECT 1 FROM {self._table('runs')} WHERE status = 'success'"
                f" AND run_id = {self._engine.literal(run_id)}"
            )
        )

    def amend(self, run: RunRecord) -> None:
        """Put down how a run ended whose publishing transaction has committed: what it published stays on record."""
        value = self._engine.literal
        self._engine.execute(
            f"UPDATE {self._table('runs')} SET stage = {value(run.stage)}, exit_code = {run.exit_code},"
            f" error = {value(run.error)}, finished_at = {value(run.finished_at or datetime.now(UTC))}"
            f" WHERE run_id = {value(run.run_id)}"
        )

    def reopen(self, run_id: str) -> None:
        """Let a run that has published publish again: it starts anew under the same id."""
        self._engine.execute(
            f"UPDATE {self._table('runs')} SET status = 'superseded' WHERE status = 'success'"
            f" AND run_id = {self._engine.literal(run_id)}"
        )

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return the latest runs, newest first, as dictionaries by column."""
        names = [part.split()[0] for part in TABLES["runs"].split(",")]
        rows = self._engine.query(
            f"SELECT {', '.join(names)} FROM {self._table('runs')} ORDER BY {_LATEST_FIRST} LIMIT {int(limit)}"
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def record_checks(self, run_id: str, stage: str, results: Iterable[QualityCheckResult]) -> None:
        """Write the results of a stage's checks, in place of those an earlier attempt of the same run left."""
        value = self._engine.literal
        self._engine.execute(
            f"DELETE FROM {self._table('check_results')} WHERE run_id = {value(run_id)} AND stage = {value(stage)}"
        )
        self._insert(
            "check_results",
            [
                (
                    run_id, stage, result.check_name, str(result.metadata.get("table") or ""), result.severity.value,
                    result.status.value, result.message, result.records_checked, result.records_failed,
                    json.dumps(result.failed_examples, default=str, ensure_ascii=False), result.checked_at,
                )
                for result in results
            ],
        )  # fmt: skip

    def history(self, limit: int = 30) -> dict[str, list[int]]:
        """Return, by check, the row counts of the last published runs, oldest first."""
        found: dict[str, list[int]] = {}
        for name, count in self._engine.query(
            f"SELECT c.check_name, c.records_checked FROM {self._table('check_results')} AS c"
            f" JOIN (SELECT run_id, started_at, sequence FROM {self._table('runs')} WHERE status = 'success'"
            f" AND kind = 'run' ORDER BY {_LATEST_FIRST} LIMIT {int(limit)}) AS r ON r.run_id = c.run_id"
            " WHERE c.status IN ('passed', 'skipped', 'failed') ORDER BY coalesce(r.sequence, 0), r.started_at"
        ):
            found.setdefault(name, []).append(int(count))
        return found

    def suspend(self, run_id: str, reason: str) -> None:
        """Forbid further runs until somebody acknowledges."""
        if self.suspension() is None:
            self._insert("suspensions", [(run_id, reason, datetime.now(UTC), None, None)])

    def suspension(self) -> str | None:
        """Return why the pipeline is suspended, None where it is not."""
        rows = self._engine.query(
            f"SELECT reason FROM {self._table('suspensions')} WHERE acknowledged_at IS NULL ORDER BY suspended_at DESC"
        )
        return str(rows[0][0]) if rows else None

    def acknowledge(self, by: str) -> int:
        """Lift the suspension and return how many were open."""
        count = int(
            self._engine.query(
                f"SELECT count(*) FROM {self._table('suspensions')} WHERE acknowledged_at IS NULL"
            )[0][0]
        )
        self._engine.execute(
            f"UPDATE {self._table('suspensions')} SET acknowledged_at = {self._engine.literal(datetime.now(UTC))},"
            f" acknowledged_by = {self._engine.literal(by)} WHERE acknowledged_at IS NULL"
        )
        return count

    def record_lineage(self, run_id: str, events: Iterable[dict[str, Any]]) -> None:
        """Keep OpenLineage events with the run."""
        self._insert(
            "lineage", [(run_id, datetime.now(UTC), json.dumps(event, default=str)) for event in events]
        )

    def finished_windows(self, table: str) -> set[tuple[str, str]]:
        """Return the backfill windows of a table that have been published."""
        return {
            (str(start), str(end))
            for start, end in self._engine.query(
                f"SELECT window_from, window_to FROM {self._table('backfills')}"
                f" WHERE table_name = {self._engine.literal(table)}"
            )
        }

    def finish_window(self, table: str, start: str, end: str, run_id: str, rows: int) -> None:
        """Remember a published backfill window."""
        self._insert("backfills", [(table, start, end, run_id, rows, datetime.now(UTC))])

    def forget_windows(self, table: str) -> None:
        """Forget the published windows of a table: the backfill they belonged to has ended."""
        self._engine.execute(
            f"DELETE FROM {self._table('backfills')} WHERE table_name = {self._engine.literal(table)}"
        )

    def _table(self, name: str) -> str:
        return self._engine.relation(self.schema, name)

    def _insert(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            values = ", ".join(f"({', '.join(self._engine.literal(item) for item in row)})" for row in rows)
            self._engine.execute(f"INSERT INTO {self._table(name)} VALUES {values}")
