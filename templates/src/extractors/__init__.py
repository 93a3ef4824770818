"""Extractors: one module for each kind of source, and one for each source of this pipeline."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..utils.loading import concrete_class

if TYPE_CHECKING:
    from ..engines.duckdb_engine import DuckDBEngine
    from ..settings import Settings, SourceSettings
    from .base_extractor import BaseExtractor


def anticipate(settings: Settings) -> None:
    """Have every source begin now, in the background, with what makes connecting to it take long."""
    for source in settings.sources:
        _extractor(source).anticipate(source, settings.connection(source))


def open_extractor(settings: Settings, source: SourceSettings, work: DuckDBEngine) -> BaseExtractor:
    """Return the extractor of a source, not yet connected; its modules are loaded now."""
    connection = settings.connection(source)
    if path := connection.get("path"):
        connection["path"] = str(settings.path(str(path)))
    return _extractor(source)(source, connection, work)


def _extractor(source: SourceSettings) -> type[BaseExtractor]:
    base: type[BaseExtractor] = import_module(f"{__name__}.base_extractor").BaseExtractor
    return concrete_class(__name__, (f"{source.name}_extractor", source.type), base)
