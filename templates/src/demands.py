"""What is asked of the pipeline: checks, thresholds, freshness, retries, and who is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from .utils.environment import Scalar
from .utils.retry import RetryPolicy


@dataclass(frozen=True)
class CheckSettings:
    """One quality check, with the fields its kind needs."""

    check: str
    name: str
    table: str | None = None
    column: str | None = None
    columns: tuple[str, ...] = ()
    severity: str = "error"
    min: float | int | None = None
    max: float | int | None = None
    min_rows: int | None = None
    max_rows: int | None = None
    max_age_hours: float | None = None
    reference_table: str | None = None
    reference_column: str | None = None
    reference_columns: tuple[str, ...] = ()
    values: tuple[Scalar, ...] = ()
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_percent: float | None = None
    min_history: int | None = None
    allow_null: bool = True
    sql: str | None = None


@dataclass(frozen=True)
class Thresholds:
    """When rejected rows stop a run (rate and count both exceeded), and how small a table may get."""

    max_failure_rate_percent: float = 1.0
    max_failed_rows: int = 100
    min_row_count_ratio: float = 0.9


@dataclass(frozen=True)
class QualitySettings:
    """Checks by stage."""

    pre_transform: tuple[CheckSettings, ...] = ()
    post_transform: tuple[CheckSettings, ...] = ()
    final: tuple[CheckSettings, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True)
class RequirementSettings:
    """What is asked of the pipeline as a whole."""

    freshness_minutes: float | None = None
    expected_rows_per_day: int | None = None
    expected_runtime_minutes: float | None = None
    retention_days: int | None = None
    realtime_history: bool = False
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    compliance: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlertChannelSettings:
    """Where alerts go; values may be ``${NAME}`` references (see `Settings.expand`)."""

    type: str
    webhook_url: str | None = None
    channel: str | None = None
    recipients: tuple[str, ...] = ()
    routing_key: str | None = None


@dataclass(frozen=True)
class MonitoringSettings:
    """Alert channels."""

    channels: tuple[AlertChannelSettings, ...] = ()
