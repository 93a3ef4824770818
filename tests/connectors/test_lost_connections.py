"""A connection that dies while somebody looks through it is told in one sentence."""

from __future__ import annotations

import pytest

from tests.connectors.test_postgres_failures import failure
from tests.faults.proxy import Mischief, Proxy
from tests.servers.postgres import PostgresServer


@pytest.mark.slow
@pytest.mark.parametrize("answered", [600, 2_000, 6_000])
def test_a_connection_lost_while_looking_is_told(
    answered: int, scram_postgres_server: PostgresServer
) -> None:
    database = scram_postgres_server.create_database()
    database.execute(*(f"CREATE TABLE t{number} (id bigint PRIMARY KEY, a text)" for number in range(40)))
    proxy = Proxy(scram_postgres_server.port)
    proxy.mischief = Mischief(cuts=100, cut_after=answered)
    try:
        error = failure(
            host="127.0.0.1",
            port=proxy.port,
            database=database.database,
            password=scram_postgres_server.password,
        )
    finally:
        proxy.close()
    assert proxy.mischief.done
    assert error.kind in ("unreachable", "refused")
    assert "lost" in error.what or "ended the connection" in error.what
    assert str(error).count("\n") == 0
