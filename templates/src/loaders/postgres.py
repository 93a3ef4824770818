"""PostgreSQL (15 or later) as destination."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..engines.base import Column, fit, quoted
from ..engines.duckdb_engine import DuckDBEngine, attach, open_duckdb
from ..engines.postgres_engine import PostgresEngine
from ..engines.postgres_uri import connection_uri
from ..engines.transfer import send
from ..engines.types import ddl
from ..extractors.landing import landed_names
from ..settings import TableSettings
from ..utils.retry import LoadError
from .base_loader import STAGING_CATALOG, STAGING_FILE, BaseLoader, LoadRequest

SESSION = {
    "lock_timeout": "60000",
    # A machine that vanishes says no farewell: without these its lock would stay for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Settings of every session, times in milliseconds, of keepalives in seconds."""
PATIENT = (
    "SELECT set_config('idle_session_timeout', '0', false)"
    " WHERE current_setting('idle_session_timeout', true) IS NOT NULL"
)
"""Lets a session say nothing for as long as a run takes; servers before 14 know no such limit."""


class PostgresLoader(BaseLoader):
    """Publishes into a database of a PostgreSQL server."""

    engine: PostgresEngine

    def connect(self) -> None:
        """Connect, and open the embedded DuckDB that types rows (ELT) or holds staging (ETL)."""
        settings = self.settings
        values = settings.connection(settings.destination)
        dsn = connection_uri(values, application=settings.pipeline.name, options=SESSION)
        memory = DuckDBEngine(open_duckdb(None, settings))
        self.work = memory
        self.engine = PostgresEngine(dsn, memory, session=(PATIENT,), where=self.destination_name)
        if settings.elt:
            self.staging = self.engine
            self.engine.create_schema(self.staging_schema)
        else:
            attach(memory.connection, settings.state_dir / STAGING_FILE, STAGING_CATALOG)
            self.work = self.staging = memory.sibling(STAGING_CATALOG)
        self.work.create_schema(self.staging_schema)
        for schema in (settings.destination.schema, settings.meta_schema):
            self.engine.create_schema(schema)

    def close(self) -> None:
        """Close the connection and the embedded database."""
        if hasattr(self, "engine"):
            self.engine.close()
        if hasattr(self, "work"):
            self.work.close()

    def reconnect(self) -> None:
        """Connect anew."""
        self.engine.connect()

    def guard(self, verify: Callable[[], None]) -> None:
        """Have every transaction begin with a look at the lease: the session that holds the lock may have died."""
        self.engine.on_transaction = verify

    def deliver(self, table: TableSettings) -> None:
        """Carry a table's landed and rejected rows into the staging schema of the server (ELT)."""
        if self.staging is not self.engine:
            return
        types = {column.name: "text" if column.pii else column.type for column in table.columns}
        with self.engine.transaction():
            for name in landed_names(table.staging_name):
                self.engine.execute(f"DROP TABLE IF EXISTS {self.engine.relation(self.staging_schema, name)}")
                if self.work.columns(self.staging_schema, name):
                    landed = self.work.relation(self.staging_schema, name)
                    send(
                        self.work, f"SELECT * FROM {landed}", self.engine, name,
                        schema=self.staging_schema, types=types,
                    )  # fmt: skip
                    self.work.execute(f"DROP TABLE {landed}")

    def movable(self, request: LoadRequest) -> tuple[str, str] | None:
        """Return the staged table (ELT): a server moves a table to another schema without touching its rows."""
        return (self.staging_schema, request.staged)

    @contextmanager
    def brought(self, query: str, name: str) -> Iterator[str]:
        """Give a query over staging as it is (ELT), or its rows as a temporary table (ETL)."""
        if self.staging is self.engine:
            yield f"({query})"
            return
        send(self.work, query, self.engine, name)
        yield quoted(fit(name))
        self.engine.execute(f"DROP TABLE {quoted(fit(name))}")

    def forget_deleted(self, tables: Sequence[str]) -> list[Path]:
        """Write the tables anew: a deleted row stays in its pages, a plain VACUUM only lets others take its place."""
        left = []
        for table in tables:
            file = f"SELECT pg_relation_filenode({self.engine.literal(table)})"
            before = self.engine.query(file)
            try:
                self.engine.execute(f"VACUUM (FULL, ANALYZE) {table}")
                done = self.engine.query(file) != before
            except LoadError as error:
                self._log.warning("not_vacuumed", table=table, error=str(error))
                done = False
            # Who does not own a table gets a warning for VACUUM, no error.
            left += [] if done else [table]
        if left:
            raise LoadError(
                "the rows are deleted, but their remains are still in the server's files: have the owner run"
                f" VACUUM FULL on {', '.join(left)} while nobody reads them"
            )
        return super().forget_deleted(tables)

    def fetch(self, query: str, name: str) -> None:
        """Copy the rows of a query over the server into a temporary table of the embedded DuckDB."""
        with self.engine.stream(query) as rows:
            self.work.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS FROM {rows}")

    def arriving(self, request: LoadRequest) -> tuple[str, tuple[Column, ...]]:
        """Return the staged table (ELT), or a temporary table its rows were sent to (ETL)."""
        wanted = self.settings.destination.column_types.get(request.table, {})
        if self.staging is self.engine:
            relation = self.engine.relation(self.staging_schema, request.staged)
            columns = tuple(self.engine.columns(self.staging_schema, request.staged))
        else:
            staged = self.staging.relation(self.staging_schema, request.staged)
            name = fit(f"{request.table}__arriving")
            columns = send(self.work, f"SELECT * FROM {staged}", self.engine, name, types=request.types)
            relation = quoted(name)
        if not set(wanted) & {name for name, _ in columns}:
            return relation, columns
        typed = tuple(
            (name, ddl(wanted[name], "postgres") if name in wanted else kind) for name, kind in columns
        )
        items = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in typed)
        return f"(SELECT {items} FROM {relation} AS staged)", typed
