"""From a stream of extracted rows to typed rows: casts, personal data taken out, what does not fit set aside.

``sql/staging/<table>_staging.sql`` says how a table is typed: a query whose last clause starts on a line of its own
with ``FROM raw``. A value that is not NULL in ``raw`` but NULL when typed did not fit its type: the row becomes a
dead letter. So the file needs nothing but casts (TRY_CAST), and may do more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..engines.base import Column, literal, names, quoted
from ..engines.duckdb_engine import DuckDBEngine
from ..engines.types import ddl, decimal_parameters
from ..settings import ColumnSettings
from ..utils.retry import ConfigurationError
from ..utils.schema_contract import ContractDecision
from .base_extractor import MISFIT_COLUMN, ExtractionRequest, ExtractionResult

RAW = "raw"
INTEGERS = {"SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_FROM_RAW = re.compile(r"^[ \t]*FROM[ \t]+raw\b", re.IGNORECASE | re.MULTILINE)
_FUTURE = "INTERVAL 1 DAY"
"""A watermark further ahead than this is a wrong clock's: moving to it would skip the rows of the time between."""


@dataclass(frozen=True)
class Landed:
    """What became of a table's extracted rows: extracted = rows + rejected + filtered."""

    extracted: int
    rows: int
    rejected: int
    filtered: int
    null_watermarks: int
    high: str | None
    nulled: tuple[tuple[str, int], ...] = ()


def incoming_name(table: str) -> str:
    """Return the name of the table that holds a run's new rows."""
    return f"{table}__incoming"


def rejected_name(table: str) -> str:
    """Return the name of the table that holds a run's rejected rows."""
    return f"{table}__rejected"


class Landing:
    """Types the rows of one table into ``<schema>.<table>__incoming``, inside the caller's transaction.

    Args:
        work: The DuckDB that reads the stream.
        schema: Where the incoming and rejected rows go.
        request: What was asked of the source.
        decision: What to do about changed columns.
        staging_sql: The text of the table's staging query.
        protected: Personal data in the rows is masked and tokenised already.
    """

    def __init__(
        self,
        work: DuckDBEngine,
        schema: str,
        request: ExtractionRequest,
        decision: ContractDecision,
        staging_sql: str,
        *,
        protected: bool = False,
    ) -> None:
        self._work = work
        self._request = request
        self._table = request.table
        self._decision = decision
        self._protected = protected
        self._sql = staging_sql.strip().rstrip(";")
        self.incoming = work.relation(schema, incoming_name(self._table.staging_name))
        self.rejected = work.relation(schema, rejected_name(self._table.staging_name))
        self._personal = {column.name for column in self._table.columns if column.pii}

    def land(self, result: ExtractionResult, *, newest_only: bool) -> Landed:
        """Read the stream to its end.

        Args:
            result: The stream.
            newest_only: Keep only the newest version of each key.

        Raises:
            LoadError: the stream broke off, or the staging query fails.
        """
        offered = self._read(result)
        landed, rejected = self._split()
        superseded = self._deduplicate() if newest_only else 0
        nulls, high = self._watermarks()
        filtered = superseded + (offered - landed - rejected if offered is not None else 0)
        return Landed(
            extracted=offered if offered is not None else landed + rejected,
            rows=landed - superseded,
            rejected=rejected,
            filtered=filtered,
            null_watermarks=nulls,
            high=high,
            nulled=tuple(sorted((name, count) for name, count in result.nulled.items() if count)),
        )

    def _read(self, result: ExtractionResult) -> int | None:
        """Fill the incoming table; return the rows of the stream where the staging query may leave some out."""
        match = _FROM_RAW.search(self._sql)
        if match is None:
            raise ConfigurationError(
                f"sql/staging: the query of {self._table.staging_name} needs a line that starts with FROM raw"
            )
        offered = None
        result.bind(self._work, "_stream")
        try:
            self._present()
            if self._sql[match.end() :].strip():
                offered = self._work.execute("CREATE OR REPLACE TEMP TABLE _counted AS FROM raw")
                self._work.execute("CREATE OR REPLACE TEMP VIEW raw AS FROM _counted")
            inner = f"{self._sql[: match.start()]}, raw AS _raw\n{self._sql[match.start() :]}"
            self._work.execute(f"CREATE OR REPLACE TABLE {self.incoming} AS {self._typed(inner)}")
            self._work.execute("DROP VIEW raw")
            self._work.execute("DROP TABLE IF EXISTS _counted")
        finally:
            result.unbind(self._work, "_stream")
        return offered

    def _present(self) -> None:
        """Give the stream the name raw, with the columns the source has lost as NULL."""
        lost = "".join(f", CAST(NULL AS VARCHAR) AS {quoted(name)}" for name in self._decision.dropped)
        self._work.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT *{lost} FROM _stream")

    def _typed(self, inner: str) -> str:
        """Return the query of typed rows, with a struct ``_rejected`` that is NULL for sound ones."""
        raw = dict(self._work.describe("SELECT * FROM raw"))
        typed = [column for column in self._work.describe(inner) if column[0] != "_raw"]
        items, kinds = [], []
        for name, kind in typed:
            wider = self._decision.widened.get(name) if name not in self._personal else None
            kinds.append((name, ddl(wider, "duckdb") if wider else kind))
            again = wider or (self._protected and name in self._personal)
            items.append(f"TRY_CAST(_raw.{quoted(name)} AS {kinds[-1][1]})" if again else quoted(name))
        for column in self._decision.added:
            kinds.append((column.name, ddl(column.type, "duckdb")))
            items.append(f"TRY_CAST(_raw.{quoted(column.name)} AS {kinds[-1][1]})")
        selected = ", ".join(
            f"{item} AS {quoted(name)}" for item, (name, _) in zip(items, kinds, strict=True)
        )
        base = f"SELECT {selected}, _raw FROM ({inner})"
        rejection = self._rejection(raw, kinds)
        return (
            f"SELECT {names([name for name, _ in kinds])}{rejection} FROM ({base}){self._range(dict(kinds))}"
        )

    def _rejection(self, raw: dict[str, str], typed: list[Column]) -> str:
        faults: list[tuple[str, str, str]] = []
        for name, kind in typed:
            if name in raw and (raw[name] != kind or name in self._personal):
                faults.append((name, _misfits(name, kind, raw[name]), kind))
        misfit = f"_raw.{MISFIT_COLUMN}"
        if MISFIT_COLUMN in raw:
            faults.append(("", f"{misfit} IS NOT NULL", ""))
        if not faults:
            return ""
        which, value, reasons = [], [], []
        for name, fault, kind in faults:
            text = literal(name, "duckdb") if name else f"json_keys({misfit})[1]"
            which.append(f"WHEN {fault} THEN {text}")
            shown = (
                "NULL"
                if name in self._personal
                else f"left(CAST(_raw.{quoted(name)} AS VARCHAR), 1000)"
                if name
                else f"json_extract_string({misfit}, json_keys({misfit})[1])"
            )
            value.append(f"WHEN {fault} THEN {shown}")
            reason = (
                f"{name} does not fit {_spelled(name, kind, self._table.columns)}"
                if name
                else "a value is neither text nor a number"
            )
            reasons.append(f"CASE WHEN {fault} THEN {literal(reason, 'duckdb')} END")
        payload = ", ".join(
            f"{quoted(column.name)} := CAST({'' if column.pii else '_raw.'}{quoted(column.name)} AS VARCHAR)"
            for column in self._table.landed_columns
            if column.name in dict(typed)
        )
        any_fault = " OR ".join(f"({fault})" for _, fault, _ in faults)
        return (
            f", CASE WHEN {any_fault} THEN struct_pack(reason := concat_ws('; ', {', '.join(reasons)}),"
            f" column_name := CASE {' '.join(which)} END, offending_value := CASE {' '.join(value)} END,"
            f" payload := CAST(to_json(struct_pack({payload})) AS VARCHAR)) END AS _rejected"
        )

    def _range(self, typed: dict[str, str]) -> str:
        """Return the exact range of the request; sources may hand over a little more."""
        column = self._table.extraction.watermark_column
        if column is None or column not in typed:
            return ""
        name, kind = quoted(column), typed[column]
        low = f"{name} >= CAST({literal(self._request.low, 'duckdb')} AS {kind})" if self._request.low else ""
        high = (
            f"{name} < CAST({literal(self._request.high, 'duckdb')} AS {kind})" if self._request.high else ""
        )
        if high:
            return f" WHERE {' AND '.join(part for part in (low, high) if part)}"
        return f" WHERE {low} OR {name} IS NULL" if low else ""

    def _split(self) -> tuple[int, int]:
        """Move rejected rows to their own table; return the numbers of sound and of rejected rows."""
        self._work.execute(f"DROP TABLE IF EXISTS {self.rejected}")
        described = dict(self._work.describe(f"SELECT * FROM {self.incoming}"))
        if "_rejected" not in described:
            return int(self._work.query(f"SELECT count(*) FROM {self.incoming}")[0][0]), 0
        total, rejected = self._work.query(f"SELECT count(*), count(_rejected) FROM {self.incoming}")[0]
        if rejected:
            self._work.execute(
                f"CREATE TABLE {self.rejected} AS SELECT _rejected.* FROM {self.incoming} WHERE _rejected IS NOT NULL"
            )
            self._work.execute(f"DELETE FROM {self.incoming} WHERE _rejected IS NOT NULL")
        self._work.execute(f"ALTER TABLE {self.incoming} DROP COLUMN _rejected")
        return total - rejected, rejected

    def _deduplicate(self) -> int:
        """Keep the newest version of each key, the greatest row among equals; return the rows removed."""
        columns = [name for name, _ in self._work.describe(f"SELECT * FROM {self.incoming}")]
        key = [name for name in self._table.primary_key if name in columns]
        if not key or len(key) < len(self._table.primary_key):
            return 0
        keys = names(key)
        twice = f"SELECT {keys} FROM {self.incoming} GROUP BY ALL HAVING count(*) > 1"
        if not self._work.query(f"{twice} LIMIT 1"):
            return 0
        version = self._table.extraction.watermark_column
        order = [name for name in ([version] if version in columns else [])] + [
            c for c in columns if c != version
        ]
        ranked = ", ".join(f"{quoted(name)} DESC NULLS LAST" for name in order if name)
        same = " AND ".join(f"i.{quoted(name)} IS NOT DISTINCT FROM d.{quoted(name)}" for name in key)
        return self._work.execute(
            f"DELETE FROM {self.incoming} WHERE rowid IN (SELECT r FROM (SELECT i.rowid AS r, row_number() OVER"
            f" (PARTITION BY {names(key, 'i.')} ORDER BY {ranked}) AS n FROM {self.incoming} AS i"
            f" SEMI JOIN ({twice}) AS d ON {same}) WHERE n > 1)"
        )

    def _watermarks(self) -> tuple[int, str | None]:
        """Return the number of rows without a watermark, and the highest one as exact text."""
        column = self._table.extraction.watermark_column
        kinds = dict(self._work.describe(f"SELECT * FROM {self.incoming}"))
        if column is None or column not in kinds:
            return 0, None
        name = quoted(column)
        sane = ""
        if kinds[column] in {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"}:
            now = "now()" if kinds[column].endswith("ZONE") else "CAST(now() AS TIMESTAMP)"
            sane = f" FILTER (WHERE {name} <= {now} + {_FUTURE})"
        nulls, high = self._work.query(
            f"SELECT count(*) - count({name}), CAST(max({name}){sane} AS VARCHAR) FROM {self.incoming}"
        )[0]
        return int(nulls), high


def _misfits(name: str, kind: str, raw: str) -> str:
    """Return the condition that a raw value did not survive its cast."""
    value, typed = f"_raw.{quoted(name)}", quoted(name)
    lost = f"{value} IS NOT NULL AND {typed} IS NULL"
    if raw == "VARCHAR" and kind in INTEGERS:
        # A cast to a whole number rounds.
        return f"{lost} OR ({typed} IS NOT NULL AND TRY_CAST({value} AS DOUBLE) <> {typed})"
    parameters = decimal_parameters(kind)
    if raw == "VARCHAR" and parameters:
        # So does one to a decimal; what a binary fraction is off by is no loss.
        exact = f"DECIMAL(38, {38 - (parameters[0] - parameters[1])})"
        return (
            f"{lost} OR ({typed} IS NOT NULL AND abs(TRY_CAST({value} AS {exact}) - {typed}) > 0.000000001)"
        )
    return lost


def _spelled(name: str, kind: str, columns: tuple[ColumnSettings, ...]) -> str:
    """Return a column's type as the configuration spells it, else as DuckDB does."""
    return next((column.type for column in columns if column.name == name), kind.lower())
