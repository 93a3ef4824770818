"""How to reach a PostgreSQL server, and when TLS is verified."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import quote as percent

from ..utils.retry import ConfigurationError

CONNECT_TIMEOUT_SECONDS = 10


def connection_uri(
    values: Mapping[str, object], *, application: str, options: Mapping[str, str] | None = None
) -> str:
    """Return a libpq URI for a connection's expanded values; TLS is verified unless ``sslmode`` says otherwise.

    Args:
        values: ``host``, ``port``, ``database``, ``user`` (or ``username``), ``password``, ``sslmode``,
            ``sslrootcert``, ``connect_timeout``.
        application: Name shown in the server's list of sessions.
        options: Session settings, as ``{"statement_timeout": "60000"}``.

    Raises:
        ConfigurationError: no host or database is given.
    """
    host, database = values.get("host"), values.get("database")
    if not host or not database:
        raise ConfigurationError("a PostgreSQL connection needs host and database")
    user = values.get("user") or values.get("username")
    account = percent(str(user), safe="") if user else ""
    if password := values.get("password"):
        account += f":{percent(str(password), safe='')}"
    mode = str(values.get("sslmode") or "auto")
    parameters = {
        "sslmode": ("prefer" if _here(str(host)) else "verify-full") if mode == "auto" else mode,
        "connect_timeout": str(values.get("connect_timeout") or CONNECT_TIMEOUT_SECONDS),
        "application_name": application,
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "options": " ".join(
            f"-c {key}={value}" for key, value in {"TimeZone": "UTC", **(options or {})}.items()
        ),
    }
    if root := values.get("sslrootcert"):
        parameters["sslrootcert"] = str(root)
    elif parameters["sslmode"] in {"verify-full"}:
        parameters["sslrootcert"] = "system"
    query = "&".join(f"{key}={percent(value, safe='')}" for key, value in parameters.items())
    place = f"[{host}]" if ":" in str(host) else percent(str(host), safe="")
    return (
        f"postgresql://{account + '@' if account else ''}{place}:{values.get('port') or 5432}/"
        f"{percent(str(database), safe='')}?{query}"
    )


def _here(host: str) -> bool:
    """Tell whether a host is this machine, so that nothing crosses a network."""
    if host == "localhost" or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
