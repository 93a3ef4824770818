"""The environment variables a generated project reads: names, purposes, examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from generator.connectors.base import Connector
from generator.connectors.environment import REFERENCE, env_references
from generator.design.models import Scalar

from ..view import ProjectView

PII_KEY = "PII_TOKEN_KEY"


@dataclass(frozen=True)
class Variable:
    """One environment variable.

    ``path`` is set where its value is a path on this machine, ``advice`` says how a person comes by a value.
    """

    name: str
    purpose: str
    example: str = ""
    secret: bool = False
    required: bool = True
    path: str = ""
    advice: str = ""


def variables(view: ProjectView) -> list[Variable]:
    """Return every variable the project reads, required ones first, each once."""
    found: dict[str, Variable] = {}
    for item in _in_places_of_their_own([*_of_systems(view)]):
        found.setdefault(item.name, item)
    for channel in view.design.monitoring.alerts.channels:
        for value in (channel.webhook_url, channel.routing_key):
            for name in env_references({"": value}):
                found.setdefault(name, Variable(name, f"Alerts by {channel.type}", secret=True))
    if any(channel.type == "email" for channel in view.design.monitoring.alerts.channels):
        for item in _EMAIL:
            found.setdefault(item.name, item)
    if view.uses_tokens:
        found.setdefault(
            PII_KEY,
            Variable(
                PII_KEY, "Key of tokenised columns, 32 random bytes in hex", secret=True, advice=_KEY_ADVICE
            ),
        )
    for item in _OPTIONAL:
        found.setdefault(item.name, item)
    return sorted(found.values(), key=lambda item: not item.required)


def _of_systems(view: ProjectView) -> Iterator[tuple[str, Variable]]:
    """Yield the variables of all connections, each with the system it belongs to."""
    for source in view.design.sources:
        for item in _of_connection(source.name, source.connection, view.source_connectors[source.name]):
            yield source.name, item
    chosen = view.design.destination
    for item in _of_connection(chosen.name, chosen.connection, view.destination_connector):
        yield chosen.name, item


def _in_places_of_their_own(owned: list[tuple[str, Variable]]) -> Iterator[Variable]:
    """Yield variables whose examples of paths all differ: copied as they stand, none writes into another.

    Examples that would be the same are named after their systems.
    """
    examples = Counter(PurePosixPath(item.example).name for _, item in owned if item.path)
    taken: set[str] = set()
    for owner, item in owned:
        place = PurePosixPath(item.example)
        if not item.path or not place.name:
            yield item
            continue
        name, number = place.name if examples[place.name] == 1 else f"{owner}{place.suffix}", 2
        while name in taken:
            name, number = f"{owner}_{number}{place.suffix}", number + 1
        taken.add(name)
        yield replace(item, example=str(place.with_name(name)))


def _of_connection(owner: str, connection: Mapping[str, Scalar], system: Connector) -> list[Variable]:
    found = []
    for key, value in connection.items():
        if not isinstance(value, str) or key not in system.Settings.model_fields:
            continue
        hint = system.Settings.hint(key)
        title = system.Settings.model_fields[key].title or key
        names = REFERENCE.findall(value)
        whole = len(names) == 1 and REFERENCE.fullmatch(value) is not None
        for name in names:
            example = "" if hint.get("secret") or not whole else str(hint.get("example") or "")
            found.append(
                Variable(
                    name,
                    f"{title} of {owner} ({system.title})",
                    example,
                    bool(hint.get("secret")),
                    True,
                    str(hint.get("path") or "") if whole else "",
                )
            )
    return found


_KEY_ADVICE = "`openssl rand -hex 32` makes one; keep it: another key gives every person another token"
_EMAIL = [
    Variable("SMTP_HOST", "Mail server for alerts", "localhost"),
    Variable("SMTP_PORT", "Port of the mail server", "587", required=False),
    Variable("SMTP_USER", "User on the mail server", required=False),
    Variable("SMTP_PASSWORD", "Password on the mail server", secret=True, required=False),
    Variable("SMTP_FROM", "Sender of alerts", required=False),
    Variable("SMTP_TLS", "How mail is encrypted: starttls, tls or off", "starttls", required=False),
]
_OPTIONAL = [
    Variable(
        "PIPELINE_STATE_DIR", "Folder for staging, logs and metrics of this machine", ".state", required=False
    ),
    Variable(
        "PROMETHEUS_PUSHGATEWAY_URL",
        "Where metrics are pushed after a run",
        "http://localhost:9091",
        required=False,
    ),
    Variable("OPENLINEAGE_API_KEY", "Key for the lineage server", secret=True, required=False),
    Variable("OPENLINEAGE_URL", "Where lineage events are sent", "http://localhost:5000", required=False),
]


def documented(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connection's values without those that are not set."""
    return {key: value for key, value in values.items() if value not in (None, "")}
