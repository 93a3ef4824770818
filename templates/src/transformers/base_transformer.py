"""The contract of every transformer: from tables in staging to one output table beside them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from ..engines.base import Engine
from ..engines.duckdb_engine import DuckDBEngine
from ..engines.transfer import fetch_arrow, store_query
from ..settings import Settings, TransformationSettings
from ..utils.retry import LoadError, TransformationError

if TYPE_CHECKING:
    import pyarrow as pa

OUTPUT_SUFFIX = "__output"


@dataclass(frozen=True)
class TransformationResult:
    """What a transformation did."""

    transform_name: str
    relation: str
    input_record_count: int
    output_record_count: int
    transformation_timestamp: datetime
    duration_seconds: float
    lineage: dict[str, Any]


class BaseTransformer(ABC):
    """Computes one output table in staging.

    Args:
        settings: The configuration.
        transformation: What to compute.
        engine: Where staging lies.
        work: A DuckDB for Arrow tables.
    """

    def __init__(
        self, settings: Settings, transformation: TransformationSettings, engine: Engine, work: DuckDBEngine
    ) -> None:
        self.settings = settings
        self.transformation = transformation
        self.transform_name = transformation.name
        self.engine = engine
        self.work = work
        self._log = structlog.get_logger(__name__).bind(transform=transformation.name)

    @property
    def output(self) -> str:
        """The output table in staging."""
        return self.engine.relation(self.settings.destination.staging_schema, self.output_name)

    @property
    def output_name(self) -> str:
        """The output table's name in staging."""
        return self.transformation.output_name + OUTPUT_SUFFIX

    @abstractmethod
    def transform(self) -> TransformationResult:
        """Compute the output table anew.

        Raises:
            TransformationError: it cannot be computed.
        """

    def validate_output(self, result: TransformationResult) -> list[str]:
        """Return what is wrong with the output's shape; an empty list where nothing is."""
        columns = {
            name
            for name, _ in self.engine.columns(self.settings.destination.staging_schema, self.output_name)
        }
        loading = self.transformation.loading
        needed = [*loading.key, loading.version_column, loading.deleted_column, loading.partition_field]
        return [
            f"{self.transform_name}: the output has no column {name}, which its loading needs"
            for name in needed
            if name and name not in columns
        ]

    def store(self, query: str) -> None:
        """Make the output table from a query of the DuckDB at work.

        Raises:
            TransformationError: the rows cannot be stored.
        """
        schema = self.settings.destination.staging_schema
        try:
            with self.engine.transaction():
                self.engine.execute(f"DROP TABLE IF EXISTS {self.output}")
                store_query(self.work, query, self.engine, schema, self.output_name)
        except LoadError as error:
            raise TransformationError(f"{self.transform_name}: {error}") from None

    def fetch(self, query: str) -> pa.Table:
        """Return the rows of a query over staging as an Arrow table."""
        return fetch_arrow(self.engine, self.work, query)

    def finished(self, began: float, inputs: int, logic: str) -> TransformationResult:
        """Return the result of an output that has just been made.

        Args:
            began: When, on the monotonic clock.
            inputs: Rows read, 0 where that is not known.
            logic: What was computed.
        """
        schema = self.settings.destination.staging_schema
        fields = [name for name, _ in self.engine.columns(schema, self.output_name)]
        return TransformationResult(
            transform_name=self.transform_name,
            relation=self.output,
            input_record_count=inputs,
            output_record_count=int(self.engine.query(f"SELECT count(*) FROM {self.output}")[0][0]),
            transformation_timestamp=datetime.now(UTC),
            duration_seconds=time.monotonic() - began,
            lineage=self._track_lineage(fields, logic),
        )

    def _track_lineage(self, output_fields: list[str], logic_description: str) -> dict[str, Any]:
        """Return what was computed from what, for lineage events."""
        return {
            "transform_name": self.transform_name,
            "input_sources": list(self.transformation.input_tables),
            "output_fields": output_fields,
            "logic": logic_description,
            "timestamp": datetime.now(UTC).isoformat(),
        }
