"""What the configuration expects of the data at each stage, as checks ready to run."""

from __future__ import annotations

from ..settings import CheckSettings, Settings
from .check_file import CheckFile, read_check_file
from .checks import CheckSeverity, QualityCheck

CHECK_FOLDER = "sql/quality_checks"
STAGES = {
    "pre_transform": "pre_transform",
    "pre_transform_quality": "pre_transform",
    "post_transform": "post_transform",
    "post_transform_quality": "post_transform",
    "final": "final",
    "final_quality": "final",
    "loading": "pre_transform",
}
"""The names a stage goes by, and its list in the configuration."""
_OF_WHOLE_TABLES = {
    "unique", "freshness", "row_count", "volume_anomaly", "reconciliation", "referential_integrity",
}  # fmt: skip
_KEYED_STRATEGIES = {"upsert", "merge", "scd1", "scd3"}


def expectations(settings: Settings, stage: str) -> list[QualityCheck]:
    """Return the checks of a stage, in the order of the configuration, each with the SQL of its file.

    Those of the stage loading are checks before the transformation that judge what will be published.
    """
    configured: tuple[CheckSettings, ...] = getattr(settings.quality, STAGES[stage])
    if STAGES[stage] == "pre_transform":
        now = stage == "loading"
        configured = tuple(check for check in configured if judged_when_loading(settings, check) is now)
    return [_expectation(settings, check) for check in configured]


def judged_when_loading(settings: Settings, check: CheckSettings) -> bool:
    """Tell whether a check before the transformation is asked inside the publishing transaction.

    Where tables are only copied, a run stages the rows that arrive: what judges a whole table, or looks at another
    one, would be wrong on those alone. Unique arrivals need nothing more where rows are loaded by that very key.
    """
    if settings.mode == "modelled" or check.check not in _OF_WHOLE_TABLES:
        return False
    if check.check == "referential_integrity":
        return True
    table = next((table for table in settings.tables if table.staging_name == check.table), None)
    if table is None or not table.extraction.incremental:
        return False
    loading = table.loading or settings.destination.loading
    columns = {*check.columns, *([check.column] if check.column else [])}
    keyed = loading.strategy in _KEYED_STRATEGIES and bool(loading.key)
    return not (check.check == "unique" and keyed and set(loading.key) <= columns)


def _expectation(settings: Settings, check: CheckSettings) -> QualityCheck:
    path = settings.home / CHECK_FOLDER / f"{check.name}.sql"
    problem = ""
    try:
        file = read_check_file(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        file, problem = CheckFile("", "", ""), f"{CHECK_FOLDER}/{path.name} cannot be read: {reason}"
    else:
        if not file.query:
            problem = f"{CHECK_FOLDER}/{path.name} holds no query"
    return QualityCheck(
        name=check.name,
        kind=check.check,
        table=check.table or "",
        description=file.description or f"{check.check} on {check.table}",
        severity=CheckSeverity(check.severity),
        query=file.query,
        examples=file.examples,
        problem=problem,
        keys=_keys(settings, check.table or ""),
        columns=tuple(dict.fromkeys([*([check.column] if check.column else []), *check.columns])),
        tolerance_percent=check.max_percent,
        min_history=check.min_history,
    )


def _keys(settings: Settings, name: str) -> tuple[str, ...]:
    """Return the columns that identify a row of a table, without personal data."""
    for transformation in settings.transformations:
        if name in (transformation.output_name, transformation.name):
            return transformation.loading.key
    for table in settings.tables:
        if table.staging_name == name:
            personal = {column.name for column in table.columns if column.pii}
            return tuple(key for key in table.primary_key if key not in personal)
    return ()
