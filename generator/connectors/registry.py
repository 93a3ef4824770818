"""Which connectors there are: those that come with pipewizard and those other packages register.

A package offers a connector by an entry point in the group ``pipewizard.connectors``, as
``mongodb = "my_package.mongodb:MongoDB"``. Connector modules load when first asked for; none of them loads
its driver.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from generator.design.nearest import did_you_mean
from generator.errors import DesignError

from .base import Connector

GROUP = "pipewizard.connectors"
BUILT_IN = {
    "sqlite": "generator.connectors.sqlite:SQLite",
    "duckdb": "generator.connectors.duckdb:DuckDB",
    "postgres": "generator.connectors.postgres:PostgreSQL",
    "files": "generator.connectors.files:Files",
}
ALIASES = {
    "postgresql": "postgres",
    "sqlite3": "sqlite",
    "csv": "files",
    "parquet": "files",
    "jsonl": "files",
}
"""What people write for a connector they mean: named in the error, not accepted."""

_log = logging.getLogger(__name__)


def connector(name: str) -> Connector:
    """Return the connector with this id.

    Raises:
        DesignError: there is none; names the nearest. Also when another package's connector does not load.
    """
    if name in BUILT_IN:
        return _built_in(name)
    if name in (offered := _offered()):
        return _third_party(offered[name])
    fix = f"use {ALIASES[name]}" if name in ALIASES else did_you_mean(name, connector_ids())
    raise DesignError(f"there is no connector {name!r}", fix=fix)


def connector_ids() -> list[str]:
    """Return the ids of all connectors, built-in ones first."""
    return [*BUILT_IN, *sorted(_offered())]


def all_connectors() -> list[Connector]:
    """Return all connectors that load, built-in ones first.

    One of another package that does not is logged.
    """
    found = []
    for name in connector_ids():
        try:
            found.append(connector(name))
        except DesignError as error:
            _log.warning("%s", error)
    return found


def sources() -> list[Connector]:
    """Return the connectors rows can come from."""
    return [one for one in all_connectors() if "source" in one.roles]


def destinations() -> list[Connector]:
    """Return the connectors rows can go to."""
    return [one for one in all_connectors() if "destination" in one.roles]


def package_of(name: str) -> str:
    """Return the package that brings a connector; empty for those of pipewizard itself."""
    point = _offered().get(name)
    return "" if point is None else point.dist.name if point.dist else point.value


@cache
def template_folders() -> tuple[Path, ...]:
    """Return the folders of templates that connectors of other packages bring."""
    others = [one for one in all_connectors() if one.id not in BUILT_IN]
    return tuple(dict.fromkeys(one.templates.folder for one in others if one.templates.folder))


@cache
def _built_in(name: str) -> Connector:
    module, _, attribute = BUILT_IN[name].partition(":")
    kind: type[Connector] = getattr(import_module(module), attribute)
    return kind()


@cache
def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}


def _third_party(point: EntryPoint) -> Connector:
    package = package_of(point.name)
    try:
        kind = point.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        raise DesignError(
            f"the connector {point.name!r} of the package {package} does not load: {error}",
            fix=f"update or remove {package}",
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, Connector) and kind.id == point.name):
        raise DesignError(
            f"the entry point {point.name!r} of the package {package} is no connector of that id",
            fix=f"update or remove {package}",
        )
    return kind()
