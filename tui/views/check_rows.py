"""Quality checks as the Quality step lists them: stage by stage, what is suggested behind what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.design.models import Check, PipelineDesign

StageName = Literal["pre_transform", "post_transform", "final"]
STAGES: tuple[StageName, ...] = ("pre_transform", "post_transform", "final")
STAGE_TITLES: dict[str, str] = {
    "pre_transform": "Before the transforms",
    "post_transform": "After the transforms",
    "final": "On what was published",
}
SEVERITY_GLYPHS = {"warn": "▵", "error": "!", "critical": "‼"}
SEVERITY_WORDS = {
    "warn": "publish and notify",
    "error": "publish nothing, hold the watermark",
    "critical": "publish nothing, page, suspend until acknowledged",
}


@dataclass(frozen=True)
class CheckRow:
    """One line of the list: a stage's heading, a check, a suggested check, or the thresholds."""

    kind: Literal["heading", "check", "suggestion", "thresholds"]
    stage: StageName | Literal[""] = ""
    index: int = -1
    check: Check | None = None
    text: str = ""
    reason: str = ""
    problem: str = ""

    @property
    def path(self) -> str:
        """Design path of the check."""
        return f"quality.{self.stage}[{self.index}]"

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same when checks are added or deleted."""
        return (
            self.kind,
            self.stage,
            f"{self.index} {self.text}" if self.kind == "suggestion" else str(self.index),
        )


@dataclass(frozen=True)
class SuggestedCheck:
    """A check that is advised, where it would stand and why."""

    stage: StageName
    check: Check
    reason: str


def checks_of(design: PipelineDesign, stage: str) -> list[Check]:
    """Return the checks of a stage; the list itself, not a copy."""
    found: list[Check] = getattr(design.quality, stage)
    return found


def check_rows(
    design: PipelineDesign,
    suggested: Sequence[SuggestedCheck] = (),
    problems: Mapping[str, str] | None = None,
) -> list[CheckRow]:
    """Return the lines of the list: stage by stage the checks, then what is suggested for the stage."""
    rows: list[CheckRow] = []
    for stage in STAGES:
        checks = checks_of(design, stage)
        offered = [each for each in suggested if each.stage == stage]
        count = f"{len(checks)} check{'s' if len(checks) != 1 else ''}"
        more = f", {len(offered)} suggested" if offered else ""
        rows.append(CheckRow("heading", stage, text=f"{STAGE_TITLES[stage]} · {count}{more}"))
        for index, check in enumerate(checks):
            path = f"quality.{stage}[{index}]"
            wrong = next((text for at, text in (problems or {}).items() if _within(at, path)), "")
            rows.append(CheckRow("check", stage, index, check, sentence(check), problem=wrong))
        for number, each in enumerate(offered):
            rows.append(CheckRow("suggestion", stage, number, each.check, sentence(each.check), each.reason))
    limits = design.quality.thresholds
    text = (
        f"stop at more than {limits.max_failure_rate_percent:g} % and {limits.max_failed_rows} rejected rows"
    )
    rows.append(CheckRow("thresholds", text=text))
    return rows


def _within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))


def sentence(check: Check) -> str:
    """Return what a check asserts, in one line; also for one whose type is not known."""
    from generator.checks.catalogue import CHECKS, describe

    if check.check not in CHECKS:
        return f"{check.check or 'no type chosen'} on {check.table or 'no table'}"
    return describe(check)


def tables_at(design: PipelineDesign, stage: str) -> dict[str, dict[str, str]]:
    """Return the tables a check of a stage may look at, with the types of their columns."""
    from generator.design.relations import output_name
    from generator.sql.design_tables import design_tables, staging_tables

    staged = {name.partition(".")[2]: columns for name, columns in staging_tables(design).items()}
    if stage == "pre_transform" or not design.transformations:
        return staged
    outputs = {output_name(transform) for transform in design.transformations}
    every = {name.rpartition(".")[2]: columns for name, columns in design_tables(design).items()}
    return {name: every.get(name, {}) for name in outputs}
