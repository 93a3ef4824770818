"""Resolved designs: nothing left to infer, the user's word kept, the same however often it is done."""

from __future__ import annotations

import pytest

from generator.demo import demo_design
from generator.design.models import (
    Check,
    Column,
    Extraction,
    Loading,
    PipelineDesign,
    Source,
    Table,
    Transformation,
)
from generator.project.resolve import resolve


def replicate(*tables: Table, loading: str | None = None, **extraction: object) -> PipelineDesign:
    design = PipelineDesign(
        sources=[
            Source(
                name="s", type="sqlite", extraction=Extraction.model_validate(extraction), tables=list(tables)
            )
        ]
    )
    design.destination.type = "duckdb"
    design.destination.loading = Loading.model_validate({"strategy": loading})
    return design


def table(name: str = "t", *columns: str, **more: object) -> Table:
    return Table.model_validate({"table": name, "schema": [Column(name=c) for c in columns], **more})


@pytest.mark.parametrize(
    "design",
    [
        demo_design("demo"),
        PipelineDesign(),
        replicate(table("t", "id", "updated_at", primary_key=["id"])),
        replicate(table("t", "a"), loading="upsert", strategy="incremental", watermark_column="updated_at"),
    ],
)
def test_resolving_twice_is_resolving_once_and_leaves_the_design_alone(design: PipelineDesign) -> None:
    before = design.model_copy(deep=True)
    once = resolve(design)
    assert resolve(once) == once
    assert design == before


def test_everything_is_explicit() -> None:
    design = resolve(demo_design("demo"))
    assert design.technology.pattern == "batch_etl"
    for item in design.sources[0].tables:
        assert item.extraction is not None
        assert None not in (
            item.extraction.strategy,
            item.extraction.lookback_minutes,
            item.extraction.batch_size,
        )
        assert isinstance(item.columns, list)
        assert item.contract is not None
    for transformation in design.transformations:
        assert transformation.loading is not None
        assert transformation.loading.strategy
        assert transformation.output_table.startswith("analytics.")
        assert transformation.input_tables
    checks = [*design.quality.pre_transform, *design.quality.post_transform, *design.quality.final]
    names = [check.name for check in checks]
    assert None not in names
    assert len(set(names)) == len(names)


def test_the_users_pattern_wins() -> None:
    design = demo_design("demo")
    design.technology.pattern = "batch_elt"
    assert resolve(design).technology.pattern == "batch_elt"


@pytest.mark.parametrize(
    ("design", "extraction", "strategy", "version"),
    [
        (replicate(table("t", "a")), "full", "overwrite", None),
        (replicate(table("t", "a", primary_key=["a"])), "full", "upsert", None),
        (
            replicate(table("t", "a", "u", primary_key=["a"]), watermark_column="u"),
            "incremental",
            "upsert",
            "u",
        ),
        (replicate(table("t", "a", "u"), watermark_column="u"), "incremental", "append", "u"),
        (replicate(table("t", "a"), watermark_column="u", strategy="incremental"), "full", "overwrite", None),
        (replicate(table("t", "a"), loading="upsert"), "full", "overwrite", None),
        (replicate(table("t", "a", loading={"strategy": "scd2"})), "full", "scd2", None),
        (
            replicate(table("t", "a", extraction={"strategy": "full"}), watermark_column="a"),
            "full",
            "overwrite",
            None,
        ),
    ],
)
def test_inherited_values_apply_only_where_they_can(
    design: PipelineDesign, extraction: str, strategy: str, version: str | None
) -> None:
    found = resolve(design).sources[0].tables[0]
    assert found.extraction is not None
    assert found.loading is not None
    assert (found.extraction.strategy, found.loading.strategy, found.loading.version_column) == (
        extraction,
        strategy,
        version,
    )


def test_chosen_columns_are_completed_by_key_and_watermark() -> None:
    given = table("t", "id", "a", "b", "u", primary_key=["id"], columns=["a"])
    assert resolve(replicate(given, watermark_column="u")).sources[0].tables[0].columns == ["a", "id", "u"]


def test_transformations_are_ordered_and_their_inputs_written_in_full() -> None:
    design = demo_design("demo")
    design.transformations = [
        Transformation(name="late", sql="SELECT day FROM early JOIN orders ON true"),
        Transformation(name="early", sql="SELECT 1 AS day FROM customers"),
    ]
    resolved = resolve(design)
    assert [item.name for item in resolved.transformations] == ["early", "late"]
    assert resolved.transformations[1].input_tables == ["analytics.early", "staging.orders"]


def test_checks_get_their_table_and_a_name_of_their_own() -> None:
    design = replicate(table("t", "id"))
    design.quality.pre_transform = [
        Check(check="not_null", column="id"),
        Check(check="not_null", column="id", table="staging.t"),
    ]
    checks = resolve(design).quality.pre_transform
    assert [check.table for check in checks] == ["t", "t"]
    assert checks[0].name != checks[1].name


def test_copies_are_reconciled_with_their_source_only_where_counts_must_agree() -> None:
    design = replicate(
        table("whole", "a"),
        table("part", "a", "u", extraction={"strategy": "incremental", "watermark_column": "u"}),
    )
    assert [(check.check, check.table) for check in resolve(design).quality.final] == [
        ("reconciliation", "whole")
    ]
    design.quality.final = [Check(check="reconciliation", table="whole", severity="error")]
    assert [check.severity for check in resolve(design).quality.final] == ["error"]
