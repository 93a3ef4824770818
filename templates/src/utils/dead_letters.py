"""Rejected rows: kept with their reason until somebody has fixed the cause and replays them.

A dead letter is recorded in the same transaction as the rows that were accepted, so every run balances. Its
payload is the row as extracted, as JSON, without personal data that the design drops, masks or tokenises.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from ..settings import Thresholds

if TYPE_CHECKING:
    from ..engines.base import Engine

TABLE = "dead_letters"
Status = Literal["open", "replayed", "superseded"]
"""open: waiting; replayed: its row has been loaded; superseded: its row has been read again since."""
Rows = list[dict[str, Any]]
COLUMNS = (
    "id", "table_name", "stage", "run_id", "reason", "column_name", "offending_value", "payload", "attempts",
    "status", "created_at", "updated_at",
)  # fmt: skip
_INSERTED_AT_ONCE = 500
_ID_LENGTH = 24
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class DeadLetter:
    """One rejected row.

    Attributes:
        table_name: The table's name in staging.
        stage: Where it was rejected.
        run_id: The run that rejected it.
        reason: Why, in one sentence.
        payload: The row's values by column, as JSON text; without personal data.
        column_name: The column at fault, empty where it is the row.
        offending_value: The value at fault as text; None where it is NULL or personal.
        attempts: How often the row was tried, the first time included.
        status: open, replayed or superseded.
        created_at: When it was first rejected (ISO 8601, UTC).
        updated_at: When its status last changed.
    """

    table_name: str
    stage: str
    run_id: str
    reason: str
    payload: str = "{}"
    column_name: str = ""
    offending_value: str | None = None
    attempts: int = 1
    status: Status = "open"
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    updated_at: str = ""

    @property
    def id(self) -> str:
        """Digest of table, reason and row: the same bad row rejected by every run is one dead letter."""
        parts = _SEPARATOR.join((self.table_name, self.column_name, self.reason, self.payload))
        return hashlib.sha256(parts.encode()).hexdigest()[:_ID_LENGTH]


def dead_letter(
    table: str,
    stage: str,
    run_id: str,
    reason: str,
    row: Mapping[str, Any],
    *,
    column: str = "",
    personal: Iterable[str] = (),
) -> DeadLetter:
    """Return the dead letter of a row; values of personal columns are left out of it.

    Args:
        table: The table's name in staging.
        stage: Where the row was rejected.
        run_id: The run.
        reason: Why, without quoting values.
        row: The row as extracted.
        column: The column at fault.
        personal: Columns that hold personal data.
    """
    hidden = set(personal)
    kept = {name: value for name, value in row.items() if name not in hidden}
    offending = None if column in hidden or row.get(column) is None else str(row[column])
    payload = json.dumps(kept, default=str, ensure_ascii=False, sort_keys=True)
    return DeadLetter(table, stage, run_id, reason, payload, column, offending)


def breaker(extracted: int, rejected: int, thresholds: Thresholds) -> bool:
    """Tell whether a run must stop: the share *and* the number of rejected rows are both too high."""
    if rejected <= thresholds.max_failed_rows or rejected == 0:
        return False
    return rejected * 100 > thresholds.max_failure_rate_percent * max(extracted, 1)


class DeadLetters:
    """The table of dead letters in the destination. Every method works in the caller's transaction.

    Args:
        engine: The destination's engine.
        schema: The schema that holds the pipeline's state.
    """

    def __init__(self, engine: Engine, schema: str) -> None:
        self._engine = engine
        self._schema = schema
        self._table = engine.relation(schema, TABLE)

    def ensure(self) -> None:
        """Create the table where it is missing; its schema must be there."""
        types = {"attempts": "INTEGER NOT NULL", "id": "VARCHAR NOT NULL"}
        columns = ", ".join(f"{self._engine.quote(name)} {types.get(name, 'VARCHAR')}" for name in COLUMNS)
        self._engine.execute(f"CREATE TABLE IF NOT EXISTS {self._table} ({columns})")

    def record(self, letters: Iterable[DeadLetter]) -> int:
        """Add dead letters and return how many rows were rejected; one already there counts an attempt."""
        fresh = list(letters)
        for start in range(0, len(fresh), _INSERTED_AT_ONCE):
            self._record_some(fresh[start : start + _INSERTED_AT_ONCE])
        return len(fresh)

    def record_select(self, query: str, table: str, stage: str, run_id: str) -> None:
        """Add dead letters from a query of (reason, column_name, offending_value, payload), all text, in SQL.

        Equal rows, which a table without a key may hold, are as many dead letters.

        Args:
            query: A query over relations of the same engine; personal values are not in it.
            table: The table's name in staging.
            stage: Where the rows were rejected.
            run_id: The run.
        """
        value = self._engine.literal
        parts = (
            f"{value(table)}, coalesce(column_name, ''), reason, payload, CASE WHEN copy > 1 THEN copy END"
        )
        text = f"concat_ws(chr(31), {parts})"
        digest = (
            f"sha256({text})"
            if self._engine.dialect == "duckdb"
            else (f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')")
        )
        now = value(datetime.now(UTC).isoformat())
        rows = (
            f"SELECT left({digest}, {_ID_LENGTH}) AS id, reason,"
            " coalesce(column_name, '') AS column_name, offending_value, payload FROM (SELECT *, row_number() OVER"
            f" (PARTITION BY reason, column_name, payload) AS copy FROM ({query}) AS rejected) AS numbered"
        )
        self._engine.execute(
            f"UPDATE {self._table} AS d SET attempts = attempts + 1, status = 'open', updated_at = {now},"
            f" run_id = {value(run_id)} FROM ({rows}) AS n WHERE d.id = n.id"
        )
        self._engine.execute(
            f"INSERT INTO {self._table} ({', '.join(COLUMNS)}) SELECT n.id, {value(table)}, {value(stage)},"
            f" {value(run_id)}, n.reason, n.column_name, n.offending_value, n.payload, 1, 'open', {now}, ''"
            f" FROM ({rows}) AS n WHERE NOT EXISTS (SELECT 1 FROM {self._table} AS d WHERE d.id = n.id)"
        )

    def list(self, *, table: str | None = None, status: Status | None = "open", limit: int = 100) -> Rows:
        """Return dead letters as dictionaries, newest first."""
        return self._rows(self._where(table, status), f" ORDER BY created_at DESC, id LIMIT {int(limit)}")

    def show(self, start: str) -> Rows:
        """Return the dead letters whose id begins with ``start``."""
        return self._rows(
            f" WHERE left(id, {len(start)}) = {self._engine.literal(start)}", " ORDER BY id LIMIT 10"
        )

    def replayable(self, table: str, ids: Sequence[str] | None = None) -> Rows:
        """Return all open dead letters of a table, oldest first, or those of them with the given ids."""
        chosen = "" if ids is None else f" AND id IN ({self._listed(ids)})"
        return self._rows(self._where(table, "open") + chosen, " ORDER BY created_at, id")

    def mark_replayed(self, ids: Sequence[str], run_id: str) -> int:
        """Close dead letters whose rows are published in this transaction; return how many were open.

        Only open ones are closed, so a replay that runs twice finds nothing the second time.
        """
        if not ids:
            return 0
        now = self._engine.literal(datetime.now(UTC).isoformat())
        open_ids = f"status = 'open' AND id IN ({self._listed(ids)})"
        count = self._count(f" WHERE {open_ids}")
        self._engine.execute(
            f"UPDATE {self._table} SET status = 'replayed', attempts = attempts + 1, updated_at = {now},"
            f" run_id = {self._engine.literal(run_id)} WHERE {open_ids}"
        )
        return count

    def supersede(self, table: str, run_id: str, ids: str | None = None) -> None:
        """Close open dead letters of a table whose rows a run has read again; they stay for the record.

        Args:
            table: The table's name in staging.
            run_id: The run.
            ids: A relation of their ids; None: all of the table.
        """
        if not self.count("open", table):
            return
        now, run = self._engine.literal(datetime.now(UTC).isoformat()), self._engine.literal(run_id)
        chosen = "" if ids is None else f" AND id IN (SELECT id FROM {ids} AS outdated)"
        self._engine.execute(
            f"UPDATE {self._table} SET status = 'superseded', updated_at = {now}, run_id = {run}"
            f"{self._where(table, 'open')}{chosen}"
        )

    def waiting(self, table: str) -> str:
        """Return the query of the open dead letters of a table, as ``letter`` (their id) and ``payload``."""
        return f"SELECT id AS letter, payload FROM {self._table}{self._where(table, 'open')}"

    def purge(
        self,
        *,
        table: str | None = None,
        status: Status | None = None,
        before: str | None = None,
        closed: bool = False,
    ) -> int:
        """Delete dead letters, perhaps those created before an ISO time in UTC, or closed ones; return how many."""
        where = self._where(table, status)
        if before is not None:
            where += f"{' AND' if where else ' WHERE'} created_at < {self._engine.literal(before)}"
        if closed:
            where += f"{' AND' if where else ' WHERE'} status <> 'open'"
        count = self._count(where)
        self._engine.execute(f"DELETE FROM {self._table}{where}")
        return count

    def count(self, status: Status = "open", table: str | None = None) -> int:
        """Return the number of dead letters of a status."""
        return self._count(self._where(table, status))

    def tables(self) -> dict[str, int]:
        """Return the number of open dead letters by table."""
        query = f"SELECT table_name, count(*) FROM {self._table} WHERE status = 'open' GROUP BY 1 ORDER BY 1"
        return {str(name): int(count) for name, count in self._engine.query(query)}

    def _record_some(self, letters: Sequence[DeadLetter]) -> None:
        unique = {letter.id: letter for letter in letters}
        known = {
            row[0]
            for row in self._engine.query(
                f"SELECT id FROM {self._table} WHERE id IN ({self._listed(unique)})"
            )
        }
        if known:
            now = self._engine.literal(datetime.now(UTC).isoformat())
            self._engine.execute(
                f"UPDATE {self._table} SET attempts = attempts + 1, status = 'open', updated_at = {now},"
                f" run_id = {self._engine.literal(letters[0].run_id)} WHERE id IN ({self._listed(known)})"
            )
        rows = [self._values(letter) for name, letter in unique.items() if name not in known]
        if rows:
            self._engine.execute(f"INSERT INTO {self._table} ({', '.join(COLUMNS)}) VALUES {', '.join(rows)}")

    def _values(self, letter: DeadLetter) -> str:
        return f"({', '.join(self._engine.literal(getattr(letter, name)) for name in COLUMNS)})"

    def _listed(self, ids: Iterable[str]) -> str:
        return ", ".join(self._engine.literal(name) for name in ids) or "''"

    def _where(self, table: str | None, status: Status | None) -> str:
        conditions = [f"status = {self._engine.literal(status)}"] if status else []
        conditions += [f"table_name = {self._engine.literal(table)}"] if table else []
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _rows(self, where: str, tail: str) -> Rows:
        query = f"SELECT {', '.join(COLUMNS)} FROM {self._table}{where}{tail}"
        return [dict(zip(COLUMNS, row, strict=True)) for row in self._engine.query(query)]

    def _count(self, where: str) -> int:
        return int(self._engine.query(f"SELECT count(*) FROM {self._table}{where}")[0][0])
