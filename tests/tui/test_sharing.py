"""Copies of a design share what a change does not touch, and nothing else."""

from __future__ import annotations

import gc

import pytest

from generator.design.models import PipelineDesign, Table
from tui.history import fork
from tui.memory import MANY_TABLES, Spared
from tui.state import WizardState


@pytest.fixture
def design(shop_design: PipelineDesign) -> PipelineDesign:
    return shop_design


def test_a_change_of_one_table_leaves_the_design_before_as_it_was(design: PipelineDesign) -> None:
    before = design.model_copy(deep=True)
    copy = fork(design, "sources[0].tables[2]")
    table = copy.sources[0].tables[2]
    table.primary_key.append("more")
    table.pii["more"] = "mask"
    table.alias = "other"
    assert design == before
    assert copy != before
    assert [
        one is two for one, two in zip(copy.sources[0].tables, design.sources[0].tables, strict=True)
    ] == [
        True,
        True,
        False,
        True,
    ]


def test_tables_come_and_go_in_the_copy_alone(design: PipelineDesign) -> None:
    copy = fork(design, "sources[0].tables[]")
    copy.sources[0].tables.append(Table(table="new"))
    del copy.sources[0].tables[0]
    assert [table.table for table in design.sources[0].tables] != [t.table for t in copy.sources[0].tables]
    assert len(design.sources[0].tables) == 4


def test_several_parts_may_be_changed_at_once(design: PipelineDesign) -> None:
    before = design.model_copy(deep=True)
    copy = fork(design, "transformations quality")
    copy.transformations[0].name = "other"
    copy.quality.pre_transform[0].severity = "warn"
    assert design == before
    assert copy.sources is design.sources


def test_without_a_part_everything_may_be_changed(design: PipelineDesign) -> None:
    before = design.model_copy(deep=True)
    copy = fork(design)
    copy.pipeline.name = "other"
    copy.sources[0].connection["database"] = "other"
    copy.sources[0].tables[0].primary_key.clear()
    assert design == before


def test_a_large_design_is_taken_out_of_the_collectors_rounds_once() -> None:
    design = PipelineDesign.model_validate({"sources": [{"name": "s", "type": "sqlite"}]})
    design.sources[0].tables = [Table(table=f"t{number}") for number in range(MANY_TABLES)]
    state, spared = WizardState(design), Spared()
    before = gc.get_freeze_count()
    try:
        spared.look_at(state)
        taken = gc.get_freeze_count()
        assert taken - before > MANY_TABLES
        made_since = [[number] for number in range(MANY_TABLES)]
        spared.look_at(state)
        assert gc.get_freeze_count() < taken + len(made_since)
    finally:
        gc.unfreeze()
