"""TLS to databases is verified unless the design opts out by name: in the wizard's probe and in the generated runtime."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator.connectors.registry import connector
from generator.errors import ProbeError
from tests.generated import GeneratedProject, make
from tests.project.designs import design
from tests.servers.postgres import PostgresDatabase, running_postgres
from tests.servers.tls import tls_proxy

pytestmark = pytest.mark.slow
HOST = socket.gethostname()
"""A name of this machine that is not localhost: whoever connects to it cannot know that nothing leaves the machine."""
SETUP = (
    "CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id bigint, status text NOT NULL, amount numeric(10,2),"
    " updated_at timestamp NOT NULL)",
    "INSERT INTO orders SELECT i, i, 'paid', i, timestamp '2026-01-01' FROM generate_series(1, 50) i",
    "CREATE TABLE customers (customer_id bigint PRIMARY KEY, email text, region text)",
)


@dataclass(frozen=True)
class Door:
    """A way into the database, and the authority that vouches for its host name."""

    connection: dict[str, Any]
    authority: str


@contextlib.contextmanager
def door(database: PostgresDatabase, folder: Path, *, names: tuple[str, ...] = (HOST,)) -> Iterator[Door]:
    """Put a TLS end point in front of the database, with a certificate no machine trusts by itself."""
    address = socket.gethostbyname(HOST)
    server = (database.server.host, database.server.port)
    with tls_proxy(server, names, folder, address) as (port, pem):
        found = {"host": HOST, "port": port, "database": database.database, "username": database.username}
        yield Door(found, str(pem))


@pytest.fixture
def filled(postgres_database: PostgresDatabase) -> PostgresDatabase:
    postgres_database.execute(*SETUP)
    return postgres_database


def project_from(connection: dict[str, Any], folder: Path) -> GeneratedProject:
    """Return a project that reads from a PostgreSQL."""
    made = design("postgres", "duckdb", modelled=False)
    made.sources[0].connection = connection
    made.destination.connection = {"path": str(folder / "warehouse.duckdb")}
    return make(made, folder / "project")


def project_to(connection: dict[str, Any], folder: Path, source: PostgresDatabase) -> GeneratedProject:
    """Return a project that writes to a PostgreSQL."""
    made = design("postgres", "postgres", modelled=False)
    made.sources[0].connection = dict(source.connection)
    made.destination.connection = connection
    return make(made, folder / "project")


def probed(connection: dict[str, Any]) -> str:
    """Return the kind of error a probe ends with, empty where it works."""
    postgres = connector("postgres")
    try:
        postgres.probe(postgres.Settings.model_validate(connection), timeout=20)
    except ProbeError as error:
        return error.kind if "sslmode" in (error.fix or "") else f"{error.kind}, without a way out"
    return ""


def assert_refused(project: GeneratedProject, what: str) -> None:
    said = project.run("run", check=1).stderr.splitlines()[-1]
    assert said.startswith("error: ")
    assert what in said
    assert "sslmode" in said, "the message names the way out"


def test_a_certificate_of_an_unknown_authority_is_refused_by_default(
    filled: PostgresDatabase, tmp_path: Path
) -> None:
    with door(filled, tmp_path) as way:
        assert probed(way.connection) == "tls"
        assert_refused(project_from(way.connection, tmp_path / "from"), "certificate")
        assert_refused(project_to(way.connection, tmp_path / "to", filled), "certificate")
    assert filled.query("SELECT 1 FROM pg_namespace WHERE nspname = 'analytics'") == []


def test_a_certificate_for_another_host_is_refused_by_default(
    filled: PostgresDatabase, tmp_path: Path
) -> None:
    with door(filled, tmp_path, names=("db.example.com",)) as way:
        vouched = way.connection | {"sslrootcert": way.authority}
        assert probed(vouched) == "tls"
        assert_refused(project_from(vouched, tmp_path / "from"), "certificate")


def test_a_server_without_tls_is_refused_by_default(tmp_path: Path) -> None:
    address = socket.gethostbyname(HOST)
    allowed = "".join(f"host all all {place}/32 trust\n" for place in {"127.0.0.1", address})
    listen = f"listen_addresses={','.join(sorted({'127.0.0.1', address}))}"
    with running_postgres(listen, hba=allowed) as server:
        database = server.create_database()
        database.execute(*SETUP)
        plain = database.connection | {"host": HOST, "sslmode": "auto"}
        assert probed(plain) == "tls"
        assert_refused(project_from(plain, tmp_path / "from"), "SSL")
        opted_out = plain | {"sslmode": "disable"}
        assert probed(opted_out) == ""
        project_from(opted_out, tmp_path / "opted_out").run("run")


def test_the_authority_of_the_design_is_enough(filled: PostgresDatabase, tmp_path: Path) -> None:
    with door(filled, tmp_path) as way:
        vouched = way.connection | {"sslrootcert": way.authority}
        assert probed(vouched) == ""
        project_from(vouched, tmp_path / "from").run("run")
        project_to(vouched, tmp_path / "to", filled).run("run")
    assert filled.query("SELECT count(*) FROM analytics.orders") == [(50,)]


def test_opting_out_by_name_works(filled: PostgresDatabase, tmp_path: Path) -> None:
    with door(filled, tmp_path) as way:
        opted_out = way.connection | {"sslmode": "require"}
        assert probed(opted_out) == ""
        project_from(opted_out, tmp_path / "from").run("run")
        project_to(opted_out, tmp_path / "to", filled).run("run")
    assert filled.query("SELECT count(*) FROM analytics.orders") == [(50,)]
