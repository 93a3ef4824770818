"""Extractor of the source drop."""

from __future__ import annotations

from .files import FilesExtractor


class DropExtractor(FilesExtractor):
    """Reads the tables of drop."""
