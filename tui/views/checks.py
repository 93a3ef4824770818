"""Quality checks as the Quality step lists them, their fields, and what they say of the samples."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from generator.design.models import Check, PipelineDesign

from .live_query import dialect_of, samples_of

if TYPE_CHECKING:
    from generator.checks.model import CheckField
    from generator.connectors.catalog import Sample
    from tui.state import Facts
    from tui.steps.base import Preview

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
_SAMPLE_ROWS = 500


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
            f"{self.index} {self.text}" if self.kind != "check" else str(self.index),
        )


@dataclass(frozen=True)
class SuggestedCheck:
    """A check that is advised, where it would stand and why."""

    stage: StageName
    check: Check
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a check says of the samples."""

    status: Literal["passed", "failed", "measured", "errored", "unknown"]
    text: str = ""

    @property
    def short(self) -> str:
        """The verdict in the few words a column has room for."""
        if self.status == "passed":
            return self.text.removeprefix("passes on ").partition(" (")[0]
        if self.status == "failed":
            return self.text.rpartition(": ")[2].partition(" (")[0] + " fail"
        return self.text

    @property
    def glyph(self) -> str:
        """State by glyph."""
        return {"passed": "✓", "failed": "✗", "measured": "~", "errored": "!", "unknown": "·"}[self.status]


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


def new_check(design: PipelineDesign, stage: str, kind: str, table: str) -> Check:
    """Return a check of a type on a table, on the likeliest column: a moment, a number, else the first."""
    from generator.checks.catalogue import check_type
    from generator.design.types import is_numeric, is_temporal

    columns = tables_at(design, stage).get(table, {})
    fields = check_type(kind).fields
    wanted = {"freshness": is_temporal, "range": is_numeric}.get(kind, lambda _: True)
    first = next((name for name, type_name in columns.items() if wanted(type_name)), None)
    values: dict[str, Any] = {"check": kind, "table": table}
    if "column" in fields and first:
        values["column"] = first
    elif "columns" in fields and first and check_type(kind).required:
        values["columns"] = [first]
    values |= {name: value for name, value in _STARTING_VALUES.get(kind, {}).items() if name in fields}
    return Check.model_validate(values)


_STARTING_VALUES: dict[str, dict[str, Any]] = {
    "row_count": {"min_rows": 1},
    "freshness": {"max_age_hours": 48},
    "range": {"min": 0},
    "null_rate": {"max_percent": 5},
    "regex": {"pattern": "^.+$"},
    "length": {"min_length": 1},
}


def field_text(check: Check, field: CheckField) -> str | bool:
    """Return a field's value as the form shows it."""
    value = getattr(check, field.name)
    if field.editor == "flag":
        return bool(value)
    if isinstance(value, list):
        return ", ".join("NULL" if each is None else str(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def put_field(check: Check, field: CheckField, value: str | bool, columns: Mapping[str, str]) -> None:
    """Put what a person gave into a check.

    Raises:
        ValueError: with a sentence for the person, when the field cannot hold it.
    """
    try:
        setattr(check, field.name, _parsed(check, field, value, columns))
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from error


def _parsed(check: Check, field: CheckField, value: str | bool, columns: Mapping[str, str]) -> object:
    from generator.design.types import is_numeric

    if isinstance(value, bool):
        return value
    text = value.strip()
    if field.editor in {"columns", "reference_columns", "values"}:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if field.editor == "values" and is_numeric(columns.get(check.column or "", "text")):
            return [_number(part) for part in parts]
        return parts
    if not text:
        return None
    if field.editor in {"number", "integer"}:
        number = _number(text)
        if field.editor == "integer" and not isinstance(number, int):
            raise ValueError(f"{text!r} is not a whole number")
        return number
    return text


def _number(text: str) -> int | float:
    plain = text.replace("_", "").replace(" ", "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


class DryRuns:
    """What checks say of the samples; a check that was tried before on the same rows is not tried again."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Verdict] = {}
        self._outputs: tuple[object, dict[str, Sample]] | None = None
        self._one_at_a_time = threading.Lock()

    def verdicts(self, design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Verdict]:
        """Return the verdict of every complete check by design path. Call it off the screen's thread."""
        with self._one_at_a_time:
            return self._verdicts(design, facts)

    def _verdicts(self, design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Verdict]:
        from generator.checks.catalogue import problems

        staged = {name.rpartition(".")[2]: sample for name, sample in samples_of(design, facts).items()}
        if not staged:
            return {}
        outputs = self._output_samples(design, facts)
        found: dict[str, Verdict] = {}
        for stage in STAGES:
            samples = staged if stage == "pre_transform" or not design.transformations else outputs
            types = tables_at(design, stage)
            for index, check in enumerate(checks_of(design, stage)):
                if not problems(check, types.get(check.table or "") or None, stage=stage):
                    verdict = self._verdict(check, {**staged, **samples}, types)
                    found[f"quality.{stage}[{index}]"] = verdict
        return found

    def _verdict(
        self, check: Check, samples: Mapping[str, Sample], types: Mapping[str, Mapping[str, str]]
    ) -> Verdict:
        from generator.checks.dry_run import dry_run

        needed = sorted({check.table or "", (check.reference_table or "").rpartition(".")[2]} - {""})
        if missing := [name for name in needed if name not in samples]:
            return Verdict("unknown", f"no sample of {', '.join(missing)}")
        at_hand = {name: samples[name] for name in needed}
        shape = tuple(
            (name, id(sample), tuple(types.get(name, {}).items())) for name, sample in at_hand.items()
        )
        key = (check.model_dump_json(), shape)
        if key not in self._known:
            run = dry_run(check, at_hand, types)
            self._known[key] = Verdict(run.status, run.text)
        return self._known[key]

    def _output_samples(self, design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Sample]:
        queries = tuple(
            (item.name, item.type, item.sql, item.output_table) for item in design.transformations
        )
        samples = tuple((name, id(sample)) for name, sample in samples_of(design, facts).items())
        key = (queries, samples)
        if self._outputs is None or self._outputs[0] != key:
            self._outputs = (key, output_samples(design, facts))
        return self._outputs[1]


def output_samples(design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Sample]:
    """Return the rows each SQL transform gives on the samples, by output table."""
    from generator.connectors.catalog import Sample
    from generator.design.relations import output_name
    from generator.sql.design_tables import design_tables, ordered
    from generator.sql.design_tables import output_name as full_name
    from generator.sql.preview import preview

    samples = dict(samples_of(design, facts))
    found: dict[str, Sample] = {}
    for transform in ordered(list(design.transformations), design):
        if transform.type != "sql" or not transform.sql:
            continue
        tables = design_tables(design, before=transform.name)
        result = preview(transform.sql, samples, tables, dialect=dialect_of(transform.sql), rows=_SAMPLE_ROWS)
        if result.error is None:
            sample = Sample(columns=tuple(name for name, _ in result.columns), rows=result.rows)
            found[output_name(transform)] = samples[full_name(transform, design)] = sample
    return found


def generated_check(design: PipelineDesign, row: CheckRow) -> Preview:
    """Return the SQL file the project will hold for a check."""
    from generator.checks.catalogue import check_name, problems, sql
    from tui.steps.base import Preview

    check = row.check
    if check is None or not check.table:
        return Preview("sql/quality_checks/", "-- pick a check to see its query", "sql")
    columns = tables_at(design, row.stage).get(check.table) or None
    if problems(check, columns, stage=row.stage or None):
        return Preview("sql/quality_checks/", "-- the query appears here once the check is complete", "sql")
    schema = design.destination.dataset if row.stage == "final" else design.destination.staging_schema
    reference = f"{schema}.{check.reference_table.rpartition('.')[2]}" if check.reference_table else None
    text = sql(check, f"{schema}.{check.table}", "duckdb", reference=reference, columns=columns)
    return Preview(f"sql/quality_checks/{check_name(check)}.sql", text, "sql")
