"""Transformations written in SQL: one query over staging, run where staging lies."""

from __future__ import annotations

import time

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
        except LoadError as error:
            raise TransformationError(f"{self.transform_name}: {error}") from None
        return self.finished(began, 0, query)
