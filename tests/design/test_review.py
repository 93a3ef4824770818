"""One review of a design says everything: structure, connectors, secrets, schedule, queries, checks, environment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from generator.design.models import AlertRule, Check, MetricSpec, PipelineDesign, Source
from generator.design.problems import STEPS, Problem
from generator.design.yaml_io import parse_design
from generator.project.review import problems
from tests.design.designs import designs
from tests.design.test_problems import GOOD


def review(change: Callable[[PipelineDesign], object], **options: dict[str, str]) -> dict[str, Problem]:
    design = parse_design(GOOD)
    change(design)
    return {problem.path: problem for problem in problems(design, **options)}


def test_a_good_design_passes() -> None:
    assert review(lambda design: None) == {}


def test_a_secret_written_out_is_an_error_whose_value_is_not_repeated() -> None:
    def change(design: PipelineDesign) -> None:
        design.sources[0].type = "postgres"
        design.sources[0].connection = {"host": "db", "database": "d", "user": "u", "password": "hunter2"}

    found = review(change)
    problem = found["sources[0].connection.password"]
    assert problem.severity == "error"
    assert "SHOP_PASSWORD" in problem.fix
    assert all("hunter2" not in str(problem) for problem in found.values())


def test_freshness_the_schedule_cannot_keep_is_a_warning() -> None:
    def change(design: PipelineDesign) -> None:
        design.pipeline.schedule = "0 6 * * 1"

    problem = review(change)["requirements.freshness_minutes"]
    assert (problem.severity, problem.step) == ("warning", "slas")


def test_tables_that_no_transform_reads_are_named() -> None:
    def change(design: PipelineDesign) -> None:
        design.transformations = [item for item in design.transformations if item.name != "people"]

    problem = review(change)["sources[0].tables"]
    assert (problem.severity, problem.step) == ("warning", "sources")
    assert "customers" in problem.message
    assert "orders" not in problem.message
    assert review(lambda design: design.transformations.clear()).get("sources[0].tables") is None


def test_a_computed_table_cannot_be_reconciled_with_a_source() -> None:
    """It would be skipped in every run, for ever."""
    check = Check(check="reconciliation", table="revenue")
    problem = review(lambda design: design.quality.final.append(check))["quality.final[0].check"]
    assert (problem.severity, problem.step) == ("error", "quality")
    assert "before the transformations" in problem.fix
    staged = check.model_copy(update={"table": "orders"})
    assert review(lambda design: design.quality.pre_transform.append(staged)) == {}


def test_a_query_that_does_not_parse_names_line_and_column() -> None:
    def change(design: PipelineDesign) -> None:
        design.transformations[0].sql = "SELECT updated_at AS day\nFROM staging.orders WHERE ("

    problem = review(change)["transformations[0].sql"]
    assert problem.severity == "error"
    assert problem.message.startswith("line 2, column ")


def test_a_column_that_does_not_exist_in_a_query_is_named() -> None:
    def change(design: PipelineDesign) -> None:
        design.transformations[0].sql = "SELECT updatedat AS day FROM staging.orders"

    problem = review(change)["transformations[0].sql"]
    assert "updatedat" in problem.message
    assert "updated_at" in str(problem)


def test_unknown_connector_and_check_name_the_nearest() -> None:
    def change(design: PipelineDesign) -> None:
        design.sources[0].type = "sqlit"
        design.quality.pre_transform[0].check = "not_nul"

    found = review(change)
    assert "sqlite" in found["sources[0].type"].fix
    assert "not_null" in found["quality.pre_transform[0].check"].fix


def test_alert_conditions_and_metrics_name_what_is_measured() -> None:
    def change(design: PipelineDesign) -> None:
        design.monitoring.alerts.rules = [
            AlertRule(name="slow", condition="duration_minuts > 90"),
            AlertRule(name="failed", condition="pipeline_status == 'failed'"),
        ]
        design.monitoring.metrics = [
            MetricSpec(name="record_processed"),
            MetricSpec(name="records_processed"),
        ]

    found = review(change)
    assert set(found) == {"monitoring.alerts.rules[0].condition", "monitoring.metrics[0].name"}
    assert "duration_minutes" in found["monitoring.alerts.rules[0].condition"].fix


def test_all_missing_variables_of_a_connection_are_named_at_once() -> None:
    def change(design: PipelineDesign) -> None:
        design.sources[0].type = "postgres"
        design.sources[0].connection = {
            "host": "${A}",
            "database": "${B}",
            "user": "${C}",
            "password": "${D}",
        }

    assert "sources[0].connection" not in review(change)
    problem = review(change, env={"B": "x", "D_FILE": "/run/d"})["sources[0].connection"]
    assert problem.message == "A, C are not set in the environment"


@given(designs)
@settings(max_examples=100, deadline=None)
def test_hostile_text_anywhere_never_crashes_the_review(design: PipelineDesign) -> None:
    for problem in problems(design, env={}):
        assert problem.step in STEPS
        assert problem.message


@pytest.mark.parametrize("extra", ["'; DROP TABLE x; --", "\x1b[2J", "[/bold]", "${A", "💥" * 100])
def test_hostile_source_names_are_refused(extra: str) -> None:
    found = review(lambda design: design.sources.append(Source(name=extra, type="sqlite")))
    assert found["sources[1].name"].severity == "error"
