"""Each way a PostgreSQL connection can fail has its own kind and its own fix, and none tells the password."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.connectors.base import DEFAULT_TIMEOUT_SECONDS
from generator.connectors.registry import connector
from generator.errors import ProbeError
from tests.servers.postgres import PostgresDatabase, PostgresServer, free_port, running_postgres
from tests.servers.tls import tls_proxy

pytestmark = pytest.mark.slow

SECRET = "wrong but secret"


def failure(timeout: float = 10, **connection: object) -> ProbeError:
    """Probe and return how it failed; the password is in no part of the error."""
    postgres = connector("postgres")
    fields = {"database": "postgres", "username": "postgres", "password": SECRET, "sslmode": "disable"}
    settings = postgres.Settings.model_validate(fields | connection)
    with pytest.raises(ProbeError) as caught:
        postgres.probe(settings, timeout=timeout)
    error = caught.value
    chain = [error, error.__cause__, error.__context__]
    assert not any(str(settings.model_dump()["password"]) in repr(link) for link in chain if link)
    assert error.fix
    return error


@contextlib.contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """Accept connections on a port and say ``answer``, or nothing for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    taken.append(client)
                    if answer is not None:
                        client.recv(1024)
                        client.sendall(answer)
                        client.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        for client in taken:
            client.close()


def test_a_port_nobody_listens_on_is_refused() -> None:
    error = failure(host="127.0.0.1", port=free_port())
    assert error.kind == "refused"
    assert "check host and port" in error.fix


def test_an_unknown_host_is_unreachable() -> None:
    assert failure(host="no-such-host.invalid").kind == "unreachable"


def test_a_name_server_that_never_answers_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    started = time.monotonic()
    error = failure(host="db.example.com", timeout=1)
    waited = time.monotonic() - started
    over.set()
    assert error.kind == "timeout"
    assert "name server" in error.fix
    assert waited < 60


def test_a_missing_socket_folder_is_refused(tmp_path: Path) -> None:
    assert failure(host=str(tmp_path)).kind == "refused"


def test_a_server_that_never_answers_is_a_timeout_within_the_time_given() -> None:
    with listening(None) as port:
        started = time.monotonic()
        error = failure(host="127.0.0.1", port=port, timeout=2)
        assert error.kind == "timeout"
        assert time.monotonic() - started < DEFAULT_TIMEOUT_SECONDS


def test_something_that_is_no_postgres_is_told() -> None:
    with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert failure(host="127.0.0.1", port=port, sslmode="prefer").kind == "refused"


def test_a_wrong_password_is_an_authentication_failure(scram_postgres_server: PostgresServer) -> None:
    server = scram_postgres_server
    error = failure(host=server.host, port=server.port)
    assert error.kind == "authentication"
    assert "postgres" in error.what


def test_a_missing_password_is_an_authentication_failure(scram_postgres_server: PostgresServer) -> None:
    server = scram_postgres_server
    postgres = connector("postgres")
    settings = postgres.Settings.model_validate(
        {"host": server.host, "port": server.port, "database": "postgres", "username": "postgres"}
    )
    with pytest.raises(ProbeError) as caught:
        postgres.probe(settings)
    assert caught.value.kind == "authentication"


def test_the_right_password_with_awkward_characters_connects(scram_postgres_server: PostgresServer) -> None:
    server = scram_postgres_server
    postgres = connector("postgres")
    settings = postgres.Settings.model_validate(
        {"host": server.host, "port": server.port, "database": "postgres", "username": "postgres",
         "password": server.password}
    )  # fmt: skip
    assert postgres.test(settings).startswith("PostgreSQL 18")


def test_an_unknown_role_is_an_authentication_failure(postgres_server: PostgresServer) -> None:
    error = failure(host=postgres_server.host, port=postgres_server.port, username="nobody_here")
    assert error.kind == "authentication"
    assert "nobody_here" in error.what


def test_a_missing_database_is_named(postgres_server: PostgresServer) -> None:
    error = failure(host=postgres_server.host, port=postgres_server.port, database="no_such")
    assert error.kind == "no_such_database"
    assert "no_such" in error.what


def test_a_role_that_may_not_connect_gets_the_grant_to_run(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute(
        "CREATE ROLE visitor LOGIN", f'REVOKE CONNECT ON DATABASE "{postgres_database.database}" FROM PUBLIC'
    )
    error = failure(**postgres_database.as_user("visitor").connection)
    postgres_database.execute("DROP ROLE visitor")
    assert error.kind == "no_permission"
    assert "GRANT CONNECT" in error.fix


def test_a_role_that_may_read_nothing_gets_the_grant_to_run(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute("CREATE ROLE stranger LOGIN", "CREATE TABLE secrets (id int)")
    error = failure(**postgres_database.as_user("stranger").connection)
    postgres_database.execute("DROP ROLE stranger")
    assert error.kind == "no_permission"
    assert "GRANT SELECT" in error.fix


def test_a_destination_without_the_right_to_create_is_told(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute("CREATE ROLE onlooker LOGIN")
    postgres = connector("postgres")
    settings = postgres.Settings.model_validate(postgres_database.as_user("onlooker").connection)
    with pytest.raises(ProbeError) as caught:
        postgres.test(settings)
    postgres_database.execute("DROP ROLE onlooker")
    assert caught.value.kind == "no_permission"
    assert "GRANT CREATE" in caught.value.fix


def test_a_server_without_tls_is_told_when_tls_is_asked_for(postgres_server: PostgresServer) -> None:
    error = failure(host=postgres_server.host, port=postgres_server.port, sslmode="verify-full")
    assert error.kind == "tls"
    assert "sslmode: disable" in error.fix


def test_a_server_that_insists_on_tls_is_told() -> None:
    with running_postgres(hba="hostssl all all 127.0.0.1/32 trust\nlocal all all trust\n") as server:
        error = failure(host=server.host, port=server.port)
    assert error.kind == "tls"


def test_an_address_pg_hba_does_not_know_is_told() -> None:
    hba = "host postgres postgres 10.0.0.0/8 trust\nhost template1 postgres 127.0.0.1/32 trust\n"
    with running_postgres(hba=hba) as server:
        error = failure(host=server.host, port=server.port, sslmode="disable", database="postgres")
    assert error.kind in {"no_permission", "tls"}
    assert "pg_hba.conf" in error.fix


def test_a_certificate_of_an_unknown_authority_is_refused(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with tls_proxy((postgres_server.host, postgres_server.port), ("localhost",), tmp_path) as (port, _):
        error = failure(host="localhost", port=port, sslmode="verify-full")
    assert error.kind == "tls"
    assert "sslrootcert" in error.fix


def test_a_certificate_for_another_host_is_refused(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with tls_proxy((postgres_server.host, postgres_server.port), ("db.example.com",), tmp_path) as (
        port,
        pem,
    ):
        error = failure(host="localhost", port=port, sslmode="verify-full", sslrootcert=str(pem))
    assert error.kind == "tls"
    assert "another host name" in error.what


def test_a_missing_authority_file_is_named(postgres_server: PostgresServer, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    with tls_proxy((postgres_server.host, postgres_server.port), ("localhost",), tmp_path) as (port, _):
        error = failure(host="localhost", port=port, sslmode="verify-full", sslrootcert=missing)
    assert error.kind == "tls"
    assert missing in error.what


def test_a_verified_connection_works(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with tls_proxy((postgres_server.host, postgres_server.port), ("localhost",), tmp_path) as (port, pem):
        postgres = connector("postgres")
        settings = postgres.Settings.model_validate(
            {"host": "localhost", "port": port, "database": "postgres", "username": "postgres",
             "sslmode": "verify-full", "sslrootcert": str(pem)}
        )  # fmt: skip
        assert postgres.test(settings).startswith("PostgreSQL 18")


def test_a_missing_driver_names_the_command_that_installs_it() -> None:
    script = """
import sys
sys.modules["psycopg"] = None
from generator.connectors.base import DEFAULT_TIMEOUT_SECONDS
from generator.connectors.registry import connector
from generator.errors import ProbeError
postgres = connector("postgres")
try:
    postgres.probe(postgres.Settings(host="h", database="d", username="u"))
except ProbeError as error:
    print(error.kind, error.fix)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("missing_driver")
    assert "pip install 'pipewizard[postgres]'" in done.stdout


def test_a_slow_view_is_stopped_by_the_statement_timeout(
    postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_database.execute("CREATE VIEW slow AS SELECT pg_sleep(60)::text AS nap")
    postgres = connector("postgres")
    settings = postgres.Settings.model_validate(postgres_database.connection)
    view = postgres.probe(settings).tables[0]
    from generator.connectors.postgres import session

    monkeypatch.setattr(session, "_LIMITS", ("SET LOCAL statement_timeout = 300",))
    with pytest.raises(ProbeError) as caught:
        postgres.sample(settings, view)
    assert caught.value.kind == "timeout"


def test_a_locked_table_is_a_timeout_not_a_wait(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute("CREATE TABLE busy (id int)")
    postgres = connector("postgres")
    settings = postgres.Settings.model_validate(postgres_database.connection)
    table = postgres.probe(settings).tables[0]
    with postgres_database.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE busy IN ACCESS EXCLUSIVE MODE")
        # The lock is held for as long as this takes: whoever waited for it would never come back.
        with pytest.raises(ProbeError) as caught:
            postgres.sample(settings, table)
    assert caught.value.kind == "timeout"
    assert "locked" in caught.value.what
