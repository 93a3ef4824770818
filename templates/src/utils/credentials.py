"""Secrets: where they come from, and the register of values that must never be shown.

A value comes from the environment variable ``NAME`` or from the file that ``NAME_FILE`` names (a mounted
secret). Whatever is secret is registered here, and logs, errors, alerts and lineage pass through `redact`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .environment import Scalar, lookup, references

HIDDEN = "***"
_MIN_SECRET_LENGTH = 4
"""Shorter values are found in ordinary text; hiding them would hide everything."""
_SECRET_WORDS = re.compile(
    r"(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|CREDENTIAL|WEBHOOK|API_?KEY|ACCESS_?KEY|ROUTING_?KEY|_KEY$|_PWD$|_DSN$)",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@", re.IGNORECASE)
_registered: set[str] = set()


def is_secret_name(name: str) -> bool:
    """Tell whether a variable or setting of this name holds a secret."""
    return bool(_SECRET_WORDS.search(name))


def register(values: Iterable[str | None]) -> None:
    """Remember values that must never be shown."""
    for value in values:
        if value and len(value.strip()) >= _MIN_SECRET_LENGTH:
            _registered.update({value, value.strip()})


def register_environment(environment: Mapping[str, str]) -> None:
    """Remember the values of all secret variables, and of the files that ``..._FILE`` variables name."""
    for name in environment:
        variable = name.removesuffix("_FILE")
        if is_secret_name(variable):
            register([lookup(variable, environment)])


def register_connection(connection: Mapping[str, Scalar], environment: Mapping[str, str]) -> None:
    """Remember what the references in a connection's secret settings stand for."""
    for name, value in connection.items():
        if is_secret_name(name):
            register(lookup(variable, environment) for variable in references(value))


def redact(text: str) -> str:
    """Return text with every registered value, and every password in a URL, hidden."""
    for secret in sorted(_registered, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return _IN_URL.sub(lambda match: f"{match['scheme']}:{HIDDEN}@", text) if "://" in text else text


def forget() -> None:
    """Empty the register (for tests and long-lived processes that change configuration)."""
    _registered.clear()
