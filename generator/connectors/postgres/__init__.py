"""PostgreSQL, and what speaks its protocol and has its catalogue."""

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
)
from generator.connectors.catalog import SAMPLE_ROWS, Catalog, ProbedTable, Profile, Sample

from .settings import PostgresSettings

_PACKAGES = ("duckdb>=2.0,<3", "adbc-driver-manager>=1.13,<2", "adbc-driver-postgresql>=1.13,<2")


class PostgreSQL(Connector):
    """PostgreSQL as a source and as a destination."""

    id = "postgres"
    title = "PostgreSQL"
    summary = "read in one snapshot by Arrow, loaded by COPY in one transaction"
    summaries: ClassVar[Mapping[Role, str]] = {
        "source": "tables and views on a server, all of them read in one snapshot",
        "destination": "tables on a server; everything a run publishes appears at once",
    }
    roles: ClassVar[frozenset[Role]] = frozenset({"source", "destination"})
    kind: ClassVar[Kind] = "database"
    Settings = PostgresSettings
    capabilities = Capabilities(
        extraction=frozenset({"full", "incremental"}),
        loading=frozenset({"append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"}),
        transactional=True,
        hosts_staging=True,
        schema_changes=frozenset({"add_column", "widen_type", "drop_column"}),
        dialect="postgres",
        max_identifier=63,
    )
    requirements = Requirements(packages=_PACKAGES, destination_packages=(*_PACKAGES, "pyarrow>=21,<27"))
    templates = Templates(
        source=("src/extractors/postgres.py", "src/extractors/postgres_select.py"),
        destination=("src/engines/postgres_engine.py", "src/loaders/postgres.py"),
    )
    extra = "postgres"

    def probe(
        self,
        settings: ConnectorSettings,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        on_table: ProgressCallback | None = None,
    ) -> Catalog:
        """Read the catalogue in bulk: what the role may read, keys, indexes, the planner's estimates."""
        from .probe import probe

        return probe(_own(settings), timeout, on_table)

    def sample(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = SAMPLE_ROWS) -> Sample:
        """Return the first rows."""
        from .probe import sample

        return sample(_own(settings), table, rows)

    def profile(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = 10_000) -> Profile:
        """Profile a bounded sample, spread over the pages of a large table."""
        from .probe import profile

        return profile(_own(settings), table, rows)

    def test(self, settings: ConnectorSettings, *, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> str:
        """Connect and make sure that the role may create schemas."""
        from .probe import check_destination

        return check_destination(_own(settings), timeout)


def _own(settings: ConnectorSettings) -> PostgresSettings:
    return PostgresSettings.model_validate(settings.model_dump())
