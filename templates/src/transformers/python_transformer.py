"""Transformations written in Python: a function from Arrow tables to an Arrow table."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from ..utils.retry import PipelineError, TransformationError
from .base_transformer import OUTPUT_SUFFIX, BaseTransformer, TransformationResult

if TYPE_CHECKING:
    import pyarrow as pa

_RESULT = "_python_output"


class PythonTransformer(BaseTransformer):
    """Calls ``function`` with the input tables by name; what it returns becomes the output table."""

    @staticmethod
    @abstractmethod
    def function(inputs: dict[str, pa.Table]) -> pa.Table:
        """Return the output table; ``inputs`` are the input tables by name."""

    def transform(self) -> TransformationResult:
        """Compute the output table anew."""
        began = time.monotonic()
        inputs = {name.rpartition(".")[2]: self._read(name) for name in self.transformation.input_tables}
        try:
            output = type(self).function(inputs)
        except PipelineError:
            raise
        except Exception as error:
            # The function is the owner's own code: whatever it raises is this transformation's failure.
            raise TransformationError(f"{self.transform_name}: {type(error).__name__}: {error}") from error
        self.work.connection.register(_RESULT, output)
        try:
            self.store(f"SELECT * FROM {_RESULT}")
        finally:
            self.work.connection.unregister(_RESULT)
        rows = sum(table.num_rows for table in inputs.values())
        return self.finished(began, rows, f"{self.transform_name}.transform")

    def _read(self, name: str) -> pa.Table:
        """Return an input as an Arrow table: a staging table, or the output of a transformation before this one."""
        bare = name.rpartition(".")[2]
        computed = {item.output_table for item in self.settings.transformations}
        relation = self.engine.relation(
            self.settings.destination.staging_schema, bare + OUTPUT_SUFFIX if name in computed else bare
        )
        return self.fetch(f"SELECT * FROM {relation}")
