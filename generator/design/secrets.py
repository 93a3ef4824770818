"""Keeping secrets out of what is saved: literals become ``${ENV_NAME}`` references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .models import PipelineDesign, Scalar
from .rules.references import is_reference

SecretFields = Callable[[str], frozenset[str]]
"""The secret fields of a connector type, by its id."""

_SECRET_WORDS = re.compile(
    r"password|passwd|passphrase|secret|token|private_?key|api_?key|credential|access_?key", re.I
)
_PASSWORD_IN_URL = re.compile(r"(://[^/@\s:]*:)([^@/\s]+)@")


def is_secret_field(name: str, connector_type: str, secret_fields: SecretFields) -> bool:
    """Tell whether a connection's field is secret: declared so, or named like a secret."""
    return name in secret_fields(connector_type) or _SECRET_WORDS.search(name) is not None


def literal_secrets(design: PipelineDesign, secret_fields: SecretFields) -> Iterator[tuple[str, str]]:
    """Yield (path, suggested environment variable) of every secret that is written out in a design."""
    for path, owner, kind, connection in _connections(design):
        for name, value in connection.items():
            if _is_literal(value) and is_secret_field(name, kind, secret_fields):
                yield f"{path}.{name}", env_name(owner, name)
            elif (
                isinstance(value, str)
                and (found := _PASSWORD_IN_URL.search(value))
                and not is_reference(found[2])
            ):
                yield f"{path}.{name}", env_name(owner, "password")


def without_secrets(
    design: PipelineDesign, secret_fields: SecretFields
) -> tuple[PipelineDesign, dict[str, str]]:
    """Return a copy whose secrets are references, and the secrets: environment variable -> value.

    The copy shares its tables with the design: they hold no secrets, and there may be thousands.
    """
    safe = design.model_copy(update={"sources": []}).model_copy(deep=True)
    safe.sources = [
        source.model_copy(update={"connection": dict(source.connection), "tables": list(source.tables)})
        for source in design.sources
    ]
    found: dict[str, str] = {}
    for _, owner, kind, connection in _connections(safe):
        for name, value in list(connection.items()):
            if _is_literal(value) and is_secret_field(name, kind, secret_fields):
                connection[name] = _keep(found, env_name(owner, name), str(value))
            elif (
                isinstance(value, str)
                and (part := _PASSWORD_IN_URL.search(value))
                and not is_reference(part[2])
            ):
                reference = _keep(found, env_name(owner, "password"), part[2])
                connection[name] = value.replace(part[0], f"{part[1]}{reference}@", 1)
    for channel in safe.monitoring.alerts.channels:
        for field in ("webhook_url", "routing_key"):
            value = getattr(channel, field)
            if _is_literal(value):
                setattr(channel, field, _keep(found, env_name(channel.type, field), value))
    return safe, found


def env_name(owner: str, field: str) -> str:
    """Return an environment variable for a field of a source or channel, as ``SHOP_PASSWORD``."""
    plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in f"{owner}_{field}").upper()
    return f"_{plain}" if plain[:1].isdigit() else plain


def _url_password(value: str) -> re.Match[str] | None:
    found = _PASSWORD_IN_URL.search(value)
    return found if found and not is_reference(found[2]) else None


def _keep(found: dict[str, str], name: str, value: str) -> str:
    number, base = 2, name
    while found.get(name, value) != value:
        name, number = f"{base}_{number}", number + 1
    found[name] = value
    return f"${{{name}}}"


def _is_literal(value: Scalar) -> bool:
    return value not in (None, "") and not isinstance(value, bool) and not is_reference(value)


def _connections(design: PipelineDesign) -> Iterator[tuple[str, str, str, dict[str, Scalar]]]:
    for index, source in enumerate(design.sources):
        yield f"sources[{index}].connection", source.name, source.type, source.connection
    destination = design.destination
    yield "destination.connection", destination.name, destination.type, destination.connection
