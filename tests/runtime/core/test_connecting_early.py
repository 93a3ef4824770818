"""Sources are connected to while the destination opens: once, without hiding failures, and without holding up the end."""

from __future__ import annotations

import socket
import subprocess
import sys

import adbc_driver_manager
import adbc_driver_postgresql
import pytest

from templates.src.engines import postgres_session
from templates.src.engines.postgres_session import PostgresSession, anticipate
from templates.src.engines.postgres_uri import connection_uri
from tests.servers.postgres import PostgresDatabase

pytestmark = pytest.mark.slow


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every look of the driver at a server's types."""
    real, made = adbc_driver_postgresql.connect, list[str]()

    def connect(dsn: str) -> object:
        made.append(dsn)
        return real(dsn)

    monkeypatch.setattr(adbc_driver_postgresql, "connect", connect)
    return made


def test_the_first_session_takes_what_was_begun_for_it(
    postgres_database: PostgresDatabase, looks: list[str]
) -> None:
    dsn = connection_uri(postgres_database.connection, application="test")
    anticipate(dsn)
    session = PostgresSession(dsn)
    assert session.execute("SELECT 1") == 1
    session.close()
    assert looks == [dsn]
    PostgresSession(dsn).close()
    assert looks == [dsn, dsn]  # what was begun serves once: a later session may be another server's


def test_a_server_that_was_not_there_yet_is_asked_again(
    postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = connection_uri(postgres_database.connection, application="test")
    real = adbc_driver_postgresql.connect

    def refused(dsn: str) -> object:
        raise adbc_driver_manager.OperationalError(
            "connection refused", status_code=adbc_driver_manager.AdbcStatusCode.IO
        )

    monkeypatch.setattr(adbc_driver_postgresql, "connect", refused)
    anticipate(dsn)
    assert postgres_session._coming[dsn].result() is None
    monkeypatch.setattr(adbc_driver_postgresql, "connect", real)
    session = PostgresSession(dsn)
    assert session.execute("SELECT 1") == 1
    session.close()


def test_a_process_that_ends_does_not_wait_for_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        program = (
            "from templates.src.engines.postgres_session import anticipate\n"
            f"anticipate('postgresql://nobody@127.0.0.1:{port}/none?connect_timeout=120')\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
