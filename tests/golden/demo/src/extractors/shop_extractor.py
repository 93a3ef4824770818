"""Extractor of the source shop."""

from __future__ import annotations

from .sqlite import SQLiteExtractor


class ShopExtractor(SQLiteExtractor):
    """Reads the tables of shop."""
