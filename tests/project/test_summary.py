"""The design summary in its fixed form, and the data flow, with hostile names."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.demo import demo_design
from generator.design.models import PipelineDesign, Source, Table
from generator.project.flow import _cells, flow_mermaid, flow_text
from generator.project.summary import summary

HEADINGS = [
    "Pipeline Design Summary",
    "=======================",
    "Architecture: ",
    "Sources: ",
    "Destination: ",
    "Schedule: ",
    "Key Transformations: ",
    "Quality Gates: ",
    "",
    "Shall I proceed with implementation?",
]


@pytest.mark.parametrize("design", [demo_design("demo"), PipelineDesign()])
def test_the_summary_has_exactly_the_given_form(design: PipelineDesign) -> None:
    lines = summary(design).split("\n")
    assert len(lines) == len(HEADINGS) + 1
    assert all(line.startswith(heading) for line, heading in zip(lines, HEADINGS, strict=False))
    assert lines[-1] == ""


def test_the_summary_says_what_matters() -> None:
    text = summary(demo_design("demo"), now=datetime(2026, 3, 2, 5, tzinfo=UTC))
    assert "Batch ETL: freshness 25 h, customer_segments is not SQL" in text
    assert "shop (SQLite): customers, products, orders, order_items" in text
    assert "warehouse (DuckDB), schema analytics" in text
    assert "daily at 06:00 UTC (next Mon 06:00)" in text
    assert "dim_customer (scd2)" in text
    assert "9 before, 5 after, 2 final; 11 can stop a run" in text


def test_a_chosen_pattern_is_told_beside_the_advised_one() -> None:
    design = demo_design("demo")
    design.technology.pattern = "batch_elt"
    assert "Batch ELT, as chosen (advised: Batch ETL" in summary(design)


def test_an_unreachable_freshness_stands_beside_the_schedule() -> None:
    design = demo_design("demo")
    design.requirements.freshness_minutes = 60
    assert "! freshness not met: 24 h between runs" in summary(design)


@pytest.mark.parametrize("width", [76, 60, 40])
def test_the_flow_fits_and_its_lines_are_even(width: int) -> None:
    for design in (demo_design("demo"), PipelineDesign()):
        lines = flow_text(design, width=width).splitlines()
        assert max(_cells(line) for line in lines) <= width
        assert all(line.count("┌") == line.count("┐") for line in lines)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_no_name_breaks_a_diagram_or_the_summary(name: str) -> None:
    design = PipelineDesign(sources=[Source(name=name, type=name, tables=[Table(table=name)])])
    design.destination.name = name
    assert len(summary(design).split("\n")) == len(HEADINGS) + 1
    assert max(_cells(line) for line in flow_text(design).splitlines()) <= 76
    for line in flow_mermaid(design).splitlines()[1:]:
        assert re.fullmatch(
            r'\s*(subgraph \w+\["(?:[^\W]|[ _\-.,·/()]|#\d+;)*"\]|\w+\[\("(?:[^\W]|[ _\-.,·/]|#\d+;)*"\)\]|end|\w+ --> \w+)',
            line,
        )


def test_mermaid_links_every_input_to_its_transformation() -> None:
    text = flow_mermaid(demo_design("demo"))
    assert text.startswith("flowchart LR\n")
    assert text.count("-->") == 7 + 4
