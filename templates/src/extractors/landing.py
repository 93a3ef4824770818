"""From a stream of extracted rows to typed rows: casts, personal data taken out, what does not fit set aside.

``sql/staging/<table>_staging.sql`` says how a table is typed: a query whose last clause starts on a line of its own
with ``FROM raw``. A value that is not NULL in ``raw`` but NULL when typed did not fit its type: the row becomes a
dead letter. So the file needs nothing but casts (TRY_CAST), and may do more.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..engines.base import names, quoted
from ..engines.duckdb_engine import DuckDBEngine
from .base_extractor import NULLED_COLUMN
from .typed_rows import ERASED_COLUMN, REJECTED_COLUMN, TypingQuery

STREAM = "_stream"
"""The name the extracted rows are read under."""
_FUTURE = "INTERVAL 1 DAY"
"""A watermark further ahead than this is a wrong clock's: moving to it would skip the rows of the time between."""


@dataclass(frozen=True)
class Landed:
    """What became of a table's extracted rows: extracted = rows + rejected + filtered.

    Attributes:
        extracted: Rows the source gave.
        rows: Rows that are ready to be published.
        rejected: Rows that became dead letters.
        filtered: Rows the staging query left out, older versions of rows that came in several, and erased people's.
        null_watermarks: Ready rows without a watermark.
        high: The highest watermark of the ready rows, as exact text.
        nulled: Values that had to be given as NULL, by column.
        erased: Rows of erased people, which are among the filtered ones.
    """

    extracted: int
    rows: int
    rejected: int
    filtered: int
    null_watermarks: int
    high: str | None
    nulled: tuple[tuple[str, int], ...] = ()
    erased: int = 0


def incoming_name(table: str) -> str:
    """Return the name of the table that holds a run's new rows."""
    return f"{table}__incoming"


def rejected_name(table: str) -> str:
    """Return the name of the table that holds a run's rejected rows."""
    return f"{table}__rejected"


def outdated_name(table: str) -> str:
    """Return the name of the table that holds the ids of dead letters whose rows a run has read again."""
    return f"{table}__outdated"


def landed_names(table: str) -> tuple[str, ...]:
    """Return the names of all tables a run's extraction of a table may leave in staging."""
    return (incoming_name(table), rejected_name(table), outdated_name(table))


def no_later_than(kind: str, value: str) -> str:
    """Return the condition that a watermark of a DuckDB type is no time ahead of ours; empty where it is no time."""
    if kind.upper() not in {"TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "DATE"}:
        return ""
    now = "CAST(now() AS TIMESTAMP)" if kind.upper() in {"TIMESTAMP", "DATE"} else "now()"
    return f"{value} <= {now} + {_FUTURE}"


class Landing:
    """Types the rows of one table into ``<schema>.<table>__incoming``, inside the caller's transaction.

    Args:
        work: The DuckDB that reads the stream.
        schema: Where the incoming rows go.
        staging_schema: Where the rejected ones go.
        query: How they are typed.
    """

    def __init__(self, work: DuckDBEngine, schema: str, staging_schema: str, query: TypingQuery) -> None:
        self._work = work
        self._query = query
        self._table = query.request.table
        self.incoming = work.relation(schema, incoming_name(self._table.staging_name))
        self.rejected = work.relation(staging_schema, rejected_name(self._table.staging_name))

    def land(self, *, newest_only: bool) -> Landed:
        """Read the stream, which must be readable as `STREAM`, to its end.

        Args:
            newest_only: Keep only the newest version of each key.

        Raises:
            LoadError: the stream broke off, or the staging query fails.
        """
        offered = self._read()
        columns = dict(self._work.describe(f"FROM {self.incoming}"))
        erased = self._leave_out(columns)
        landed, rejected = self._split(columns)
        nulled = self._nulled(columns)
        superseded = self._deduplicate(list(columns)) if newest_only else 0
        nulls, high = self._watermarks(columns)
        extracted = landed + rejected + erased if offered is None else offered
        return Landed(
            extracted=extracted,
            rows=landed - superseded,
            rejected=rejected,
            filtered=superseded + extracted - landed - rejected,
            null_watermarks=nulls,
            high=high,
            nulled=nulled,
            erased=erased,
        )

    def _read(self) -> int | None:
        """Fill the incoming table; return the rows of the stream where the staging query may leave some out."""
        work, offered = self._work, None
        lost = "".join(f", CAST(NULL AS VARCHAR) AS {quoted(name)}" for name in self._query.decision.dropped)
        work.execute(f"CREATE OR REPLACE TEMP VIEW raw AS SELECT *{lost} FROM {STREAM}")
        if self._query.filters():
            offered = work.execute("CREATE OR REPLACE TEMP TABLE _counted AS FROM raw")
            work.execute("CREATE OR REPLACE TEMP VIEW raw AS FROM _counted")
        work.execute(f"CREATE OR REPLACE TABLE {self.incoming} AS {self._query.build(work)}")
        work.execute("DROP VIEW raw")
        work.execute("DROP TABLE IF EXISTS _counted")
        return offered

    def _leave_out(self, columns: dict[str, str]) -> int:
        """Remove what is left of erased people's rows, and return how many there were."""
        if columns.pop(ERASED_COLUMN, None) is None:
            return 0
        removed = self._work.execute(f"DELETE FROM {self.incoming} WHERE {ERASED_COLUMN}")
        self._work.execute(f"ALTER TABLE {self.incoming} DROP COLUMN {ERASED_COLUMN}")
        return removed

    def _split(self, columns: dict[str, str]) -> tuple[int, int]:
        """Move rejected rows to their own table; return the numbers of sound and of rejected rows."""
        self._work.execute(f"DROP TABLE IF EXISTS {self.rejected}")
        if columns.pop(REJECTED_COLUMN, None) is None:
            return int(self._work.query(f"SELECT count(*) FROM {self.incoming}")[0][0]), 0
        total, rejected = self._work.query(f"SELECT count(*), count({REJECTED_COLUMN}) FROM {self.incoming}")[
            0
        ]
        if rejected:
            typed = [(name, kind) for name, kind in columns.items() if name != NULLED_COLUMN]
            why = self._query.explain(self._work, self.incoming, typed)
            self._work.execute(f"CREATE TABLE {self.rejected} AS {why}")
            self._work.execute(f"DELETE FROM {self.incoming} WHERE {REJECTED_COLUMN} IS NOT NULL")
        self._work.execute(f"ALTER TABLE {self.incoming} DROP COLUMN {REJECTED_COLUMN}")
        return total - rejected, rejected

    def _nulled(self, columns: dict[str, str]) -> tuple[tuple[str, int], ...]:
        """Return how many values of which columns the extractor had to give as NULL."""
        if columns.pop(NULLED_COLUMN, None) is None:
            return ()
        split = f"unnest(string_split({NULLED_COLUMN}, chr(31)))"
        found = self._work.query(
            f"SELECT name, count(*) FROM (SELECT {split} AS name FROM {self.incoming}"
            f" WHERE {NULLED_COLUMN} IS NOT NULL) GROUP BY 1 ORDER BY 1"
        )
        self._work.execute(f"ALTER TABLE {self.incoming} DROP COLUMN {NULLED_COLUMN}")
        return tuple((str(name), int(count)) for name, count in found)

    def _deduplicate(self, columns: list[str]) -> int:
        """Keep the newest version of each key, the greatest row among equals; return the rows removed."""
        key = self._table.primary_key
        if not key or not set(key) <= set(columns):
            return 0
        twice = f"SELECT {names(key)} FROM {self.incoming} GROUP BY ALL HAVING count(*) > 1"
        if not self._work.query(f"{twice} LIMIT 1"):
            return 0
        version = self._table.extraction.watermark_column
        order = sorted(columns, key=lambda name: name != version)
        ranked = ", ".join(f"i.{quoted(name)} DESC NULLS LAST" for name in order)
        place = f"row_number() OVER (PARTITION BY {names(key, 'i.')} ORDER BY {ranked})"
        if "rowid" in {name.lower() for name in columns}:
            # A column of that name hides the number by which a row is found.
            before = int(self._work.query(f"SELECT count(*) FROM {self.incoming}")[0][0])
            newest = f"SELECT * FROM {self.incoming} AS i QUALIFY {place} = 1"
            return before - self._work.execute(f"CREATE OR REPLACE TABLE {self.incoming} AS {newest}")
        same = " AND ".join(f"i.{quoted(name)} IS NOT DISTINCT FROM d.{quoted(name)}" for name in key)
        return self._work.execute(
            f"DELETE FROM {self.incoming} WHERE rowid IN (SELECT r FROM (SELECT i.rowid AS r, {place} AS n"
            f" FROM {self.incoming} AS i SEMI JOIN ({twice}) AS d ON {same}) WHERE n > 1)"
        )

    def _watermarks(self, columns: dict[str, str]) -> tuple[int, str | None]:
        """Return the number of rows without a watermark, and the highest one as exact text."""
        column = self._table.extraction.watermark_column
        if column is None or column not in columns:
            return 0, None
        name, sane = quoted(column), no_later_than(columns[column], quoted(column))
        sane = f" FILTER (WHERE {sane})" if sane else ""
        nulls, high = self._work.query(
            f"SELECT count(*) - count({name}), CAST(max({name}){sane} AS VARCHAR) FROM {self.incoming}"
        )[0]
        return int(nulls), high
