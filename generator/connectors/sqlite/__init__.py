"""SQLite: a database in one file."""

from __future__ import annotations

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


class SQLiteSettings(ConnectorSettings):
    """Where the database file is."""

    path: str = setting(
        title="Database file",
        help="Path of the SQLite file; it is only ever opened for reading",
        example="/data/shop.db",
        path="file",
    )


class SQLite(Connector):
    """SQLite as a source."""

    id = "sqlite"
    title = "SQLite"
    summary = "a database in one file, read without locking it"
    roles: ClassVar[frozenset[Role]] = frozenset({"source"})
    kind: ClassVar[Kind] = "database"
    Settings = SQLiteSettings
    capabilities = Capabilities(
        extraction=frozenset({"full", "incremental"}),
        dialect="sqlite",
        folds_case=True,
        typed=False,
    )
    requirements = Requirements(packages=("duckdb>=2.0,<3", "pyarrow>=21,<27"))
    templates = Templates(source=("src/extractors/sqlite.py",))

    def probe(
        self,
        settings: ConnectorSettings,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        on_table: ProgressCallback | None = None,
    ) -> Catalog:
        """Read the schema, keys and estimates; decide what untyped columns hold from their values."""
        from .probe import probe

        return probe(self._settings(settings), timeout, on_table)

    def sample(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = SAMPLE_ROWS) -> Sample:
        """Return the first rows."""
        from .probe import sample

        return sample(self._settings(settings), table, rows)

    def profile(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = 10_000) -> Profile:
        """Profile the first rows."""
        from .probe import profile

        return profile(self._settings(settings), table, rows)

    @staticmethod
    def _settings(settings: ConnectorSettings) -> SQLiteSettings:
        return SQLiteSettings.model_validate(settings.model_dump())
