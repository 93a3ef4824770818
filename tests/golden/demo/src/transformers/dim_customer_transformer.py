"""Transformer dim_customer: sql/transformations/dim_customer.sql."""

from __future__ import annotations

from .sql_transformer import SQLTransformer


class DimCustomerTransformer(SQLTransformer):
    """Computes dim_customer in the engine that holds staging."""
