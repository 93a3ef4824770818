"""The pipeline's configuration: ``config/pipeline_config.yaml`` read into frozen dataclasses.

Everything here is plain data. Connection values may hold ``${NAME}`` references; they are expanded only
when a connection is asked for, so that reading the configuration needs no secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .demands import (
    AlertChannelSettings,
    CheckSettings,
    MonitoringSettings,
    QualitySettings,
    RequirementSettings,
    Thresholds,
)
from .utils.environment import Scalar, expand, find_home, read_environment
from .utils.retry import ConfigurationError

__all__ = [
    "CONFIG_FILE",
    "AlertChannelSettings",
    "CheckSettings",
    "ColumnSettings",
    "ContractSettings",
    "DestinationSettings",
    "ExtractionSettings",
    "LoadingSettings",
    "Mode",
    "MonitoringSettings",
    "PipelineSettings",
    "QualitySettings",
    "RequirementSettings",
    "Scalar",
    "Settings",
    "SourceSettings",
    "TableSettings",
    "Thresholds",
    "TransformationSettings",
    "load_settings",
]
CONFIG_FILE = Path("config") / "pipeline_config.yaml"
Mode: TypeAlias = Literal["modelled", "replicate"]


@dataclass(frozen=True)
class PipelineSettings:
    """What the pipeline is called, who owns it and when it runs."""

    name: str
    description: str = ""
    version: str = "1.0.0"
    owner: str = ""
    tags: tuple[str, ...] = ()
    schedule: str | None = None
    timezone: str = "UTC"
    max_runtime_minutes: int = 120
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExtractionSettings:
    """How rows leave a source table; ``batch_size`` in rows."""

    strategy: str = "full"
    watermark_column: str | None = None
    lookback_minutes: int = 0
    batch_size: int = 50_000

    @property
    def incremental(self) -> bool:
        """Whether a run takes only the rows from the last watermark on."""
        return self.strategy == "incremental" and self.watermark_column is not None


@dataclass(frozen=True)
class LoadingSettings:
    """How rows are published."""

    strategy: str = "overwrite"
    key: tuple[str, ...] = ()
    version_column: str | None = None
    deleted_column: str | None = None
    tracked_columns: tuple[str, ...] = ()
    partition_field: str | None = None
    cluster_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractSettings:
    """What to do when a source table changes its shape."""

    new_column: str = "evolve"
    dropped_column: str = "keep"
    widened_type: str = "evolve"
    type_conflict: str = "dead_letter"


@dataclass(frozen=True)
class ColumnSettings:
    """One column: logical type, the source's spelling of it, ``pii`` (drop, mask, tokenize or None)."""

    name: str
    type: str = "text"
    nullable: bool = True
    source_type: str = ""
    pii: str | None = None


@dataclass(frozen=True)
class TableSettings:
    """One source table.

    ``columns`` are those taken, in order, including those dropped as personal data; ``unchosen`` are columns the
    source is known to have that are not taken.
    """

    source: str
    table: str
    staging_name: str
    namespace: str | None = None
    columns: tuple[ColumnSettings, ...] = ()
    primary_key: tuple[str, ...] = ()
    extraction: ExtractionSettings = field(default_factory=ExtractionSettings)
    loading: LoadingSettings | None = None
    contract: ContractSettings = field(default_factory=ContractSettings)
    unchosen: tuple[str, ...] = ()

    @property
    def landed_columns(self) -> tuple[ColumnSettings, ...]:
        """The columns that reach staging: all but those dropped as personal data."""
        return tuple(column for column in self.columns if column.pii != "drop")

    @property
    def full_name(self) -> str:
        """The table's name in its source, for people."""
        return f"{self.namespace}.{self.table}" if self.namespace else self.table


@dataclass(frozen=True)
class SourceSettings:
    """A system rows come from; ``connection`` is unexpanded (see `Settings.connection`)."""

    name: str
    type: str
    connection: Mapping[str, Scalar]
    tables: tuple[TableSettings, ...]


@dataclass(frozen=True)
class DestinationSettings:
    """The system rows go to; ``schema`` holds published tables, ``staging_schema`` the staging of ELT."""

    name: str
    type: str
    connection: Mapping[str, Scalar]
    schema: str = "analytics"
    staging_schema: str = "staging"
    schema_design: str = "star"
    loading: LoadingSettings = field(default_factory=LoadingSettings)
    column_types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TransformationSettings:
    """One computed table; ``sql_file`` is relative to the project's home, None for a Python transform."""

    name: str
    type: str
    output_table: str
    input_tables: tuple[str, ...] = ()
    description: str = ""
    sql_file: str | None = None
    loading: LoadingSettings = field(default_factory=LoadingSettings)

    @property
    def output_name(self) -> str:
        """The published table's bare name."""
        return self.output_table.rpartition(".")[2]


@dataclass(frozen=True)
class Settings:
    """The whole configuration, the project's home folder and the environment it is expanded from."""

    pipeline: PipelineSettings
    sources: tuple[SourceSettings, ...]
    destination: DestinationSettings
    transformations: tuple[TransformationSettings, ...]
    quality: QualitySettings
    requirements: RequirementSettings
    monitoring: MonitoringSettings
    pattern: str
    orchestrator: str
    home: Path
    environment: Mapping[str, str] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def mode(self) -> Mode:
        """``modelled`` when there are transformations, else ``replicate``: every table under its own name."""
        return "modelled" if self.transformations else "replicate"

    @property
    def elt(self) -> bool:
        """Whether staging lies in the destination and transforms run there."""
        return self.pattern == "batch_elt" and self.destination.type != "files"

    @property
    def state_dir(self) -> Path:
        """The folder for what a run keeps on this machine; losing it costs a full re-extract, never data."""
        return self.path(self.environment.get("PIPELINE_STATE_DIR", ".state"))

    @property
    def meta_schema(self) -> str:
        """The schema in the destination that holds state, runs, check results, dead letters and lineage."""
        return f"_{self.pipeline.name}"

    @property
    def tables(self) -> tuple[TableSettings, ...]:
        """All source tables, in the order of the configuration."""
        return tuple(table for source in self.sources for table in source.tables)

    def table(self, staging_name: str) -> TableSettings:
        """Return the table with this staging name.

        Raises:
            ConfigurationError: there is none.
        """
        for table in self.tables:
            if table.staging_name == staging_name:
                return table
        known = ", ".join(table.staging_name for table in self.tables)
        raise ConfigurationError(f"there is no table {staging_name!r}; known are {known}")

    def published(self) -> Iterator[tuple[str, LoadingSettings]]:
        """Yield every published table's name with how it is loaded."""
        if self.transformations:
            for transformation in self.transformations:
                yield transformation.output_name, transformation.loading
        else:
            for table in self.tables:
                yield table.staging_name, table.loading or self.destination.loading

    def path(self, value: str | Path) -> Path:
        """Return a path; a relative one counts from the project's home."""
        return self.home / Path(value).expanduser()

    def expand(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return the values with every ``${NAME}`` replaced (also from the file ``NAME_FILE`` names).

        Raises:
            ConfigurationError: names every variable that is missing, at once.
        """
        return expand(values, self.environment)

    def require_variables(self) -> None:
        """Make sure that the variables of all connections are there.

        Raises:
            ConfigurationError: names every one that is missing, at once.
        """
        systems: tuple[SourceSettings | DestinationSettings, ...] = (*self.sources, self.destination)
        self.expand({f"{s.name}.{key}": value for s in systems for key, value in s.connection.items()})

    def connection(self, system: SourceSettings | DestinationSettings) -> dict[str, Scalar]:
        """Return a source's or the destination's connection values, expanded.

        Raises:
            ConfigurationError: names every variable that is missing, at once.
        """
        return expand(system.connection, self.environment, where=system.name)


def load_settings(home: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration of the project at ``home``.

    Args:
        home: The project's root folder; default: ``PIPELINE_HOME``, else found from this package.
        environment: Variables to expand from; default: the process environment, then ``.env`` in the home.

    Raises:
        ConfigurationError: the file is missing, malformed or lacks a value.
    """
    from .utils.config_file import parse, read

    root = (home or find_home(CONFIG_FILE)).resolve()
    return parse(
        read(root / CONFIG_FILE), root, read_environment(root) if environment is None else environment
    )
