"""A folder of Parquet files as destination; a reader follows ``_manifest.json``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..engines.base import Column, quoted
from ..engines.duckdb_engine import DuckDBEngine, attach, open_duckdb
from ..engines.files_engine import FilesEngine
from ..engines.types import ddl
from ..utils.retry import ConfigurationError
from .base_loader import DESTINATION_CATALOG, STAGING_CATALOG, STAGING_FILE, BaseLoader, LoadRequest

_STORED = {
    "INTERVAL": "VARCHAR", "HUGEINT": "DECIMAL(38,0)", "UHUGEINT": "DECIMAL(38,0)", "BIGNUM": "VARCHAR",
    "TIME WITH TIME ZONE": "VARCHAR", "BIT": "VARCHAR",
}  # fmt: skip


class FilesLoader(BaseLoader):
    """Publishes Parquet files into a folder."""

    engine: FilesEngine

    def connect(self) -> None:
        """Open staging and read the folder's manifest."""
        settings = self.settings
        path = settings.connection(settings.destination).get("path")
        if not path:
            raise ConfigurationError(f"{self.destination_name}: a files destination needs a path")
        memory = DuckDBEngine(open_duckdb(None, settings))
        self.work = memory
        attach(memory.connection, settings.state_dir / STAGING_FILE, STAGING_CATALOG)
        self.work = self.staging = memory.sibling(STAGING_CATALOG)
        self.work.create_schema(self.staging_schema)
        partitions = {name: how.partition_field for name, how in settings.published() if how.partition_field}
        self.engine = FilesEngine(
            memory, DESTINATION_CATALOG, settings.path(str(path)), settings.meta_schema, partitions
        )
        for schema in (settings.destination.schema, settings.meta_schema):
            self.engine.create_schema(schema)

    def close(self) -> None:
        """Unlock the folder and close staging."""
        if hasattr(self, "engine"):
            self.engine.close()
        if hasattr(self, "work"):
            self.work.close()

    def forget_deleted(self, tables: Sequence[str]) -> list[Path]:
        """Remove the files that the last commits have replaced; readers under way must begin anew."""
        self.engine.remove_retired()
        return [self.settings.state_dir / STAGING_FILE]

    def arriving(self, request: LoadRequest) -> tuple[str, tuple[Column, ...]]:
        """Return the staged table itself, or a query over it where target types differ or Parquet has no such type."""
        relation = self.staging.relation(self.staging_schema, request.staged)
        columns = self.staging.columns(self.staging_schema, request.staged)
        wanted = self.settings.destination.column_types.get(request.table, {})
        typed = [
            (name, stored_type(ddl(wanted[name], "duckdb") if name in wanted else kind))
            for name, kind in columns
        ]
        if typed == columns:
            return relation, tuple(columns)
        items = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in typed)
        return f"(SELECT {items} FROM {relation})", tuple(typed)


def stored_type(kind: str) -> str:
    """Return the type in which values of a DuckDB type are written to Parquet, unchanged.

    Written as they are, intervals would lose microseconds and signs, and whole numbers of more than 64 bits become
    floating point.
    """
    element, lists = kind.rstrip("[]"), kind[len(kind.rstrip("[]")) :]
    return _STORED.get(element, element) + lists
