"""Which fields of a connection are secret, by the connector's own declaration."""

from __future__ import annotations

from generator.errors import DesignError

from .registry import connector


def secret_fields(connector_type: str) -> frozenset[str]:
    """Return the secret fields of a connector; none for a type that is not known."""
    try:
        return frozenset(connector(connector_type).Settings.secrets())
    except DesignError:
        return frozenset()
