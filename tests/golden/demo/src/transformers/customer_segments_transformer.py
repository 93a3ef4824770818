"""Transformer customer_segments: Python over Arrow tables, in customer_segments.py."""

from __future__ import annotations

from .customer_segments import transform
from .python_transformer import PythonTransformer


class CustomerSegmentsTransformer(PythonTransformer):
    """Computes customer_segments."""

    function = staticmethod(transform)
