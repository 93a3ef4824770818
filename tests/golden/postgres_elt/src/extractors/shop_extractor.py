"""Extractor of the source shop."""

from __future__ import annotations

from .postgres import PostgresExtractor


class ShopExtractor(PostgresExtractor):
    """Reads the tables of shop."""
