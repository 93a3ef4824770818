"""Loader of the destination warehouse."""

from __future__ import annotations

from .files import FilesLoader


class WarehouseLoader(FilesLoader):
    """Publishes tables to warehouse."""
