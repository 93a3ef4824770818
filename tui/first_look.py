"""Which sources may be looked at before anyone asks: what is at hand, and what a person has laid out the keys for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.design.models import Source


def is_local(kind: str) -> bool:
    """Tell whether a connector reads a file or folder of this machine."""
    from generator.connectors.registry import connector, connector_ids

    if kind not in connector_ids():
        return False
    settings = connector(kind).Settings
    return any(
        field.is_required() and settings.hint(name).get("path")
        for name, field in settings.model_fields.items()
    )


def may_look(source: Source, environment: Mapping[str, str]) -> bool:
    """Tell whether a source may be looked at unasked.

    A file or folder costs nothing to look at. A server is asked only where its connection names variables and all of
    them are set: whoever exported them meant this design to connect, and no password is ever asked for.
    """
    from generator.connectors.environment import env_references
    from generator.connectors.registry import connector, connector_ids

    if source.type not in connector_ids() or not source.connection:
        return False
    settings = connector(source.type).Settings
    required = [name for name, field in settings.model_fields.items() if field.is_required()]
    if not all(source.connection.get(name) for name in required):
        return False
    names = env_references(source.connection)
    if not all(environment.get(name) or environment.get(f"{name}_FILE") for name in names):
        return False
    return bool(names) or is_local(source.type)
