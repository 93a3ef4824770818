"""A PostgreSQL session that cannot write, cannot run long and cannot wait long for a lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generator.connectors.base import STATEMENT_TIMEOUT_SECONDS
from generator.connectors.drivers import driver
from generator.connectors.resolving import addresses

from .failures import connect_failure, statement_failure

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .settings import PostgresSettings

LOCK_TIMEOUT_SECONDS = 5
SHORTEST_SECONDS = 2
"""libpq takes a shorter connect timeout for this."""
# SET LOCAL, in a read-only transaction: a connection pooler on the way gets its session back unchanged.
_LIMITS = (
    f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_SECONDS * 1000:.0f}",
    f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_SECONDS * 1000}",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
)


@contextmanager
def reading(settings: PostgresSettings, timeout: float) -> Iterator[Connection]:
    """Open one read-only, repeatable-read transaction, rolled back at the end.

    Raises:
        ProbeError: the connection cannot be opened, or a statement of the block failed.
    """
    psycopg = driver("psycopg", title="PostgreSQL", extra="postgres")
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    parameters = settings.conninfo(timeout)
    if not settings.host.startswith(("/", "@")):
        # libpq waits for each address in turn: together they get the time one was promised.
        found = addresses(settings.host, settings.port, parameters["connect_timeout"])
        parameters["connect_timeout"] = max(SHORTEST_SECONDS, parameters["connect_timeout"] // len(found))
    try:
        raw = psycopg.connect(**parameters)
    except (psycopg.Error, OSError, UnicodeError) as error:
        # The cause is dropped: some versions of the driver print connection parameters with it.
        raise connect_failure(error, settings) from None
    raw.read_only = True
    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    engine = create_engine("postgresql+psycopg://", creator=lambda: raw, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            for limit in _LIMITS:
                connection.exec_driver_sql(limit)
            yield connection
            connection.rollback()
    except DBAPIError as error:
        cause = error.orig if isinstance(error.orig, psycopg.Error) else None
        raise (statement_failure(cause, settings) if cause else connect_failure(error, settings)) from None
    except psycopg.Error as error:
        raise statement_failure(error, settings) from None
    finally:
        engine.dispose()
        raw.close()


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'
