"""Transformer customer_segments: Python over Arrow tables, in customer_segments.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .customer_segments import transform
from .python_transformer import PythonTransformer

if TYPE_CHECKING:
    import pyarrow as pa


class CustomerSegmentsTransformer(PythonTransformer):
    """Computes customer_segments."""

    @staticmethod
    def function(inputs: dict[str, pa.Table]) -> pa.Table:
        """Return the output table; ``inputs`` are the input tables by name."""
        return transform(inputs)
