"""Transformer daily_revenue: sql/transformations/daily_revenue.sql."""

from __future__ import annotations

from .sql_transformer import SQLTransformer


class DailyRevenueTransformer(SQLTransformer):
    """Computes daily_revenue in the engine that holds staging."""
