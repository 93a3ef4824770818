"""What went wrong with a PostgreSQL connection, and what to do about it.

libpq gives connection failures as text only, so they are told apart by its words; a server that words its
own part in another language ends as kind ``refused`` with its message whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.connectors.base import STATEMENT_TIMEOUT_SECONDS
from generator.errors import ProbeError

if TYPE_CHECKING:
    import psycopg

    from .settings import PostgresSettings


@dataclass(frozen=True)
class _Sign:
    """Words that tell a failure; ``what`` and ``fix`` may name the settings."""

    words: tuple[str, ...]
    kind: str
    what: str
    fix: str


_OPT_OUT = "or opt out of verification by name with sslmode: require"
_SIGNS = (
    _Sign(
        ("does not match host name", "server certificate for"),
        "tls",
        "the server's certificate is for another host name than {host}",
        f"use the name in the certificate as host, {_OPT_OUT}",
    ),
    _Sign(
        ("root certificate file", "could not load root certificate", "could not read root certificate"),
        "tls",
        "the certificate authority's file {sslrootcert} cannot be read",
        "correct the path in sslrootcert",
    ),
    _Sign(
        ("certificate verify failed", "self-signed certificate", "self signed certificate",
         "unable to get local issuer"),
        "tls",
        "the server's certificate is not signed by an authority this machine trusts",
        f"give the authority's PEM file as sslrootcert, {_OPT_OUT}",
    ),
    _Sign(
        ("does not support ssl, but ssl was required",),
        "tls",
        "the server offers no TLS, and the connection asks for it",
        "turn TLS on at the server, or opt out by name with sslmode: disable",
    ),
    _Sign(
        ("no encryption", "ssl off"),
        "tls",
        "the server refuses this user, database and address without TLS",
        "set sslmode to verify-full or require, or add a line to the server's pg_hba.conf",
    ),
    _Sign(
        ("no pg_hba.conf entry", "pg_hba.conf rejects"),
        "no_permission",
        "the server's pg_hba.conf lets {username} into {database} from nowhere like this machine",
        "have a line for this address added to pg_hba.conf",
    ),
    _Sign(
        ("password authentication failed",),
        "authentication",
        "the server does not accept this password for {username}",
        "check user name and password",
    ),
    _Sign(
        ("no password supplied",),
        "authentication",
        "the server wants a password for {username}",
        "give one",
    ),
    _Sign(
        ("authentication failed", "is not permitted to log in", "peer authentication"),
        "authentication",
        "the server does not let {username} log in",
        "check user name and password, and the role's LOGIN right",
    ),
    _Sign(
        ("permission denied for database",),
        "no_permission",
        "{username} may not connect to the database {database}",
        'run: GRANT CONNECT ON DATABASE "{database}" TO "{username}"',
    ),
    _Sign(
        ("too many clients", "remaining connection slots", "too many connections"),
        "refused",
        "the server has no connection left",
        "wait, or raise max_connections at the server",
    ),
    _Sign(
        ("starting up", "shutting down", "in recovery mode", "not accepting connections"),
        "refused",
        "the server is starting or stopping",
        "try again in a moment",
    ),
    _Sign(
        ("could not translate host name", "name or service not known", "name resolution",
         "nodename nor servname", "failed to resolve host", "no address associated"),
        "unreachable",
        "the host name {host} is not known",
        "check its spelling, and that the network or VPN it belongs to is up",
    ),
    _Sign(
        ("connection refused",),
        "refused",
        "nothing accepts connections at {host}, port {port}",
        "check host and port, and that the server runs and listens on that address",
    ),
    _Sign(
        ("no such file or directory", "is the server running locally"),
        "refused",
        "there is no server socket in {host}",
        "check the folder and the port",
    ),
    _Sign(
        ("timeout expired", "timed out"),
        "timeout",
        "{host}, port {port} did not answer in time",
        "check host, port and firewall",
    ),
    _Sign(
        ("network is unreachable", "no route to host", "host is down"),
        "unreachable",
        "there is no way to {host}",
        "check the address, and that the network or VPN it belongs to is up",
    ),
    _Sign(
        ("received invalid response", "server closed the connection unexpectedly",
         "expected authentication request", "connection reset"),
        "refused",
        "what listens at {host}, port {port} does not speak PostgreSQL, or ended the connection",
        "check host and port",
    ),
)  # fmt: skip


def connect_failure(error: Exception, settings: PostgresSettings) -> ProbeError:
    """Explain why a connection could not be opened."""
    said = str(error)
    lowered = said.lower()
    where = f"{settings.host}:{settings.port}/{settings.database}"
    if "does not exist" in lowered:
        if "database" in lowered.split("does not exist")[0].rsplit("fatal:", 1)[-1]:
            what = f"the server has no database {settings.database}"
            return ProbeError(
                what, kind="no_such_database", where=where, fix="check the name of the database"
            )
        if "role" in lowered:
            what = f"the server has no role {settings.username}"
            return ProbeError(what, kind="authentication", where=where, fix="check the user name")
    values = {
        name: getattr(settings, name) for name in ("host", "port", "database", "username", "sslrootcert")
    }
    for sign in _SIGNS:
        if any(words in lowered for words in sign.words):
            what, fix = sign.what.format(**values), sign.fix.format(**values)
            return ProbeError(what, kind=sign.kind, where=where, fix=fix)
    kind = "refused" if "fatal:" in lowered else "other"
    return ProbeError(
        f"PostgreSQL says: {_one_line(said)}", kind=kind, where=where, fix="check the connection's fields"
    )


def statement_failure(error: psycopg.Error, settings: PostgresSettings) -> ProbeError:
    """Explain why a statement failed, by its SQLSTATE."""
    where = f"{settings.host}:{settings.port}/{settings.database}"
    state = error.sqlstate or ""
    if state == "57014":  # query_canceled: statement_timeout
        what = f"a statement took longer than {STATEMENT_TIMEOUT_SECONDS:.0f} s and was stopped"
        fix = "choose a table instead of a view, or look when the server is less busy"
        return ProbeError(what, kind="timeout", where=where, fix=fix)
    if state == "55P03":  # lock_not_available: lock_timeout
        fix = "try again when the change to it is finished"
        return ProbeError(
            "a table is locked by somebody who changes it", kind="timeout", where=where, fix=fix
        )
    if state == "42501":  # insufficient_privilege
        what = f"{settings.username} may not read this: {_one_line(error.diag.message_primary or str(error))}"
        fix = f'grant the role what it needs, as GRANT SELECT ON ... TO "{settings.username}"'
        return ProbeError(what, kind="no_permission", where=where, fix=fix)
    if not state or state.startswith(("08", "57P")):  # connection_exception, admin_shutdown
        fix = "check that the server is up, and try again"
        return ProbeError("the connection was lost", kind="unreachable", where=where, fix=fix)
    what = f"PostgreSQL says: {_one_line(error.diag.message_primary or str(error))} ({state})"
    return ProbeError(what, kind="other", where=where, fix="probe the source again; it may have changed")


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
