"""Transformer product_sales: sql/transformations/product_sales.sql."""

from __future__ import annotations

from .sql_transformer import SQLTransformer


class ProductSalesTransformer(SQLTransformer):
    """Computes product_sales in the engine that holds staging."""
