"""Files on this machine: CSV, JSON Lines and Parquet to read, a Parquet folder to write."""

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

from .settings import FilesSettings


class Files(Connector):
    """Local files as a source, a Parquet folder as a destination."""

    id = "files"
    title = "Files"
    summary = "CSV, JSON Lines and Parquet files to read; a partitioned Parquet folder to write"
    summaries: ClassVar[Mapping[Role, str]] = {
        "source": "CSV, JSON Lines or Parquet: one file, a folder, or a pattern as *.csv",
        "destination": "a folder of Parquet files, partitioned by a column if you like",
    }
    roles: ClassVar[frozenset[Role]] = frozenset({"source", "destination"})
    kind: ClassVar[Kind] = "files"
    Settings = FilesSettings
    capabilities = Capabilities(
        extraction=frozenset({"full", "incremental"}),
        loading=frozenset({"append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"}),
        schema_changes=frozenset({"add_column", "widen_type", "drop_column"}),
        compute=frozenset({"sql", "python"}),
        partitions=True,
        typed=False,
        guarantee=(
            "exactly once for whoever reads the files that _manifest.json lists: it is replaced in one step, "
            "last; a reader that globs the folder may see old and new files while a load is published"
        ),
    )
    requirements = Requirements(packages=("duckdb>=2.0,<3",))
    templates = Templates(
        source=("src/extractors/files.py", "src/extractors/parquet.py"), destination=("src/loaders/files.py",)
    )

    def probe(
        self,
        settings: ConnectorSettings,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        on_table: ProgressCallback | None = None,
    ) -> Catalog:
        """Group the files into tables, and read the head of each."""
        from .probe import probe

        return probe(_own(settings), on_table)

    def sample(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = SAMPLE_ROWS) -> Sample:
        """Return the first rows."""
        from .probe import sample

        return sample(_own(settings), table, rows)

    def profile(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = 10_000) -> Profile:
        """Profile the first rows."""
        from .probe import profile

        return profile(_own(settings), table, rows)

    def test(self, settings: ConnectorSettings, *, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> str:
        """Tell whether the folder can be written, without writing."""
        from .probe import check_destination

        return check_destination(_own(settings).path)


def _own(settings: ConnectorSettings) -> FilesSettings:
    return FilesSettings.model_validate(settings.model_dump())
