"""PostgreSQL as a source: one read-only, repeatable-read snapshot through ADBC's binary COPY."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from ..engines.base import TransientError, literal, names, quoted
from ..engines.postgres_engine import LOST, PostgresEngine
from ..engines.postgres_session import anticipate
from ..engines.postgres_uri import connection_uri
from ..settings import SourceSettings, TableSettings
from ..utils.environment import Scalar
from ..utils.retry import ExtractionError, LoadError
from ..utils.schema_contract import ColumnInfo
from .base_extractor import BaseExtractor, ExtractionRequest, ExtractionResult, Totals
from .postgres_select import Native, logical_type, relation, select

STATEMENT_TIMEOUT_SECONDS = 3600
LOCK_TIMEOUT_SECONDS = 30
BATCH_BYTES = 8 * 1024 * 1024

# A domain is followed to the type it is made of.
_COLUMNS = """
WITH RECURSIVE made_of AS (
    SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT d.domain, t.typbasetype, CASE WHEN d.modifier = -1 THEN t.typtypmod ELSE d.modifier END
    FROM made_of AS d JOIN pg_type AS t ON t.oid = d.base WHERE t.typtype = 'd')
SELECT a.attname::text, format_type(coalesce(d.base, a.atttypid), coalesce(d.modifier, a.atttypmod)),
    NOT a.attnotnull, coalesce(element.typtype, kind.typtype)::text,
    has_column_privilege(a.attrelid, a.attnum, 'SELECT'), row_security_active(a.attrelid)
FROM pg_attribute AS a
LEFT JOIN made_of AS d ON d.domain = a.atttypid
    AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = d.base AND t.typtype = 'd')
JOIN pg_type AS kind ON kind.oid = coalesce(d.base, a.atttypid)
LEFT JOIN pg_type AS element ON element.oid = kind.typelem AND kind.typcategory = 'A'
WHERE a.attrelid = to_regclass({relation}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


class PostgresExtractor(BaseExtractor):
    """Reads tables of a PostgreSQL database."""

    typed = True
    _engine: PostgresEngine | None = None

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""
        return self._engine is not None

    @classmethod
    def anticipate(cls, source: SourceSettings, connection: Mapping[str, Scalar]) -> None:
        """Have the driver look at the server's types meanwhile."""
        anticipate(_dsn(source, connection))

    def connect(self) -> None:
        """Connect and begin the snapshot that all tables of this source are read in.

        Raises:
            TransientError: the server is not there (yet).
            ExtractionError: it is there and refuses.
        """
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        self._described: dict[str, list[Native]] = {}
        self._filtered: set[str] = set()
        try:
            self._engine = PostgresEngine(
                _dsn(self.source, self.connection),
                self.work,
                session=(begin,),
                where=self.source.name,
                batch_bytes=BATCH_BYTES,
            )
        except TransientError:
            raise
        except LoadError as error:
            raise ExtractionError(error.message) from None

    def columns(self, table: TableSettings) -> list[ColumnInfo]:
        """Return the columns the table has now."""
        return [
            ColumnInfo(native.name, logical_type(native), native.nullable) for native in self._natives(table)
        ]

    def hidden(self, table: TableSettings) -> str:
        """Tell of row security that applies to this role."""
        self._natives(table)
        if table.full_name not in self._filtered:
            return ""
        return "row security of the server hides rows from this role; only those it may see are loaded"

    @contextmanager
    def extract(self, request: ExtractionRequest) -> Iterator[ExtractionResult]:
        """Give the rows of the snapshot as the driver's stream."""
        natives = {native.name: native for native in self._natives(request.table)}
        chosen = [natives[column.name] for column in request.columns if column.name in natives]
        query = select(request, chosen)
        try:
            with self._open().stream(query) as name:
                yield PostgresRows(f"SELECT * FROM {name}", self.source.name)
        except TransientError:
            raise
        except LoadError as error:
            raise ExtractionError(f"{request.table.full_name}: {error}") from None

    def totals(self, table: TableSettings, columns: Sequence[str]) -> Totals:
        """Return the rows and sums of the whole table in the snapshot."""
        sums = "".join(f", coalesce(sum({quoted(name)}), 0)::text" for name in columns)
        rows, *found = self._open().query(f"SELECT count(*){sums} FROM {relation(table)}")[0]
        return Totals(int(rows), {name: Decimal(total) for name, total in zip(columns, found, strict=True)})

    def close(self) -> None:
        """End the snapshot and disconnect."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def check(self) -> None:
        """Make sure that every table is there and may be read."""
        for table in self.source.tables:
            present = {native.name for native in self._natives(table)}
            taken = names([column.name for column in table.landed_columns if column.name in present])
            self._open().execute(f"SELECT FROM (SELECT {taken} FROM {relation(table)}) AS taken LIMIT 0")

    def _open(self) -> PostgresEngine:
        if self._engine is None:
            raise ExtractionError(f"{self.source.name} is not connected")
        return self._engine

    def _natives(self, table: TableSettings) -> list[Native]:
        """Return the columns of a table: the same for as long as the snapshot lasts."""
        engine, name = self._open(), table.full_name
        if name in self._described:
            return self._described[name]
        rows = engine.query(_COLUMNS.format(relation=literal(relation(table), "postgres")))
        if not rows:
            raise self.gone(table)
        known = {column.name for column in table.columns}
        # A column that was added and that the role may not read is not there for this pipeline.
        self._described[name] = [
            Native(str(column), str(spelled), bool(null), kind == "e")
            for column, spelled, null, kind, readable, _ in rows
            if readable or column in known
        ]
        if rows[0][-1]:
            self._filtered.add(name)
        return self._described[name]


def _dsn(source: SourceSettings, connection: Mapping[str, Scalar]) -> str:
    """Return the URI of a source's sessions."""
    seconds = int(str(connection.get("statement_timeout") or STATEMENT_TIMEOUT_SECONDS))
    return connection_uri(
        connection,
        application=f"extract {source.name}",
        options={
            "statement_timeout": f"{seconds}s", "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
            "DateStyle": "ISO", "IntervalStyle": "postgres", "extra_float_digits": "1",
        },
    )  # fmt: skip


class PostgresRows(ExtractionResult):
    """A stream whose breaking off may be an error that passes."""

    def again(self, failure: str) -> bool:
        """Tell a lost connection from other failures; neither is worth reading the same stream anew."""
        if LOST.search(failure):
            raise TransientError(f"{self.source_name}: the connection was lost while reading: {failure}")
        return False
