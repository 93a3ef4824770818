"""The query that types extracted rows: the staging query with what the contract asks for laid over it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..engines.base import Column, literal, quoted
from ..engines.duckdb_engine import DuckDBEngine
from ..engines.types import ddl, decimal_parameters
from ..utils.retry import ConfigurationError
from ..utils.schema_contract import ContractDecision
from .base_extractor import MISFIT_COLUMN, NULLED_COLUMN, ExtractionRequest
from .limits import beyond_postgres, changed_by_cast, no_json, no_number

REJECTED_COLUMN = "_pipeline_rejected"
ERASED_COLUMN = "_pipeline_erased"
_FROM_RAW = re.compile(r"^[ \t]*FROM[ \t]+raw\b", re.IGNORECASE | re.MULTILINE)
_WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_LONGEST_SHOWN = 1000


@dataclass(frozen=True)
class Fault:
    """A way a row can fail to fit: the condition, the column at fault, its value as text, and why."""

    condition: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class TypingQuery:
    """Builds the query of typed rows over the relation ``raw``.

    Attributes:
        request: What was asked of the source.
        decision: What to do about changed columns.
        staging_sql: The text of the table's staging query.
        typed_source: The source makes sure that values are of the types it declares.
        protected: Personal data in the rows is masked and tokenised already.
        into_postgres: The rows go to PostgreSQL, which cannot hold everything that DuckDB can.
        erased: The condition that a typed row is about somebody who was erased; empty where nobody was.
    """

    request: ExtractionRequest
    decision: ContractDecision
    staging_sql: str
    typed_source: bool = False
    protected: bool = False
    into_postgres: bool = False
    erased: str = ""

    def filters(self) -> bool:
        """Tell whether the staging query may leave rows out.

        Raises:
            ConfigurationError: it has no line that starts with FROM raw.
        """
        return bool(self._text[self._from().end() :].strip())

    def build(self, work: DuckDBEngine) -> str:
        """Return the query of typed rows.

        Where rows may not fit or values had to be left out, its last columns tell of it: `REJECTED_COLUMN` holds
        the raw row of one that does not fit, as JSON of texts and without personal data; `NULLED_COLUMN` names
        columns; and `ERASED_COLUMN` marks rows of erased people, of which nothing else is left.
        """
        start = self._from().start()
        raw = dict(work.describe("SELECT * FROM raw"))
        inner = f"{self._text[:start]}, {_row(raw)} AS _pipeline_raw\n{self._text[start:]}"
        typed, items = [], []
        for name, kind in work.describe(inner):
            if name == "_pipeline_raw":
                continue
            wider = self.decision.widened.get(name) if name not in self._personal else None
            again = wider is not None or (self.protected and name in self._personal)
            typed.append((name, ddl(wider, "duckdb") if wider else kind))
            items.append(
                f"TRY_CAST(_pipeline_raw.{quoted(name)} AS {typed[-1][1]})" if again else quoted(name)
            )
        for column in self.decision.added:
            typed.append((column.name, ddl(column.type, "duckdb")))
            items.append(f"TRY_CAST(_pipeline_raw.{quoted(column.name)} AS {typed[-1][1]})")
        pairs = zip(items, typed, strict=True)
        base = ", ".join(f"{item} AS {quoted(name)}" for item, (name, _) in pairs)
        told: list[tuple[str, str]] = []
        if faults := self._faults(raw, typed):
            # One cast of the whole row: spelled out by column, DuckDB would compute it for every sound row, too.
            row = f"CAST(to_json(CAST(_pipeline_raw AS {self._texts(raw)})) AS VARCHAR)"
            told.append((f"CASE WHEN {_any(faults)} THEN {row} END", REJECTED_COLUMN))
        if NULLED_COLUMN in raw:
            told.append((f"_pipeline_raw.{NULLED_COLUMN}", NULLED_COLUMN))
        rows = f"(SELECT {base}, _pipeline_raw FROM ({inner})){self._range(dict(typed))}"
        values = [*((quoted(name), quoted(name)) for name, _ in typed), *told]
        if self.erased:
            rows = f"(SELECT *, {self.erased} AS {ERASED_COLUMN} FROM {rows})"
            values = [(f"CASE WHEN NOT {ERASED_COLUMN} THEN {value} END", name) for value, name in values]
            values.append((ERASED_COLUMN, ERASED_COLUMN))
        return f"SELECT {', '.join(f'{value} AS {name}' for value, name in values)} FROM {rows}"

    def explain(self, work: DuckDBEngine, incoming: str, typed: list[Column]) -> str:
        """Return the query of rejected rows: reason, column_name, offending_value and payload, all text.

        Args:
            work: Where they lie.
            incoming: The table `build` has filled.
            typed: Its columns of data.
        """
        keys = work.query(
            f"SELECT json_keys({REJECTED_COLUMN}) FROM {incoming} WHERE {REJECTED_COLUMN} IS NOT NULL LIMIT 1"
        )
        raw = dict.fromkeys(keys[0][0], "VARCHAR")
        row = f"CAST(CAST({REJECTED_COLUMN} AS JSON) AS {self._texts(raw)})"
        rows = f"(SELECT *, {row} AS _pipeline_raw FROM {incoming} WHERE {REJECTED_COLUMN} IS NOT NULL)"
        return f"SELECT {self._explanation(self._faults(raw, typed), typed)} FROM {rows}"

    @property
    def _text(self) -> str:
        return self.staging_sql.strip().rstrip(";")

    @property
    def _personal(self) -> set[str]:
        return {column.name for column in self.request.table.columns if column.pii}

    def _from(self) -> re.Match[str]:
        match = _FROM_RAW.search(self._text)
        if match is None:
            raise ConfigurationError(
                f"the staging query of {self.request.table.staging_name} needs a line that starts with FROM raw"
            )
        return match

    def _faults(self, raw: dict[str, str], typed: list[Column]) -> list[Fault]:
        table, faults = self.request.table, []
        spelled = {column.name: column.type for column in table.columns}
        for name, kind in typed:
            hidden = name in self._personal
            shown = f"left(replace(CAST(_pipeline_raw.{quoted(name)} AS VARCHAR), chr(0), '\\0'), {_LONGEST_SHOWN})"
            value = "NULL" if hidden else shown
            if name in raw and raw[name] != kind and not hidden:
                reason = f"{name} does not fit {self.decision.widened.get(name) or spelled.get(name) or kind}"
                faults.append(Fault(self._lost(name, kind, raw[name]), name, value, reason))
            if _exact_text(spelled.get(name, "")) and not hidden and not self.typed_source and name in raw:
                reason = f"{name} does not fit {spelled[name]}"
                faults.append(Fault(no_number(quoted(name)), name, value, reason))
            if self.into_postgres and name in raw:
                wrong = beyond_postgres(quoted(name), kind)
                if kind == "JSON" and not (self.typed_source and raw[name] == "VARCHAR"):
                    wrong.append((no_json(quoted(name)), "is no standard JSON"))
                faults += [Fault(condition, name, value, f"{name} {reason}") for condition, reason in wrong]
        if MISFIT_COLUMN in raw:
            told = f"_pipeline_raw.{MISFIT_COLUMN}"
            column = f"json_keys({told})[1]"
            personal = f"[{', '.join(map(_text, sorted(self._personal)))}]::VARCHAR[]"
            shown = f"left(CAST(CAST({told} AS JSON) AS MAP(VARCHAR, VARCHAR))[{column}], {_LONGEST_SHOWN})"
            value = f"CASE WHEN NOT list_contains({personal}, {column}) THEN {shown} END"
            faults.append(
                Fault(f"{told} IS NOT NULL", "", value, "a value cannot be carried in its column's type")
            )
        return faults

    def _lost(self, name: str, kind: str, raw: str) -> str:
        """Return the condition that a raw value did not survive its cast."""
        value, typed = f"_pipeline_raw.{quoted(name)}", quoted(name)
        lost = f"{value} IS NOT NULL AND {typed} IS NULL"
        if kind.endswith("[]"):
            # An element that does not fit becomes NULL, the list stays.
            elements = value if raw.endswith("[]") else f"TRY_CAST({value} AS VARCHAR[])"
            lost = f"{lost} OR list_count({elements}) <> list_count({typed})"
        trusted = self.typed_source and name not in self.decision.conflicts
        if raw not in {"VARCHAR", "DOUBLE"} or trusted:
            return lost
        if kind in _WHOLE_NUMBERS:
            # A cast to a whole number rounds.
            return f"{lost} OR ({typed} IS NOT NULL AND TRY_CAST({value} AS DOUBLE) <> {typed})"
        if parameters := decimal_parameters(kind):
            # So does one to a decimal; what a binary fraction is off by is no loss.
            exact = f"DECIMAL(38, {38 - (parameters[0] - parameters[1])})"
            gap = f"abs(TRY_CAST({value} AS {exact}) - {typed})"
            return f"{lost} OR ({typed} IS NOT NULL AND {gap} > 0.000000001)"
        changed = changed_by_cast(value, typed, kind) if raw == "VARCHAR" else None
        return f"{lost} OR {changed}" if changed else lost

    def _explanation(self, faults: list[Fault], typed: list[Column]) -> str:
        misfit = f"json_keys(_pipeline_raw.{MISFIT_COLUMN})[1]"
        which = " ".join(f"WHEN {f.condition} THEN {_text(f.column) if f.column else misfit}" for f in faults)
        value = " ".join(f"WHEN {f.condition} THEN {f.value}" for f in faults)
        reasons = ", ".join(f"CASE WHEN {f.condition} THEN {_text(f.reason)} END" for f in faults)
        kinds = dict(typed)
        known = [(c.name, "" if c.pii else "_pipeline_raw.") for c in self.request.table.landed_columns]
        payload = ", ".join(
            f"{quoted(name)} := CAST({where}{quoted(name)} AS VARCHAR)"
            for name, where in (*known, *((c.name, "_pipeline_raw.") for c in self.decision.added))
            if name in kinds
        )
        return (
            f"concat_ws('; ', {reasons}) AS reason, CASE {which} END AS column_name,"
            f" CASE {value} END AS offending_value, CAST(to_json(struct_pack({payload})) AS VARCHAR) AS payload"
        )

    def _texts(self, raw: Iterable[str]) -> str:
        """Return the struct type of a raw row as texts, without personal data."""
        kept = [name for name in raw if name not in self._personal and name != NULLED_COLUMN]
        return f"STRUCT({', '.join(f'{quoted(name)} VARCHAR' for name in kept)})"

    def _range(self, typed: dict[str, str]) -> str:
        """Return the exact range of the request; sources may hand over a little more."""
        column = self.request.table.extraction.watermark_column
        if column is None or column not in typed or self.request.low is None:
            return ""
        name, kind = quoted(column), typed[column]
        low = f"{name} >= CAST({_text(self.request.low)} AS {kind})"
        if self.request.high is None:
            return f" WHERE {low} OR {name} IS NULL"
        return f" WHERE {low} AND {name} < CAST({_text(self.request.high)} AS {kind})"


def _row(columns: Iterable[str]) -> str:
    """Return the expression of a whole row of ``raw``; a column of that name would be taken for it."""
    if "raw" not in {name.lower() for name in columns}:
        return "raw"
    return "struct_pack(" + ", ".join(f"{quoted(name)} := raw.{quoted(name)}" for name in columns) + ")"


def _exact_text(logical: str) -> bool:
    """Tell whether numbers of a logical type are kept as text, in which no digit is lost."""
    return logical.startswith("decimal") and ddl(logical, "duckdb") == "VARCHAR"


def _any(faults: list[Fault]) -> str:
    return " OR ".join(f"({fault.condition})" for fault in faults)


def _text(value: str) -> str:
    return literal(value, "duckdb")
