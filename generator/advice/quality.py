"""Quality checks a design should have: from keys, references, types and the profile, each with its reason.

Few false alarms before many checks: a bound is only proposed where a value beyond it would be wrong by its
meaning, never just because the sample did not hold one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.checks.model import Stage
from generator.connectors.catalog import ColumnProfile, ProbedTable, Profile
from generator.design.models import Check, Column, Extraction, PipelineDesign, Source, Table, Transformation
from generator.design.types import is_numeric, is_temporal
from generator.sql.design_tables import design_tables, landed_columns, output_name

from .advice import Advice
from .loading import advise_output_key
from .personal_data import snake_case

ENOUGH_ROWS = 500
"""Fewer sample rows say too little about which values there are."""
MOST_VALUES = 10
_CATEGORY = re.compile(
    r"(.*_)?(status|state|type|kind|category|class|level|priority|currency|channel|stage|tier|segment|gender)"
)
_NEVER_NEGATIVE = re.compile(
    r"(.*_)?(quantity|qty|price|unit_price|age|weight|height|length|width|count|stock|duration|distance|size"
    r"|population)(_.*)?"
)
_SHARE = re.compile(r"(.*_)?(percent|percentage|pct)")


@dataclass(frozen=True)
class SuggestedCheck:
    """A check with the stage it belongs to and why."""

    stage: Stage
    check: Check
    advice: Advice[str]
    """The choice is the check's severity."""


def suggest_checks(
    design: PipelineDesign,
    tables: Mapping[str, ProbedTable] | None = None,
    profiles: Mapping[str, Profile] | None = None,
) -> list[SuggestedCheck]:
    """Return the checks a design should have and does not have yet, most important first within a stage.

    Args:
        design: Its picked tables and transformations are looked at.
        tables: Probed tables by staging name, for foreign keys and row estimates.
        profiles: Profiles by staging name.
    """
    found: list[SuggestedCheck] = []
    for source in design.sources:
        for table in source.tables:
            name = table.staging_name
            found += _table_checks(
                design, source, table, (tables or {}).get(name), (profiles or {}).get(name)
            )
    known = design_tables(design)
    for transformation in design.transformations:
        found += _output_checks(design, transformation, known.get(output_name(transformation, design), {}))
    present = {_identity(stage, check) for stage, checks in _stages(design) for check in checks}
    return [item for item in found if _identity(item.stage, item.check) not in present]


def _table_checks(
    design: PipelineDesign, source: Source, table: Table, probed: ProbedTable | None, profile: Profile | None
) -> Iterator[SuggestedCheck]:
    columns = landed_columns(table)
    key = [name for name in table.primary_key if name in columns]

    def suggest(kind: str, severity: str, reason: str, rule: str, **fields: object) -> SuggestedCheck:
        check = Check.model_validate(
            {"check": kind, "table": table.staging_name, "severity": severity, **fields}
        )
        return SuggestedCheck("pre_transform", check, Advice(severity, reason, rule=rule))

    for name in key:
        yield suggest(
            "not_null",
            "critical",
            f"{name} identifies rows: one without it cannot be told from others",
            "check.key_not_null",
            column=name,
        )
    if key:
        yield suggest(
            "unique",
            "error",
            "the key must identify one row, else joins double what they add up",
            "check.key_unique",
            columns=key,
        )
    if probed is None or probed.rows is None or probed.rows > 0:
        yield suggest(
            "row_count",
            "error",
            "an empty extract is nearly always a fault of the source or its permissions",
            "check.not_empty",
            min_rows=1,
        )
    watermark = _watermark(source, table)
    freshness = design.requirements.freshness_minutes
    if watermark in columns and is_temporal(columns[watermark]) and freshness is not None:
        hours = max(24, round(2 * freshness / 60))
        yield suggest(
            "freshness",
            "warn",
            f"nothing changed for {hours} h: the source, or what feeds it, may stand still",
            "check.freshness",
            column=watermark,
            max_age_hours=hours,
        )
    for reference in probed.foreign_keys if probed else ():
        other = _picked(design, reference.table, reference.namespace)
        if other is None or not set(reference.columns) <= set(columns):
            continue
        if not set(reference.references) <= set(landed_columns(other)):
            continue
        yield suggest(
            "referential_integrity",
            "warn",
            f"declared in the source: {', '.join(reference.columns)} refers to"
            f" {other.staging_name}; the two are read one after the other, so single"
            " orphans may be late rows",
            "check.foreign_key",
            columns=list(reference.columns),
            reference_table=other.staging_name,
            reference_columns=list(reference.references),
        )
    if profile is not None and profile.sampled_rows >= ENOUGH_ROWS:
        for column in table.columns_probed:
            facts = profile.columns.get(column.name)
            if (
                facts is not None
                and column.name in columns
                and column.name not in table.pii
                and column.name not in key
            ):
                for kind, reason, rule, fields in _value_checks(column, facts, profile):
                    yield suggest(kind, "warn", reason, rule, column=column.name, **fields)


def _value_checks(
    column: Column, facts: ColumnProfile, profile: Profile
) -> Iterator[tuple[str, str, str, dict[str, object]]]:
    name = snake_case(column.name)
    lowest, highest = _number(facts.minimum), _number(facts.maximum)
    told = f"{profile.sampled_rows:,} sampled rows"
    if column.type == "text" and _CATEGORY.fullmatch(name) and 2 <= len(facts.top_values) <= MOST_VALUES:
        if facts.distinct == len(facts.top_values):
            values = list(facts.top_values)
            yield (
                "accepted_values",
                f"{told} hold only {len(values)} values: a new one is worth knowing of",
                "check.categories",
                {"values": values},
            )
    elif is_numeric(column.type) and _SHARE.fullmatch(name):
        if lowest is not None and highest is not None and lowest >= 0 and 1 < highest <= 100:
            yield (
                "range",
                f"a percentage lies between 0 and 100, as in {told}",
                "check.percent",
                {"min": 0, "max": 100},
            )
    elif is_numeric(column.type) and _NEVER_NEGATIVE.fullmatch(name) and lowest is not None and lowest >= 0:
        yield "range", f"by its name never negative, and not in {told}", "check.not_negative", {"min": 0}
    if 0 < facts.null_rate <= 0.2:
        percent = min(100, max(5, round(facts.null_rate * 200)))
        yield (
            "null_rate",
            f"{facts.null_rate:.1%} of {told} are NULL: twice that would be a change",
            "check.null_rate",
            {"max_percent": percent},
        )


def _output_checks(
    design: PipelineDesign, item: Transformation, columns: Mapping[str, str]
) -> Iterator[SuggestedCheck]:
    name = output_name(item, design).partition(".")[2]
    if not name:
        return
    key = list(item.loading.key) if item.loading and item.loading.key else []
    if not key and item.sql and (advice := advise_output_key(item.sql)):
        key = list(advice.choice)
    if key:
        yield SuggestedCheck(
            "post_transform",
            Check(check="unique", table=name, columns=key, severity="error"),
            Advice(
                "error",
                "one row per key: a join that doubles rows shows here first",
                rule="check.output_unique",
            ),
        )
        for part in key:
            yield SuggestedCheck(
                "post_transform",
                Check(check="not_null", table=name, column=part, severity="error"),
                Advice(
                    "error", f"{part} is part of the key it is published by", rule="check.output_key_not_null"
                ),
            )
    if item.loading is None or item.loading.strategy != "append":
        yield SuggestedCheck(
            "final",
            Check(check="row_count", table=name, min_rows=1, severity="error"),
            Advice(
                "error", "an empty published table breaks whoever reads it", rule="check.output_not_empty"
            ),
        )
    yield SuggestedCheck(
        "final",
        Check(check="volume_anomaly", table=name, severity="warn"),
        Advice("warn", "a sudden jump in rows is the first sign of most faults", rule="check.volume"),
    )


def _watermark(source: Source, table: Table) -> str | None:
    """Return the column that must keep growing; a table read in full is often one that rarely changes."""
    own = table.extraction or Extraction()
    inherited = None if own.strategy == "full" else source.extraction.watermark_column
    return own.watermark_column or inherited


def _picked(design: PipelineDesign, name: str, namespace: str | None) -> Table | None:
    found = [table for source in design.sources for table in source.tables if table.table == name]
    exact = [table for table in found if table.namespace == namespace]
    return next(iter(exact or found), None)


def _stages(design: PipelineDesign) -> Iterator[tuple[Stage, list[Check]]]:
    yield "pre_transform", design.quality.pre_transform
    yield "post_transform", design.quality.post_transform
    yield "final", design.quality.final


def _identity(stage: Stage, check: Check) -> tuple[object, ...]:
    """Return what makes two checks the same question, whatever bounds and severity they have."""
    columns = frozenset([*([check.column] if check.column else []), *check.columns])
    return stage, check.check, (check.table or "").rpartition(".")[2], columns


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
