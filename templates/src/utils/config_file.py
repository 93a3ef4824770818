"""Reading ``pipeline_config.yaml``: YAML in, settings out, with the file and line of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..settings import (
    AlertChannelSettings,
    CheckSettings,
    ColumnSettings,
    ContractSettings,
    DestinationSettings,
    ExtractionSettings,
    LoadingSettings,
    MonitoringSettings,
    PipelineSettings,
    QualitySettings,
    RequirementSettings,
    Settings,
    SourceSettings,
    TableSettings,
    Thresholds,
    TransformationSettings,
)
from .retry import ConfigurationError, RetryPolicy

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
_CHOICES: dict[type, dict[str, tuple[str, ...]]] = {
    ExtractionSettings: {"strategy": ("full", "incremental")},
    LoadingSettings: {"strategy": ("append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3")},
    ContractSettings: {
        "new_column": ("evolve", "freeze"),
        "dropped_column": ("keep", "stop"),
        "widened_type": ("evolve", "stop"),
        "type_conflict": ("dead_letter", "stop"),
    },
    ColumnSettings: {"pii": ("drop", "mask", "tokenize")},
    CheckSettings: {"severity": ("warn", "error", "critical")},
}
"""What is one of a few words: one that is misspelt would quietly mean something else."""


def read(file: Path) -> dict[str, Any]:
    """Return the content of a YAML file that holds a mapping.

    Raises:
        ConfigurationError: the file is missing, is no YAML (with the line) or holds no mapping.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = loader(file.read_bytes()).get_single_data()
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: no such file; set PIPELINE_HOME to the project's folder") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        said = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise ConfigurationError(f"{file}{place}: this is not valid YAML: {said}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{file}: expected a mapping at the top")
    return content


def parse(raw: dict[str, Any], home: Path, environment: Mapping[str, str]) -> Settings:
    """Return the settings that a resolved configuration describes.

    Raises:
        ConfigurationError: a needed value is missing or of the wrong form.
    """
    try:
        return _parse(raw, home, environment)
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"the configuration lacks or misspells a value: {error}") from error


def _parse(raw: dict[str, Any], home: Path, environment: Mapping[str, str]) -> Settings:
    destination = _destination(raw["destination"])
    quality = _section(raw, "quality")
    requirements = _section(raw, "requirements")
    technology = _section(raw, "technology")
    alerts = _section(_section(raw, "monitoring"), "alerts")
    return Settings(
        pipeline=_build(PipelineSettings, raw["pipeline"]),
        sources=tuple(_source(source) for source in raw.get("sources") or ()),
        destination=destination,
        transformations=tuple(
            _transformation(item, destination) for item in raw.get("transformations") or ()
        ),
        quality=QualitySettings(
            pre_transform=_checks(quality, "pre_transform"),
            post_transform=_checks(quality, "post_transform"),
            final=_checks(quality, "final"),
            thresholds=_build(Thresholds, _section(quality, "thresholds")),
        ),
        requirements=_build(
            RequirementSettings,
            {**requirements, "retry": _build(RetryPolicy, _section(requirements, "retry"))},
        ),
        monitoring=MonitoringSettings(
            channels=tuple(_build(AlertChannelSettings, item) for item in alerts.get("channels") or ())
        ),
        pattern=_one_of(("batch_etl", "batch_elt"), "pattern", technology.get("pattern", "batch_etl")),
        orchestrator=technology.get("orchestrator", "cron"),
        home=home,
        environment=environment,
        raw=raw,
    )


def _section(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    return dict(raw.get(key) or {})


def _build(kind: type[T], raw: Mapping[str, Any]) -> T:
    """Return a dataclass from the keys of ``raw`` it knows; lists become tuples, nulls become defaults."""
    known = {item.name for item in fields(kind)}
    for key, words in _CHOICES.get(kind, {}).items():
        if raw.get(key) is not None:
            _one_of(words, key, raw[key])
    return kind(**{key: _frozen(value) for key, value in raw.items() if key in known and value is not None})


def _one_of(words: tuple[str, ...], key: str, value: Any) -> Any:
    if value not in words:
        said = f"{key} cannot be {value!r}; it is one of {', '.join(words)}"
        raise ConfigurationError(f"config/pipeline_config.yaml: {said}")
    return value


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _merged(outer: Mapping[str, Any], inner: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``outer`` with what ``inner`` sets laid over it."""
    return {**outer, **{key: value for key, value in (inner or {}).items() if value not in (None, [])}}


def _source(raw: dict[str, Any]) -> SourceSettings:
    return SourceSettings(
        name=raw["name"],
        type=raw["type"],
        connection=_section(raw, "connection"),
        tables=tuple(
            _table(raw["name"], _section(raw, "extraction"), table) for table in raw.get("tables") or ()
        ),
    )


def _table(source: str, extraction: dict[str, Any], raw: dict[str, Any]) -> TableSettings:
    pii = _section(raw, "pii")
    probed = {column["name"]: column for column in raw.get("schema") or ()}
    chosen = raw.get("columns", "*")
    names = list(probed) if chosen == "*" else list(chosen)
    loading = raw.get("loading")
    return TableSettings(
        source=source,
        table=raw["table"],
        staging_name=raw.get("alias") or raw["table"],
        namespace=raw.get("namespace"),
        columns=tuple(
            _build(ColumnSettings, {**probed.get(name, {"name": name}), "pii": pii.get(name)})
            for name in names
        ),
        primary_key=tuple(raw.get("primary_key") or ()),
        extraction=_build(ExtractionSettings, _merged(extraction, raw.get("extraction"))),
        loading=_build(LoadingSettings, loading) if loading else None,
        contract=_build(ContractSettings, _section(raw, "contract")),
        unchosen=tuple(name for name in probed if name not in names),
    )


def _destination(raw: dict[str, Any]) -> DestinationSettings:
    return _build(
        DestinationSettings,
        {
            **raw,
            "connection": _section(raw, "connection"),
            "loading": _build(LoadingSettings, _section(raw, "loading")),
            "column_types": _section(raw, "column_types"),
        },
    )


def _transformation(raw: dict[str, Any], destination: DestinationSettings) -> TransformationSettings:
    loading = raw.get("loading")
    return _build(
        TransformationSettings,
        {**raw, "loading": _build(LoadingSettings, loading) if loading else destination.loading},
    )


def _checks(quality: Mapping[str, Any], stage: str) -> tuple[CheckSettings, ...]:
    return tuple(
        _build(CheckSettings, {"name": item["check"], **_present(item)}) for item in quality.get(stage) or ()
    )


def _present(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if value is not None}
