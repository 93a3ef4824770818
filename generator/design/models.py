"""The pipeline design, version 1: what the wizard edits, the YAML file holds and the generator reads.

Every field has a default, because a draft may be incomplete; what is missing or contradictory is said by
`generator.design.problems`. Unknown keys are refused. Field titles and descriptions feed forms and help.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .types import LogicalType

DESIGN_VERSION = 1

ExtractionStrategy = Literal["full", "incremental", "cdc"]
LoadStrategy = Literal["append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"]
Severity = Literal["warn", "error", "critical"]
PiiAction = Literal["drop", "mask", "tokenize"]
Pattern = Literal["auto", "batch_etl", "batch_elt", "micro_batch", "streaming_etl", "hybrid"]
Orchestrator = Literal["airflow", "prefect", "dagster", "cron"]
Compute = Literal["sql", "pandas", "dbt", "spark", "flink"]
SchemaDesign = Literal["star", "snowflake", "one_big_table", "data_vault"]
Scalar = str | int | float | bool | None


def _as_list(value: Any) -> Any:
    """Accept one name where a list of names is meant (the reference document writes ``primary_key: id``)."""
    return [value] if isinstance(value, str) else value


def _short_strategy(value: Any) -> Any:
    """Accept the reference document's ``scd_type_2`` for ``scd2``."""
    if isinstance(value, str) and value.startswith("scd_type_"):
        return "scd" + value.removeprefix("scd_type_")
    return value


Names = Annotated[list[str], BeforeValidator(_as_list)]
Strategy = Annotated[LoadStrategy, BeforeValidator(_short_strategy)]


class Model(BaseModel):
    """Base of all parts of a design: unknown keys are errors, assignments are checked."""

    model_config = ConfigDict(
        extra="forbid",
        validate_assignment=True,
        populate_by_name=True,
        serialize_by_alias=True,
        allow_inf_nan=False,
    )


class PipelineInfo(Model):
    """What the pipeline is called, who owns it and when it runs."""

    name: str = Field("", title="Name", description="snake_case: folder and package name")
    description: str = Field("", title="Description")
    version: str = Field("1.0.0", title="Version")
    owner: str = Field("", title="Owner", description="Team or person to call at 3 a.m.")
    tags: Names = Field(default_factory=list, title="Tags")
    schedule: str | None = Field("0 6 * * *", title="Schedule", description="cron; null for continuous")
    timezone: str = Field("UTC", title="Time zone", description="IANA name, as Europe/Berlin")
    max_runtime_minutes: int = Field(120, ge=1, title="Longest run, minutes")
    depends_on: Names = Field(default_factory=list, title="Upstream pipelines")


class Extraction(Model):
    """How rows leave a source. On a table, only the fields that are set override the source's."""

    strategy: ExtractionStrategy | None = None
    watermark_column: str | None = None
    lookback_minutes: int | None = Field(None, ge=0)
    batch_size: int | None = Field(None, ge=1)


class Loading(Model):
    """How rows are published. On a table or transformation, only the fields that are set override."""

    strategy: Strategy | None = None
    key: Names = Field(default_factory=list, description="Columns that identify a row in the target")
    version_column: str | None = Field(None, description="Newer value wins (default: the watermark column)")
    deleted_column: str | None = Field(
        None, description="Marks a row as deleted: true, not zero, not a word for no, or a time"
    )
    tracked_columns: Names = Field(
        default_factory=list, description="scd3: columns whose previous value is kept"
    )
    partition_field: str | None = None
    cluster_fields: Names = Field(default_factory=list)


class Contract(Model):
    """What to do when a source table changes its shape."""

    new_column: Literal["evolve", "freeze"] = "evolve"
    dropped_column: Literal["keep", "stop"] = "keep"
    widened_type: Literal["evolve", "stop"] = "evolve"
    type_conflict: Literal["dead_letter", "stop"] = "dead_letter"


class Column(Model):
    """One column as probed: name, logical type, the source's own spelling of it, and what cannot be carried exactly."""

    name: str
    type: LogicalType = "text"
    nullable: bool = True
    source_type: str = ""
    caveat: str = Field("", exclude_if=lambda caveat: not caveat)


class Table(Model):
    """One table, view or file set of a source.

    ``schema`` holds the probed columns. The reference document writes the database schema there; a string is
    therefore read as ``namespace``.
    """

    namespace: str | None = Field(None, description="Database schema; null for the connection's default")
    table: str = ""
    alias: str | None = Field(None, description="Name in staging, where two sources share a table name")
    primary_key: Names = Field(default_factory=list)
    columns: Literal["*"] | list[str] = "*"
    extraction: Extraction | None = None
    loading: Loading | None = None
    contract: Contract | None = None
    pii: dict[str, PiiAction] = Field(default_factory=dict)
    columns_probed: list[Column] = Field(
        default_factory=list,
        validation_alias=AliasChoices("schema", "columns_probed"),
        serialization_alias="schema",
    )

    @model_validator(mode="before")
    @classmethod
    def _namespace_from_schema(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("schema"), str):
            data = dict(data)
            data.setdefault("namespace", data.pop("schema"))
        return data

    @property
    def staging_name(self) -> str:
        """Name of the table in staging, and of the published table where there are no transformations."""
        return self.alias or self.table


class Source(Model):
    """A system rows come from, and the tables taken from it."""

    name: str = ""
    type: str = ""
    connection: dict[str, Scalar] = Field(default_factory=dict)
    extraction: Extraction = Field(default_factory=Extraction)
    tables: list[Table] = Field(default_factory=list)


class Destination(Model):
    """The system rows go to."""

    name: str = "warehouse"
    type: str = ""
    connection: dict[str, Scalar] = Field(default_factory=dict)
    dataset: str = Field(
        "analytics", validation_alias=AliasChoices("schema", "dataset"), serialization_alias="schema"
    )
    staging_schema: str = "staging"
    schema_design: SchemaDesign = "star"
    loading: Loading = Field(default_factory=Loading)
    column_types: dict[str, dict[str, LogicalType]] = Field(
        default_factory=dict, description="Target types that differ from the source's, per table and column"
    )


class Transformation(Model):
    """One published table computed from staging; ``sql`` is a query, ``code`` a Python module's text."""

    name: str = ""
    type: Literal["sql", "python", "dbt"] = "sql"
    description: str = ""
    input_tables: Names = Field(default_factory=list)
    output_table: str = ""
    sql: str | None = None
    sql_file: str | None = Field(None, description="Path of a file that holds the query, beside the design")
    code: str | None = Field(
        None, description="Python with transform(inputs: dict[str, pa.Table]) -> pa.Table"
    )
    loading: Loading | None = None


class Check(Model):
    """One quality check; which of the fields it needs is said by its entry in the check catalogue."""

    check: str = ""
    name: str | None = None
    table: str | None = None
    column: str | None = None
    columns: Names = Field(default_factory=list)
    severity: Severity = "error"
    min: float | int | None = None
    max: float | int | None = None
    min_rows: int | None = None
    max_rows: int | None = None
    max_age_hours: float | None = None
    reference_table: str | None = None
    reference_column: str | None = None
    reference_columns: Names = Field(default_factory=list)
    values: list[Scalar] = Field(default_factory=list)
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_percent: float | None = Field(
        None, description="null_rate, volume_anomaly, reconciliation: tolerated percent"
    )
    min_history: int | None = Field(None, description="volume_anomaly: runs needed before it judges")
    allow_null: bool = Field(
        True, description="range, regex, ...: NULL passes; referential_integrity: NULL is no orphan"
    )
    sql: str | None = Field(None, description="custom_sql: a query that returns the offending rows")


class Thresholds(Model):
    """When rejected rows stop a run, and how small a table may get."""

    max_failure_rate_percent: float = Field(1.0, ge=0, le=100)
    max_failed_rows: int = Field(
        100, ge=0, description="the breaker trips only when rate and count are both exceeded"
    )
    min_row_count_ratio: float = Field(0.9, ge=0)


class Quality(Model):
    """Checks by stage; ``final`` run on what was published."""

    pre_transform: list[Check] = Field(default_factory=list)
    post_transform: list[Check] = Field(default_factory=list)
    final: list[Check] = Field(default_factory=list)
    thresholds: Thresholds = Field(default_factory=Thresholds)


class Retry(Model):
    """Retries of transient errors: exponential, with jitter."""

    max_attempts: int = Field(3, ge=1)
    initial_delay_seconds: float = Field(1, ge=0)
    backoff_factor: float = Field(2, ge=1)
    max_delay_seconds: float = Field(300, ge=0)


class Requirements(Model):
    """What is asked of the pipeline as a whole."""

    freshness_minutes: float | None = Field(
        1440, gt=0, title="Freshness, minutes", description="How stale the data may be"
    )
    expected_rows_per_day: int | None = Field(None, ge=0)
    expected_runtime_minutes: float | None = Field(None, gt=0, description="p95 of a run, once known")
    retention_days: int | None = Field(None, ge=1)
    realtime_history: bool = Field(False, description="History is needed beside real-time results")
    retry: Retry = Field(default_factory=Retry)
    compliance: list[Literal["gdpr", "hipaa", "soc2"]] = Field(default_factory=list)


class Technology(Model):
    """Architecture, orchestrator and compute; ``auto`` lets the advice choose."""

    pattern: Pattern = "auto"
    orchestrator: Orchestrator = "airflow"
    compute: Compute = "sql"


class AlertChannel(Model):
    """Where alerts go; webhook URLs are ${ENV_NAME} references."""

    type: Literal["slack", "email", "webhook", "pagerduty"] = "slack"
    webhook_url: str | None = None
    channel: str | None = None
    recipients: Names = Field(default_factory=list)
    routing_key: str | None = None


class AlertRule(Model):
    """An alert rule in the reference document's form; rendered as a Prometheus rule."""

    name: str = ""
    condition: str = ""
    severity: Literal["info", "warn", "error", "critical"] = "error"
    channels: Names = Field(default_factory=list)


class Alerts(Model):
    """Alert channels and rules."""

    channels: list[AlertChannel] = Field(default_factory=list)
    rules: list[AlertRule] = Field(default_factory=list)


class MetricSpec(Model):
    """A metric named in the reference document's form; known names are checked, unknown ones are problems."""

    name: str = ""
    type: Literal["counter", "gauge", "histogram", "summary"] = "gauge"


class Monitoring(Model):
    """Alerts and metrics."""

    alerts: Alerts = Field(default_factory=Alerts)
    metrics: list[MetricSpec] = Field(default_factory=list)


class PipelineDesign(Model):
    """The whole design."""

    version: int = DESIGN_VERSION
    pipeline: PipelineInfo = Field(default_factory=PipelineInfo)
    sources: list[Source] = Field(default_factory=list)
    destination: Destination = Field(default_factory=Destination)
    transformations: list[Transformation] = Field(default_factory=list)
    quality: Quality = Field(default_factory=Quality)
    requirements: Requirements = Field(default_factory=Requirements)
    technology: Technology = Field(default_factory=Technology)
    monitoring: Monitoring = Field(default_factory=Monitoring)
