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
}
"""The names a stage goes by, and its list in the configuration."""


def expectations(settings: Settings, stage: str) -> list[QualityCheck]:
    """Return the checks of a stage, in the order of the configuration, each with the SQL of its file."""
    configured: tuple[CheckSettings, ...] = getattr(settings.quality, STAGES[stage])
    return [_expectation(settings, check) for check in configured]


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
