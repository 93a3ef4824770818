"""A design survives its file, whatever it says."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.design.models import PipelineDesign, Source, Table
from generator.design.yaml_dump import DesignWriter
from generator.design.yaml_io import dump_design, parse_design
from generator.design.yaml_read import read_yaml
from generator.design.yaml_write import write_yaml
from tests.design.designs import designs, text

slowly = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | text
trees = st.dictionaries(
    text,
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
    ),
)


@given(designs)
@slowly
def test_any_design_comes_back_equal(design: PipelineDesign) -> None:
    dumped = dump_design(design)
    assert parse_design(dumped) == design
    assert dump_design(parse_design(dumped)) == dumped


@given(designs)
@slowly
def test_explicit_form_comes_back_equal(design: PipelineDesign) -> None:
    assert parse_design(dump_design(design, explicit=True)) == design


@pytest.mark.slow
@given(trees.filter(bool), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_other_yaml_libraries_read_the_same_values(tree: dict[str, object], block: bool) -> None:
    written = write_yaml(tree, block=lambda path: block)
    assert read_yaml(written).data == tree
    assert yaml.safe_load(written) == tree
    assert yaml.load(written, Loader=yaml.CSafeLoader) == tree


@given(designs, designs)
@slowly
def test_a_writer_that_knows_some_of_the_tables_writes_the_same(
    first: PipelineDesign, second: PipelineDesign
) -> None:
    writer = DesignWriter()
    assert writer.dump(first) == dump_design(first)
    for source in second.sources:
        source.tables += [table for known in first.sources for table in known.tables]
    assert writer.dump(second) == dump_design(second)
    assert writer.dump(first) == dump_design(first)


def test_a_writer_never_takes_a_new_table_for_one_that_is_gone() -> None:
    writer = DesignWriter()
    for number in range(40):
        # Python gives a new object the place of one that is gone.
        design = PipelineDesign(sources=[Source(name="s", tables=[Table(table=f"t{number}")])])
        assert writer.dump(design) == dump_design(design)
