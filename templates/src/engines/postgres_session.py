"""One session on a PostgreSQL server through the ADBC driver, whose calls end when the process is told to stop."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from threading import Thread
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement, StatementOptions

from .waiting import Waiting

_APPEND = {StatementOptions.INGEST_MODE.value: adbc_driver_manager.INGEST_OPTION_MODE_APPEND}
_BATCH_BYTES = "adbc.postgresql.batch_size_hint_bytes"
_coming: dict[str, Future[AdbcDatabase | None]] = {}


def anticipate(dsn: str) -> None:
    """Have the driver look at a server's types now, in the background: the next session there need not wait for it."""
    coming: Future[AdbcDatabase | None] = Future()

    def look() -> None:
        found = None
        try:
            found = adbc_driver_postgresql.connect(dsn)
        except adbc_driver_manager.Error:
            pass  # whoever needs the server finds out why, at a time when it can be said
        finally:
            coming.set_result(found)

    _coming[dsn] = coming
    # A process that ends meanwhile does not wait for a server that does not answer.
    Thread(target=look, daemon=True).start()


def _database(dsn: str) -> AdbcDatabase:
    """Return the driver's view of a server; an attempt that failed earlier is made again."""
    coming = _coming.pop(dsn, None)
    found: AdbcDatabase | None = coming.result() if coming else None
    return adbc_driver_postgresql.connect(dsn) if found is None else found


class PostgresSession:
    """A session in which each statement is a transaction, but for what lies between BEGIN and COMMIT.

    Every method raises `adbc_driver_manager.Error` where the server refuses or is gone.

    Args:
        dsn: A connection URI.
        beside: An open session of the same ``dsn``: what the driver has learnt of the server's types serves both,
            so that connecting takes 2 ms instead of 40.
        batch_bytes: Size of the batches a result comes in; 0: the driver's choice.
    """

    def __init__(self, dsn: str, *, beside: PostgresSession | None = None, batch_bytes: int = 0) -> None:
        self._database: AdbcDatabase = beside._database if beside else _database(dsn)
        self._connection = AdbcConnection(self._database)
        self._options = {_BATCH_BYTES: str(batch_bytes)} if batch_bytes else {}
        self._waiting = Waiting()

    def execute(self, sql: str) -> int:
        """Run one statement and return the rows it touched, -1 where that is not known."""
        with closing(AdbcStatement(self._connection)) as statement:
            statement.set_sql_query(sql)
            return int(self._waiting.finish(statement.execute_update, self.cancel))

    @contextmanager
    def stream(self, sql: str) -> Iterator[Any]:
        """Run one query and give its rows as an Arrow stream, to be read before this ends."""
        with closing(AdbcStatement(self._connection)) as statement:
            if self._options:
                statement.set_options(**self._options)
            statement.set_sql_query(sql)
            rows = self._waiting.finish(statement.execute_query, self.cancel)[0]
            try:
                yield rows
            finally:
                rows.release()  # nobody may have begun to read them

    def ingest(self, rows: Any, table: str, *, schema: str | None = None, temporary: bool = False) -> int:
        """Append an Arrow stream to an existing table by binary COPY and return the rows written."""
        options = {**_APPEND, StatementOptions.INGEST_TARGET_TABLE.value: table}
        if temporary:
            options[StatementOptions.INGEST_TEMPORARY.value] = "true"
        elif schema is not None:
            options[StatementOptions.INGEST_TARGET_DB_SCHEMA.value] = schema
        with closing(AdbcStatement(self._connection)) as statement:
            statement.set_options(**options)
            statement.bind_stream(rows)
            return int(self._waiting.finish(statement.execute_update, self.cancel))

    def cancel(self) -> None:
        """Have the server end what it is doing for this session; another thread may ask for it."""
        with suppress(adbc_driver_manager.Error):
            self._connection.cancel()

    def close(self) -> None:
        """End the session; the server takes back what was not committed."""
        self._connection.close()
        self._waiting.close()
