"""How to reach a PostgreSQL database, and when TLS is verified."""

from __future__ import annotations

import ipaddress
from typing import Any, Literal

from generator.connectors.base import ConnectorSettings, setting

SslMode = Literal["auto", "verify-full", "verify-ca", "require", "prefer", "disable"]


class PostgresSettings(ConnectorSettings):
    """One database of one server, and the role that looks at it."""

    host: str = setting(
        title="Host",
        help="Name or address of the server, or the folder of its socket",
        example="db.example.com",
    )
    port: int = setting(5432, title="Port", help="Port the server listens on", example="5432", ge=1, le=65535)
    database: str = setting(title="Database", help="Name of the database", example="shop")
    username: str = setting(
        title="User name",
        help="Role to log in as; as a source, SELECT is all it needs",
        example="reader",
        env="USER",
    )
    password: str | None = setting(
        None,
        title="Password",
        help="Password of the role; leave empty where the server asks for none",
        secret=True,
    )
    sslmode: SslMode = setting(
        "auto",
        title="TLS",
        help=(
            "auto verifies certificate and host name (verify-full), except on this machine (localhost or a "
            "socket), where nothing crosses a network; anything below verify-full opts out by name"
        ),
        example="verify-full",
    )
    sslrootcert: str | None = setting(
        None,
        title="Certificate authority",
        help="PEM file of the authority that signed the server's certificate; default: the system's",
        example="/etc/ssl/private-ca.pem",
        advanced=True,
        path="file",
    )
    connect_timeout: int = setting(
        10,
        title="Connect timeout, seconds",
        help="How long to wait for the server",
        advanced=True,
        ge=1,
        le=300,
    )
    schemas: str | None = setting(
        None,
        title="Schemas",
        help="Only look at these schemas, separated by commas; default: all the role may use",
        example="public, sales",
        advanced=True,
        role="source",
    )

    @property
    def schema_names(self) -> list[str]:
        """The schemas to look at; empty for all."""
        return [name.strip() for name in (self.schemas or "").split(",") if name.strip()]

    def conninfo(self, timeout: float) -> dict[str, Any]:
        """Return the connection parameters as libpq names them; ``timeout`` in seconds."""
        mode = effective_sslmode(self.host, self.sslmode)
        found: dict[str, Any] = {
            "host": self.host, "port": self.port, "dbname": self.database, "user": self.username,
            "sslmode": mode, "application_name": "pipewizard",
            "connect_timeout": max(1, round(min(timeout, self.connect_timeout))),
        }  # fmt: skip
        if self.password:
            found["password"] = self.password
        if self.sslrootcert:
            found["sslrootcert"] = self.sslrootcert
        elif mode == "verify-full":
            found["sslrootcert"] = "system"
        return found


def effective_sslmode(host: str, mode: str) -> str:
    """Return libpq's sslmode: ``auto`` is ``prefer`` on this machine, ``verify-full`` everywhere else."""
    if mode != "auto":
        return mode
    return "prefer" if _on_this_machine(host) else "verify-full"


def _on_this_machine(host: str) -> bool:
    if host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
