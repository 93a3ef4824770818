"""Transformer revenue: sql/transformations/revenue.sql."""

from __future__ import annotations

from .sql_transformer import SQLTransformer


class RevenueTransformer(SQLTransformer):
    """Computes revenue in the engine that holds staging."""
