"""Loader of the destination warehouse."""

from __future__ import annotations

from .duckdb import DuckDBLoader


class WarehouseLoader(DuckDBLoader):
    """Publishes tables to warehouse."""
