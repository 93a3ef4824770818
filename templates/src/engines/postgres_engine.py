"""PostgreSQL through ADBC: results and rows travel as Arrow streams between the server and DuckDB."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager

from ..utils.retry import LoadError
from .base import Column, CommitOutcomeUnknownError, Dialect, TransientError, fit, literal, quoted
from .duckdb_engine import DuckDBEngine
from .postgres_session import PostgresSession

_TRANSIENT_STATES = ("08", "40001", "40P01", "53", "55P03", "57P01", "57P02", "57P03", "58030")
"""SQLSTATEs (and classes) that may pass: connection, serialization, deadlock, resources, lock wait, shutdown, I/O."""
INGEST_ROWS = 4096
"""Rows of a batch on its way to the server, which takes in one batch while the driver encodes the next.

A relation itself comes in batches of a million rows: then the one waits for the other, and all are held in memory.
"""
LOST = re.compile(
    r"server closed the connection|could not (?:send|receive) data|connection (?:refused|reset|timed out|not open)"
    r"|no connection to the server|SSL connection has been closed|timeout expired|terminating connection"
    r"|the database system is|EOF detected|failed to connect",
    re.IGNORECASE,
)
"""How libpq says that a connection is no more, or not yet."""
_PERMANENT = re.compile(
    r"password authentication|does not exist|no pg_hba|certificate|does not support SSL", re.IGNORECASE
)
_STATEMENT = re.compile(
    r"^(?:[A-Z_]+: )?(?:Failed to (?:execute|prepare) query '.*': (?=[A-Z]+: ))?", re.DOTALL
)
"""What the driver puts before the server's own words: a status, and the whole statement with every value in it."""
_NO_RIGHT = "42501"
_OPT_OUT = "or opt out of verification by name with sslmode: require"
_REMEDIES = (
    ("password authentication failed", "check the user and the password in its connection"),
    ("does not match host name", f"use the name in its certificate as host, {_OPT_OUT}"),
    ("root certificate file", f"correct the path in sslrootcert, {_OPT_OUT}"),
    ("certificate verify failed", f"give the authority's PEM file as sslrootcert, {_OPT_OUT}"),
    ("does not support SSL", "turn TLS on at the server, or opt out of it by name with sslmode: disable"),
)
"""How libpq says that a server refuses or could not be verified, and what to do about it."""


class PostgresEngine:
    """SQL on a PostgreSQL server.

    Args:
        dsn: A connection URI (see `postgres_uri`).
        reader: A DuckDB that turns Arrow results into Python values.
        session: Statements to run on each new connection.
        where: What to call the server in messages.
        batch_bytes: Size of the batches a result comes in; 0: the driver's choice.
        beside: An engine with the same ``dsn``, next to which this one connects faster.
    """

    def __init__(
        self,
        dsn: str,
        reader: DuckDBEngine,
        *,
        session: tuple[str, ...] = (),
        where: str = "",
        batch_bytes: int = 0,
        beside: PostgresEngine | None = None,
    ) -> None:
        self._dsn = dsn
        self._reader = reader
        self._session = session
        self._where = where or "PostgreSQL"
        self._batch_bytes = batch_bytes
        self._beside = beside
        self._depth = 0
        self._holder: PostgresEngine | None = None
        self._link: PostgresSession | None = None
        self.on_transaction: Callable[[], None] | None = None
        """Called at the start of each outermost transaction; raises if this run may no longer write."""
        self.connect()

    @property
    def dialect(self) -> Dialect:
        """The dialect its SQL is written in."""
        return "postgres"

    def connect(self) -> None:
        """Open the connection, or open it anew after it was lost; a lock that is held stays.

        Raises:
            TransientError: the server is not there (yet).
            LoadError: it is there and refuses.
        """
        self._disconnect()
        beside = self._beside._link if self._beside else None
        try:
            self._link = PostgresSession(self._dsn, beside=beside, batch_bytes=self._batch_bytes)
            for statement in self._session:
                self._link.execute(statement)
        except adbc_driver_manager.Error as error:
            self._disconnect()
            raise self._error(error) from None

    def execute(self, sql: str) -> int:
        """Run one statement and return the rows it touched, -1 where that is not known."""
        try:
            return self._open().execute(sql)
        except adbc_driver_manager.Error as error:
            raise self._error(error) from None

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query and return its rows; points in time come back aware, in UTC."""
        with self.stream(sql) as name:
            return self._reader.query(f"FROM {name}")

    @contextmanager
    def stream(self, sql: str) -> Iterator[str]:
        """Run one query and give the name of a DuckDB view from which its rows can be read once."""
        # Each engine has a name of its own: a source's stream is read while the destination is queried.
        name = f"_postgres_{id(self)}"
        try:
            link = self._open()
            with link.stream(sql) as rows, self._reader.fed(name, rows, link.cancel):
                yield name
        except adbc_driver_manager.Error as error:
            raise self._error(error) from None

    def ingest(self, relation: Any, table: str, *, schema: str | None = None, temporary: bool = False) -> int:
        """Append a DuckDB relation to an existing table by binary COPY and return the rows written."""
        rows = relation.to_arrow_reader(INGEST_ROWS)
        try:
            return self._open().ingest(rows, table, schema=schema, temporary=temporary)
        except adbc_driver_manager.Error as error:
            raise self._error(error) from None

    def hold(self, name: str) -> bool:
        """Take a session lock under a name, on a connection of its own; False where another session has it.

        The lock ends when that connection does, however the process ends.
        """
        if self._holder is None:
            holder = PostgresEngine(
                self._dsn, self._reader, session=self._session, where=self._where, beside=self
            )
            if not holder.query(f"SELECT pg_try_advisory_lock({_number(name)})")[0][0]:
                holder.close()
                return False
            self._holder = holder
        return True

    def holders(self, name: str) -> list[str]:
        """Return the sessions that hold the lock of that name, in words."""
        facts = "coalesce(host(a.client_addr), 'the server itself'), to_char(a.backend_start, 'YYYY-MM-DD HH24:MI')"
        found = self.query(f"SELECT l.pid, {facts} FROM {_sessions(name)}")
        return [f"session {pid} from {place or 'elsewhere'} since {since} UTC" for pid, place, since in found]

    def end_holders(self, name: str) -> None:
        """End the sessions that hold the lock of that name, those of a machine that is gone among them."""
        self.query(f"SELECT pg_terminate_backend(l.pid) FROM {_sessions(name)}")

    def quote(self, name: str) -> str:
        """Return a name as an identifier."""
        return quoted(name)

    def literal(self, value: object) -> str:
        """Return a value as a literal.

        Raises:
            ValueError: text holds NUL, which PostgreSQL cannot store.
        """
        if isinstance(value, str) and "\0" in value:
            raise ValueError("PostgreSQL cannot store text that holds a NUL character")
        return literal(value, "postgres")

    def relation(self, schema: str, name: str) -> str:
        """Return the full, quoted name of a table; names beyond 63 bytes are shortened distinctly."""
        return f"{quoted(fit(schema))}.{quoted(fit(name))}"

    def columns(self, schema: str, name: str) -> list[Column]:
        """Return a table's columns in order; empty where there is no such table."""
        return [
            (str(column), str(kind))
            for column, kind in self.query(
                "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
                " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                f" WHERE n.nspname = {self.literal(fit(schema))} AND c.relname = {self.literal(fit(name))}"
                " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
            )
        ]

    def tables(self, schema: str) -> list[str]:
        """Return the names of the tables (not views) of a schema, sorted."""
        here = f"table_schema = {self.literal(fit(schema))} AND table_type = 'BASE TABLE'"
        found = self.query(f"SELECT table_name::text FROM information_schema.tables WHERE {here} ORDER BY 1")
        return [str(row[0]) for row in found]

    def drop(self, schema: str, name: str) -> None:
        """Drop a table, if there is one."""
        self.execute(f"DROP TABLE IF EXISTS {self.relation(schema, name)}")

    def create_schema(self, schema: str) -> None:
        """Create a schema unless it is there; without looking first it would need the right to create one."""
        present = f"SELECT 1 FROM pg_namespace WHERE nspname = {self.literal(fit(schema))}"
        if self.query(present):
            return
        try:
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(fit(schema))}")
        except LoadError:
            # Of two sessions that create it at the same time one fails, IF NOT EXISTS or not.
            if not self.query(present):
                raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside as one transaction; inside another one, as part of it.

        Raises:
            CommitOutcomeUnknownError: the connection was lost while committing.
        """
        if self._depth:
            yield
            return
        self.execute("BEGIN")
        self._depth = 1
        try:
            if self.on_transaction is not None:
                self.on_transaction()
            yield
            self._commit()
        except BaseException:
            self._rollback()
            raise
        finally:
            self._depth = 0

    def _open(self) -> PostgresSession:
        if self._link is None:
            raise TransientError(f"{self._where}: the connection was lost")
        return self._link

    def _commit(self) -> None:
        try:
            self.execute("COMMIT")
        except TransientError as error:
            raise CommitOutcomeUnknownError(f"the answer to COMMIT was lost: {error}") from None

    def _rollback(self) -> None:
        try:
            self.execute("ROLLBACK")
        except LoadError:
            self._disconnect()  # a lost connection has rolled back by itself

    def close(self) -> None:
        """Let go of the connection and of the lock."""
        self._disconnect()
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    def _disconnect(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _error(self, error: adbc_driver_manager.Error) -> LoadError:
        return classify(error, self._where)


def _number(name: str) -> int:
    """Return the number an advisory lock has for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _sessions(name: str) -> str:
    """Return the sessions that hold the advisory lock of a name as ``l`` and, where that may be seen, ``a``."""
    high, low = divmod(_number(name) % 2**64, 2**32)
    return (
        "pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted"
        f" AND l.classid::bigint = {high} AND l.objid::bigint = {low} AND l.objsubid = 1"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )


def classify(error: adbc_driver_manager.Error, where: str) -> LoadError:
    """Return what a driver's error means for a run: one that may pass, or one that will not."""
    text = str(error).partition("Query was:")[0].replace("[libpq] ", "").strip()
    text = _STATEMENT.sub("", text).partition(". SQLSTATE:")[0].strip()
    state = error.sqlstate or ""
    remedy = next((f"; {fix}" for sign, fix in _REMEDIES if sign in text), "")
    if state == _NO_RIGHT or "permission denied for" in text:
        remedy = "; the scripts in sql/grants/ give its role what it needs"
    message = f"{where}: {' '.join(text.split())}{remedy}"
    lost = bool(LOST.search(text)) and not _PERMANENT.search(text)
    if state.startswith(_TRANSIENT_STATES) or (lost and not state):
        return TransientError(message, details={"sqlstate": state})
    return LoadError(message, details={"sqlstate": state})
