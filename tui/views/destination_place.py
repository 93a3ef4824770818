"""Where a destination lies, in words that lead a person to its tables; secrets stay out of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import UserError

if TYPE_CHECKING:
    from generator.connectors.base import ConnectorSettings
    from generator.design.models import PipelineDesign

_SERVER = ("host", "port", "database")


def destination_place(design: PipelineDesign, environment: Mapping[str, str], home: Path) -> str:
    """Return file, folder or server of the destination and the schema of its tables, in one line.

    Args:
        design: With a destination.
        environment: What its ``${NAME}`` references stand for; the reference itself shows where one is not set.
        home: The project's folder, which relative paths count from.
    """
    from generator.connectors.environment import expand
    from generator.connectors.registry import connector

    chosen = design.destination
    system = connector(chosen.type)
    try:
        settings = expand(system.Settings, chosen.connection, environment)
        where = _located(settings, home)
    except UserError:
        where = ""
    tables = "a folder for each table" if is_folders(design) else f"schema {chosen.dataset}"
    return ", ".join([system.title, where or system.display(chosen.connection), tables])


def is_folders(design: PipelineDesign) -> bool:
    """Tell whether the destination's tables are folders of files, which know no schema."""
    from generator.connectors.registry import connector

    return connector(design.destination.type).kind in ("files", "object_store")


def _located(settings: ConnectorSettings, home: Path) -> str:
    values = settings.model_dump()
    shown = {name: value for name, value in values.items() if name not in settings.secrets()}
    if all(shown.get(name) not in (None, "") for name in _SERVER):
        host, port, database = (shown[name] for name in _SERVER)
        return f"database {database} on {host}:{port}"
    for name in settings.names("destination"):
        kind = settings.hint(name).get("path")
        if kind and shown.get(name) and not settings.hint(name).get("advanced"):
            return f"{kind} {(home / Path(str(shown[name])).expanduser()).absolute()}"
    return ""
