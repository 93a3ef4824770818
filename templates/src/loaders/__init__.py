"""Loaders: one module for each kind of destination, and one for this pipeline's."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..utils.loading import concrete_class

if TYPE_CHECKING:
    from ..settings import Settings
    from .base_loader import BaseLoader


def open_loader(settings: Settings) -> BaseLoader:
    """Return the loader of the destination, not yet connected; its modules are loaded now."""
    base: type[BaseLoader] = import_module(f"{__name__}.base_loader").BaseLoader
    destination = settings.destination
    return concrete_class(__name__, (f"{destination.name}_loader", destination.type), base)(settings)
