"""DuckDB: an analytical database in one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from generator.connectors.base import (
    DEFAULT_TIMEOUT_SECONDS,
    Capabilities,
    Connector,
    ConnectorSettings,
    Kind,
    ProgressCallback,
    Requirements,
    Role,
    Templates,
    setting,
)
from generator.connectors.catalog import SAMPLE_ROWS, Catalog, ProbedTable, Profile, Sample


class DuckDBSettings(ConnectorSettings):
    """Where the database file is."""

    path: str = setting(
        title="Database file",
        help="Path of the DuckDB file; it is only ever opened for reading",
        destination_help="Path of the DuckDB file; created when it does not exist",
        example="/data/warehouse.duckdb",
        path="file",
    )


class DuckDB(Connector):
    """DuckDB as a source and as the embedded default destination."""

    id = "duckdb"
    title = "DuckDB"
    summary = "an analytical database in one file; the embedded default destination"
    summaries: ClassVar[Mapping[Role, str]] = {
        "source": "the tables and views of an analytical database in one file",
        "destination": "an analytical database in one file; needs no server, the embedded default",
    }
    roles: ClassVar[frozenset[Role]] = frozenset({"source", "destination"})
    kind: ClassVar[Kind] = "database"
    Settings = DuckDBSettings
    capabilities = Capabilities(
        extraction=frozenset({"full", "incremental"}),
        loading=frozenset({"append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"}),
        transactional=True,
        hosts_staging=True,
        schema_changes=frozenset({"add_column", "widen_type", "drop_column"}),
        dialect="duckdb",
        folds_case=True,
        compute=frozenset({"sql", "python"}),
    )
    requirements = Requirements(packages=("duckdb>=2.0,<3",))
    templates = Templates(
        source=("src/extractors/duckdb.py",),
        destination=("src/engines/duckdb_engine.py", "src/loaders/duckdb.py"),
    )

    def probe(
        self,
        settings: ConnectorSettings,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        on_table: ProgressCallback | None = None,
    ) -> Catalog:
        """Read the catalogue, its keys and its own row estimates."""
        from .probe import probe

        return probe(_path(settings), on_table)

    def sample(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = SAMPLE_ROWS) -> Sample:
        """Return the first rows."""
        from .probe import sample

        return sample(_path(settings), table, rows)

    def profile(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = 10_000) -> Profile:
        """Profile the first rows."""
        from .probe import profile

        return profile(_path(settings), table, rows)

    def test(self, settings: ConnectorSettings, *, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> str:
        """Tell whether the file can be written, without creating it."""
        from .probe import check_destination

        return check_destination(_path(settings))


def _path(settings: ConnectorSettings) -> str:
    return DuckDBSettings.model_validate(settings.model_dump()).path
