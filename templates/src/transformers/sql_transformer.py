"""Transformations written in SQL: one query over staging, run where staging lies."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import duckdb

from ..utils.retry import ConfigurationError, LoadError, TransformationError
from .base_transformer import BaseTransformer, TransformationResult


class SQLTransformer(BaseTransformer):
    """Runs the query of ``sql/transformations/<name>.sql``."""

    def query(self) -> str:
        """Return the query.

        Raises:
            ConfigurationError: its file is missing.
        """
        path = self.settings.home / (self.transformation.sql_file or "")
        try:
            return path.read_text(encoding="utf-8").strip().rstrip(";")
        except OSError as error:
            raise ConfigurationError(
                f"{self.transform_name}: {self.transformation.sql_file}: {error.strerror}"
            ) from None

    def transform(self) -> TransformationResult:
        """Compute the output table anew."""
        began, query = time.monotonic(), self.query()
        try:
            with self.engine.transaction():
                self.engine.execute(f"DROP TABLE IF EXISTS {self.output}")
                self.engine.execute(f"CREATE TABLE {self.output} AS {query}")
        except (duckdb.Error, LoadError) as error:
            raise TransformationError(f"{self.transform_name}: {error}") from None
        return self.finished(began, query)

    def finished(self, began: float, logic: str) -> TransformationResult:
        """Return the result of an output that has just been made."""
        schema = self.settings.destination.staging_schema
        fields = [name for name, _ in self.engine.columns(schema, self.output_name)]
        return TransformationResult(
            transform_name=self.transform_name,
            relation=self.output,
            input_record_count=0,
            output_record_count=int(self.engine.query(f"SELECT count(*) FROM {self.output}")[0][0]),
            transformation_timestamp=datetime.now(UTC),
            duration_seconds=time.monotonic() - began,
            lineage=self._track_lineage(fields, logic),
        )
