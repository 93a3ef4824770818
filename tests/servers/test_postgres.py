"""The server fixtures themselves: they start, separate databases and check passwords."""

from __future__ import annotations

import psycopg
import pytest

from tests.servers.postgres import PostgresDatabase, PostgresServer

pytestmark = pytest.mark.slow


def test_each_test_gets_an_empty_database(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    assert postgres_database.query("SELECT count(*) FROM t") == [(1,)]


def test_the_scram_server_refuses_a_wrong_password(scram_postgres_server: PostgresServer) -> None:
    with scram_postgres_server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=scram_postgres_server.host,
            port=scram_postgres_server.port,
            user="postgres",
            password="wrong",
        )
