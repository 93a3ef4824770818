from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.demo import demo_design
from generator.design.models import PipelineDesign, Transformation
from generator.project.generate import render_project
from tui.state import WizardState
from tui.views import transforms as view
from tui.views.generated import generated_transform
from tui.views.highlight import token_lines
from tui.views.live_query import (
    LiveQuery,
    derive_inputs,
    dialect_of,
    formatted,
    live_query,
    python_problems,
    suggestions,
    tables_for,
)
from tui.views.outputs import strategy_reasons, suggested_key, type_reasons
from tui.views.transform_texts import about_text


@pytest.fixture
def design() -> PipelineDesign:
    return demo_design(Path("/nowhere"))


def test_rows_tell_strategy_and_key_and_mark_problems(design: PipelineDesign) -> None:
    rows = view.transform_rows(
        design, {"transformations[0].sql": "error", "transformations[10].sql": "error"}
    )
    assert rows[0].glyph == "!"
    assert rows[0].detail == "upsert on day+region"
    assert rows[1].glyph == "✓"
    assert rows[3].detail.startswith("py · ")


def test_a_transform_without_an_output_table_says_what_it_publishes_all_the_same(
    design: PipelineDesign,
) -> None:
    transform = design.transformations[0]
    assert about_text(design, transform).plain.startswith("→ analytics.daily_revenue  ")
    transform.output_table = ""
    assert about_text(design, transform).plain.startswith("→ analytics.daily_revenue  ")


def test_a_copy_gets_a_free_name_and_its_own_table(design: PipelineDesign) -> None:
    index = view.duplicate_transform(design, 0)
    assert design.transformations[index].name == "daily_revenue_2"
    assert design.transformations[index].output_table == "analytics.daily_revenue_2"
    assert view.duplicate_transform(design, index) == 2
    assert design.transformations[2].name == "daily_revenue_3"


def test_moving_stops_at_both_ends(design: PipelineDesign) -> None:
    assert view.move_transform(design, 0, -1) == 0
    assert view.move_transform(design, 0, 1) == 1
    assert design.transformations[1].name == "daily_revenue"


def test_a_renamed_transform_takes_table_and_checks_along(design: PipelineDesign) -> None:
    view.rename_transform(design, 0, "revenue_by_day")
    assert design.transformations[0].output_table == "analytics.revenue_by_day"
    assert {check.table for check in design.quality.final} == {"revenue_by_day"}


def test_looking_at_python_and_back_loses_no_sql(design: PipelineDesign) -> None:
    transform = design.transformations[0]
    before = transform.sql
    view.change_type(transform, "python")
    assert python_problems(transform.code or "") == ()
    view.change_type(transform, "sql")
    assert transform.sql == before


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "empty"),
        ("def transform(inputs:\n  pass", "syntax error"),
        ("def other(inputs): ...", "no transform"),
        ("def transform(): ...", "takes one argument"),
        ("async def transform(inputs): ...", "async"),
        ("x = '\0'", "null"),
    ],
)
def test_what_is_wrong_with_a_python_transform_is_said(code: str, said: str) -> None:
    (problem,) = python_problems(code)
    assert said in problem.message


def test_an_error_in_sql_has_its_line_and_column(design: PipelineDesign) -> None:
    design.transformations[0].sql = "SELECT order_id,\n  nonsense\nFROM staging.orders"
    (problem,) = live_query(design, 0, {}).problems
    assert (problem.line, problem.column) == (2, 3)
    assert "nonsense" in problem.message


def test_input_tables_come_from_the_query(design: PipelineDesign) -> None:
    design.transformations[0].sql = "SELECT o.order_id FROM staging.orders o JOIN staging.products p ON true"
    assert derive_inputs(live_query(design, 0, {})) == ["staging.orders", "staging.products"]
    assert derive_inputs(LiveQuery()) is None


def test_only_what_postgres_alone_can_read_is_taken_for_postgres() -> None:
    assert dialect_of("SELECT 1") == "duckdb"


def test_formatting_leaves_what_cannot_be_read() -> None:
    assert formatted("SELECT FROM WHERE") is None
    assert (formatted("select a from t") or "").startswith("SELECT")


@given(
    st.text(alphabet=st.characters(exclude_characters="\r"), max_size=200),
    st.sampled_from(["sql", "python", "text"]),
)
def test_tokens_lie_within_their_lines(text: str, language: str) -> None:
    lines = text.split("\n")
    tokens = token_lines(text, language)
    assert len(tokens) == len(lines)
    for line, found in zip(lines, tokens, strict=True):
        assert all(0 <= token.start < token.end <= len(line) for token in found)


def test_words_in_strings_and_comments_are_no_keywords() -> None:
    ((string,), (comment,)) = token_lines("'select from'\n-- select", "sql")
    assert (string.kind, comment.kind) == ("string", "comment")


def test_adding_settles_names_that_are_taken(design: PipelineDesign) -> None:
    index = view.add_transform(design, Transformation(name="daily_revenue", sql="SELECT 1"))
    assert design.transformations[index].name == "daily_revenue_2"


def test_the_preview_of_a_transform_begins_as_the_file_the_project_gets(design: PipelineDesign) -> None:
    files = render_project(design).files
    for index, transform in enumerate(design.transformations):
        if transform.type == "sql":
            preview = generated_transform(design, index)
            assert preview.text.startswith(files[preview.title].decode())
            assert preview.note == "runs in DuckDB"


def test_the_key_of_an_output_is_suggested_with_its_reason(design: PipelineDesign) -> None:
    def key(index: int) -> tuple[tuple[str, ...], str] | None:
        query = live_query(design, index, {})
        return suggested_key(design, design.transformations[index], query.lineage)

    grouped, dimension = key(0), key(1)
    assert grouped is not None
    assert grouped[0] == ("day", "region")
    assert "groups by" in grouped[1]
    assert dimension == (("customer_id",), "the key of customers")
    design.transformations[1].sql = "SELECT full_name FROM staging.customers"
    assert key(1) is None
    design.transformations[1].sql = "SELECT DISTINCT country, region FROM staging.customers"
    assert key(1) == (("country", "region"), "the query is DISTINCT over these")


def test_what_cannot_work_says_why(design: PipelineDesign) -> None:
    transform = design.transformations[0]
    assert strategy_reasons(design, transform, "scd2") == ""
    assert type_reasons(design, "python") == ""
    design.technology.pattern = "batch_elt"
    design.destination.type = "postgres"
    assert "no Python transform runs" in type_reasons(design, "python")
    # The kind of the transform is no fault of the strategy.
    design.transformations[0].type = "python"
    assert strategy_reasons(design, transform, "upsert") == ""


def test_a_strategy_the_destination_lacks_is_blocked_with_the_reason(
    design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from generator.connectors import registry

    system = registry.connector("duckdb")
    poorer = replace(system.capabilities, loading=frozenset({"append", "overwrite"}))
    monkeypatch.setattr(type(system), "capabilities", poorer)
    transform = design.transformations[0]
    assert strategy_reasons(design, transform, "append") == ""
    assert "DuckDB cannot be loaded by upsert" in strategy_reasons(design, transform, "upsert")


def test_the_tables_of_a_query_are_found_without_its_own_text(design: PipelineDesign) -> None:
    before = tables_for(design, 0)
    design.transformations[0].sql = "SELECT nonsense"
    assert tables_for(design, 0) == before
    assert "analytics.daily_revenue" not in before
    assert before["analytics.dim_customer"]["customer_id"] == "bigint"
    labels = [each.label for each in suggestions(before, "SELECT o. FROM staging.orders o", 0, 9)]
    assert "amount" in labels


def test_a_change_of_one_section_leaves_the_others_and_what_was_before_alone(design: PipelineDesign) -> None:
    state = WizardState(design)
    before = design.model_copy(deep=True)

    def change(edited: PipelineDesign) -> None:
        edited.transformations[0].sql = "SELECT 1 AS one"

    state.edit("edit", change, part="transformations")
    assert design == before
    assert state.design.transformations[0].sql == "SELECT 1 AS one"
    assert state.design.sources is design.sources
    assert state.undo() == "edit"
    assert state.design == before
