"""DuckDB as destination: one file, one writing process at a time, enforced by the file's own lock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..engines.base import Column, quoted
from ..engines.duckdb_engine import DuckDBEngine, attach, open_duckdb
from ..engines.types import ddl
from ..extractors.landing import incoming_name
from ..settings import TableSettings
from ..utils.retry import ConfigurationError
from .base_loader import DESTINATION_CATALOG, STAGING_CATALOG, STAGING_FILE, BaseLoader, LoadRequest


class DuckDBLoader(BaseLoader):
    """Publishes into a DuckDB file."""

    def connect(self) -> None:
        """Open the file (which locks it) and, for ETL, the staging file beside it."""
        path = self.settings.connection(self.settings.destination).get("path")
        if not path:
            raise ConfigurationError(f"{self.destination_name}: a DuckDB destination needs a path")
        self.work = DuckDBEngine(open_duckdb(None, self.settings))
        attach(self.work.connection, self.settings.path(str(path)), DESTINATION_CATALOG)
        self.engine = destination = self.work.sibling(DESTINATION_CATALOG)
        if self.settings.elt:
            self.work = self.staging = destination
        else:
            attach(self.work.connection, self.settings.state_dir / STAGING_FILE, STAGING_CATALOG)
            self.work = self.staging = self.work.sibling(STAGING_CATALOG)
            self.work.create_schema(self.staging_schema)
        with destination.transaction():  # one commit, and so one sync of the disk, for all of them
            for schema in (self.settings.destination.schema, self.settings.meta_schema):
                destination.create_schema(schema)
            if self.settings.elt:
                destination.create_schema(self.staging_schema)

    def close(self) -> None:
        """Close both files."""
        if hasattr(self, "work"):
            self.work.close()

    def forget_deleted(self, tables: Sequence[str]) -> list[Path]:
        """Return the files that must be written anew once closed."""
        path = self.settings.connection(self.settings.destination).get("path")
        return [self.settings.path(str(path)), *super().forget_deleted(tables)]

    def landing_schema(self, table: TableSettings) -> str:
        """Return the published schema for rows that will replace their table as a whole (ELT), else staging's.

        DuckDB cannot move a table to another schema: landed beside the published one, it only has to be renamed.
        """
        name = incoming_name(table.staging_name)
        own = self.settings.destination.schema
        if self.settings.elt and self.settings.mode == "replicate":
            self.engine.execute(f"DROP TABLE IF EXISTS {self.engine.relation(own, name)}")
            self.staging.drop(self.staging_schema, name)
            if self._replaced(table):
                return own
        return self.staging_schema

    def deliver(self, table: TableSettings) -> None:
        """Show in staging what has landed beside the published table."""
        name, own = incoming_name(table.staging_name), self.settings.destination.schema
        if self.settings.elt and self.settings.mode == "replicate" and self.engine.columns(own, name):
            staged = self.engine.relation(self.staging_schema, name)
            self.engine.execute(
                f"CREATE OR REPLACE VIEW {staged} AS SELECT * FROM {self.engine.relation(own, name)}"
            )

    def withdraw(self, staged: str) -> None:
        """Remove what has landed beside the published table."""
        own = self.engine.relation(self.settings.destination.schema, staged)
        self.engine.execute(f"DROP TABLE IF EXISTS {own}")

    def movable(self, request: LoadRequest) -> tuple[str, str] | None:
        """Return the table beside the published one that staging shows, if there is one."""
        own = self.settings.destination.schema
        return (
            (own, request.staged) if self.settings.elt and self.engine.columns(own, request.staged) else None
        )

    def _replaced(self, table: TableSettings) -> bool:
        """Tell whether a table will be replaced as a whole."""
        loading = table.loading or self.settings.destination.loading
        if table.staging_name in self.settings.destination.column_types:
            return False
        if loading.strategy == "overwrite" and not loading.partition_field:
            return True
        return loading.strategy in {"overwrite", "upsert", "scd1"} and not self.published(table.staging_name)

    def arriving(self, request: LoadRequest) -> tuple[str, tuple[Column, ...]]:
        """Return the staged table itself, or a query over it where target types differ."""
        relation = self.staging.relation(self.staging_schema, request.staged)
        columns = self.staging.columns(self.staging_schema, request.staged)
        wanted = self.settings.destination.column_types.get(request.table, {})
        if not set(wanted) & {name for name, _ in columns}:
            return relation, tuple(columns)
        typed = [(name, ddl(wanted[name], "duckdb") if name in wanted else kind) for name, kind in columns]
        items = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in typed)
        return f"(SELECT {items} FROM {relation})", tuple(typed)
