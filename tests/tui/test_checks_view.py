from pathlib import Path

import pytest

from generator.checks.catalogue import CHECKS, FIELDS, problems
from generator.design.models import Check, PipelineDesign
from generator.project.generate import render_project
from tests.tui.step_host import demo_state
from tui.state import WizardState
from tui.views import check_rows as view
from tui.views.check_fields import field_text, new_check, put_field
from tui.views.dry_runs import DryRuns
from tui.views.generated import generated_check
from tui.views.suggested_checks import suggested_checks


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> WizardState:
    return demo_state(tmp_path_factory.mktemp("shop"), "quality")


def test_rows_stand_by_stage_with_suggestions_behind(state: WizardState) -> None:
    suggested = suggested_checks(state.design, state.facts)
    rows = view.check_rows(state.design, suggested)
    assert [row.stage for row in rows if row.kind == "heading"] == list(view.STAGES)
    assert sum(row.kind == "suggestion" for row in rows) == len(suggested) > 0
    assert rows[-1].kind == "thresholds"
    kinds = [row.kind for row in rows if row.stage == "pre_transform"]
    assert kinds == sorted(kinds, key=["heading", "check", "suggestion"].index)


def test_what_is_accepted_is_suggested_no_more(state: WizardState) -> None:
    design = state.design.model_copy(deep=True)
    for each in suggested_checks(design, state.facts):
        view.checks_of(design, each.stage).append(each.check)
    assert suggested_checks(design, state.facts) == []


def test_dry_runs_agree_with_the_sample(state: WizardState) -> None:
    design = state.design.model_copy(deep=True)
    rows = state.facts["shop"].samples["orders"]
    amounts = [float(row[rows.columns.index("amount")] or 0) for row in rows.rows]
    design.quality.pre_transform = [
        Check(check="range", table="orders", column="amount", min=max(amounts)),
        Check(check="range", table="orders", column="amount", min=min(amounts)),
    ]
    verdicts = DryRuns().verdicts(design, state.facts)
    below = sum(amount < max(amounts) for amount in amounts)
    assert verdicts["quality.pre_transform[0]"].short.startswith(f"{below} of {len(amounts)}")
    assert verdicts["quality.pre_transform[1]"].status == "passed"


@pytest.mark.slow
def test_checks_of_outputs_run_on_what_the_queries_give(state: WizardState) -> None:
    verdicts = DryRuns().verdicts(state.design, state.facts)
    assert verdicts["quality.post_transform[0]"].status == "passed"
    # The output of a Python transform is not known before it runs.
    assert verdicts["quality.post_transform[4]"].status == "unknown"


def test_without_samples_nothing_is_claimed(state: WizardState) -> None:
    assert DryRuns().verdicts(state.design, {}) == {}


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_every_type_can_be_added_and_drawn(state: WizardState, kind: str) -> None:
    check = new_check(state.design, "pre_transform", kind, "orders")
    assert view.sentence(check)
    for name in CHECKS[kind].fields:
        before = check.model_copy(deep=True)
        put_field(check, FIELDS[name], field_text(check, FIELDS[name]), {})
        assert check == before


@pytest.mark.parametrize(
    "kind", ["not_null", "unique", "row_count", "freshness", "range", "null_rate", "regex"]
)
def test_a_new_check_is_complete_where_it_can_be(state: WizardState, kind: str) -> None:
    check = new_check(state.design, "pre_transform", kind, "orders")
    columns = view.tables_at(state.design, "pre_transform")["orders"]
    assert problems(check, columns, stage="pre_transform") == []


def test_values_of_a_number_column_are_numbers() -> None:
    check = Check(check="accepted_values", table="t", column="n")
    put_field(check, FIELDS["values"], "1, 2.5", {"n": "integer"})
    assert check.values == [1, 2.5]
    put_field(check, FIELDS["values"], "1, b", {"n": "text"})
    assert check.values == ["1", "b"]


def test_what_is_no_number_is_refused() -> None:
    check = Check(check="range", table="t", column="n")
    with pytest.raises(ValueError, match="not a number"):
        put_field(check, FIELDS["min"], "low", {})
    with pytest.raises(ValueError, match="whole"):
        put_field(check, FIELDS["min_rows"], "1.5", {})


def test_a_type_nobody_knows_still_has_a_line() -> None:
    design = PipelineDesign()
    design.quality.final.append(Check(check="[/x]", table="a"))
    assert any("[/x]" in row.text for row in view.check_rows(design))


def on_postgres(state: WizardState) -> PipelineDesign:
    """Return the demo's design with everything running inside PostgreSQL."""
    design = state.design.model_copy(deep=True)
    design.technology.pattern = "batch_elt"
    design.transformations = [item for item in design.transformations if item.type == "sql"]
    kept = {item.name for item in design.transformations}
    design.quality.post_transform = [check for check in design.quality.post_transform if check.table in kept]
    design.quality.final = [check for check in design.quality.final if check.table in kept]
    design.destination.type = "postgres"
    design.destination.connection = {
        "host": "localhost", "database": "shop", "username": "loader", "password": "${WAREHOUSE_PASSWORD}",
    }  # fmt: skip
    return design


@pytest.mark.parametrize(("place", "engine"), [("duckdb", "DuckDB"), ("postgres", "PostgreSQL")])
def test_the_preview_of_a_check_is_the_file_the_project_gets(
    state: WizardState, place: str, engine: str
) -> None:
    design = on_postgres(state) if place == "postgres" else state.design
    files = render_project(design).files
    checked = 0
    for row in view.check_rows(design):
        if row.kind == "check":
            preview = generated_check(design, row)
            assert preview.text == files[preview.title].decode()
            assert preview.note == f"runs in {engine}"
            checked += 1
    assert checked > 8


@pytest.mark.slow
def test_a_dry_run_is_duckdbs_whatever_the_engine(state: WizardState) -> None:
    verdicts = DryRuns().verdicts(on_postgres(state), state.facts)
    assert {verdict.status for verdict in verdicts.values()} <= {"passed", "failed", "measured"}
    assert len(verdicts) > 8


def test_the_query_of_a_suggested_check_is_shown_too(state: WizardState) -> None:
    suggested = suggested_checks(state.design, state.facts)
    row = next(row for row in view.check_rows(state.design, suggested) if row.kind == "suggestion")
    assert "records_failed" in generated_check(state.design, row).text


def test_the_demo_shop_is_where_it_is_said(state: WizardState) -> None:
    assert Path(state.environment()["SHOP_PATH"]).exists()
