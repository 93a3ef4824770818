"""Loader of the destination warehouse."""

from __future__ import annotations

from .postgres import PostgresLoader


class WarehouseLoader(PostgresLoader):
    """Publishes tables to warehouse."""
