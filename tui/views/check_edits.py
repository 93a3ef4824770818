"""What can be done to the list of quality checks; each returns where the check now is."""

from __future__ import annotations

from collections.abc import Sequence

from generator.design.models import Check, PipelineDesign

from .check_fields import new_check
from .check_rows import CheckRow, StageName, SuggestedCheck, checks_of

Place = tuple[StageName, int]


def add(design: PipelineDesign, stage: StageName, kind: str, table: str) -> Place:
    """Append a new check to a stage."""
    return _append(design, stage, new_check(design, stage, kind, table))


def take(design: PipelineDesign, suggested: Sequence[SuggestedCheck]) -> None:
    """Append checks that are advised, each to its stage."""
    for each in suggested:
        _append(design, each.stage, each.check.model_copy(deep=True))


def duplicate(design: PipelineDesign, row: CheckRow) -> Place:
    """Insert a copy behind the original, without its name: names are unique."""
    checks = checks_of(design, row.stage)
    checks.insert(row.index + 1, checks[row.index].model_copy(deep=True, update={"name": None}))
    return row.stage or "pre_transform", row.index + 1


def delete(design: PipelineDesign, row: CheckRow) -> None:
    """Delete a check."""
    del checks_of(design, row.stage)[row.index]


def move(design: PipelineDesign, row: CheckRow, stage: StageName) -> Place:
    """Move a check to the end of another stage."""
    return _append(design, stage, checks_of(design, row.stage).pop(row.index))


def _append(design: PipelineDesign, stage: StageName, check: Check) -> Place:
    checks = checks_of(design, stage)
    checks.append(check)
    return stage, len(checks) - 1
