"""The architecture rules, one row per rule, boundaries included."""

from __future__ import annotations

from typing import Any

import pytest

from generator.advice.architecture import (
    ArchitectureFacts,
    advise_architecture,
    architecture,
    nearest_offered,
)
from generator.demo import demo_design
from generator.design.models import PipelineDesign


def facts(freshness: float | None = 1440, *, strong: bool = True, **more: Any) -> ArchitectureFacts:
    return ArchitectureFacts(freshness=freshness, destination="DuckDB", strong_destination=strong, **more)


@pytest.mark.parametrize(
    ("given", "choice", "rule", "alternative"),
    [
        (facts(0.5), "streaming_etl", "cadence.streaming+elt", "micro_batch"),
        (facts(0.99), "streaming_etl", "cadence.streaming+elt", "micro_batch"),
        (facts(1), "micro_batch", "cadence.micro_batch+elt", "batch_elt"),
        (facts(14.9), "micro_batch", "cadence.micro_batch+elt", "batch_elt"),
        (facts(14.9, strong=False), "micro_batch", "cadence.micro_batch+etl", "batch_etl"),
        (facts(15), "batch_elt", "cadence.batch+elt", "batch_etl"),
        (facts(None), "batch_elt", "cadence.batch+elt", "batch_etl"),
        (facts(strong=False), "batch_etl", "cadence.batch+etl", "batch_elt"),
        (facts(not_sql=("segments",)), "batch_etl", "cadence.batch+etl", "batch_elt"),
        (facts(raw_personal_data=("customers.email",)), "batch_etl", "cadence.batch+etl", "batch_elt"),
        (facts(0.5, realtime_history=True, replayable=True), "hybrid", "history.kappa+elt", "streaming_etl"),
        (facts(0.5, realtime_history=True), "hybrid", "history.lambda+elt", "streaming_etl"),
        (facts(5, realtime_history=True), "hybrid", "history.lambda+elt", "micro_batch"),
        (facts(1440, realtime_history=True), "batch_elt", "cadence.batch+elt", "batch_etl"),
    ],
)
def test_first_rule_that_matches_wins(
    given: ArchitectureFacts, choice: str, rule: str, alternative: str
) -> None:
    advice = architecture(given)
    assert (advice.choice, advice.rule, advice.alternative) == (choice, rule, alternative)
    assert advice.reason
    assert advice.alternative_reason
    assert advice.inputs


@pytest.mark.parametrize("freshness", [0.5, 5])
def test_what_this_release_cannot_generate_says_so_and_has_a_nearest_batch_pattern(freshness: float) -> None:
    advice = architecture(facts(freshness))
    assert not advice.offered
    assert "this release" in advice.reason
    assert nearest_offered(advice) == "batch_elt"
    assert nearest_offered(architecture(facts(freshness, strong=False))) == "batch_etl"


def test_an_unreachable_freshness_is_said() -> None:
    assert "unreachable" in architecture(facts(60, unreachable="24 h between runs exceeds 60 min")).reason


def test_an_empty_design_gets_an_answer() -> None:
    assert advise_architecture(PipelineDesign()).choice == "batch_elt"


def test_personal_data_without_an_action_must_not_land_raw() -> None:
    design = demo_design("demo")
    design.transformations = [item for item in design.transformations if item.type == "sql"]
    assert advise_architecture(design).choice == "batch_elt"
    design.sources[0].tables[0].pii = {}
    advice = advise_architecture(design)
    assert advice.choice == "batch_etl"
    assert "customers.email" in advice.reason
    design.requirements.compliance = []
    assert advise_architecture(design).choice == "batch_elt"


def test_a_python_transform_is_not_sql() -> None:
    assert "customer_segments is not SQL" in advise_architecture(demo_design("demo")).reason
