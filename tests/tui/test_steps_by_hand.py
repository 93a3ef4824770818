"""Each step worked by keys and by mouse, in the real wizard."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.tui.step_host import StepHost, demo_state, settled
from tui.state import WizardState
from tui.steps.quality import QualityStep
from tui.steps.slas import SlasStep
from tui.steps.summary import SummaryStep
from tui.steps.transforms import TransformsStep
from tui.views.check_rows import CheckRow
from tui.widgets.diff_view import FileView
from tui.widgets.file_tree import FileTree
from tui.widgets.form_row import FormRow
from tui.widgets.problem_list import ProblemList
from tui.widgets.query_panel import QueryPanel
from tui.widgets.sql_editor import CodeEditor
from tui.widgets.view_switch import ViewSwitch
from tui.wizard import WizardScreen

SIZE = (100, 34)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


def open_step(shop: Path, step: str) -> tuple[WizardState, StepHost]:
    state = demo_state(shop, step)
    return state, StepHost(state)


def shown(pilot: Pilot[None], selector: str) -> str:
    return str(pilot.app.screen.query_one(selector, Static).content)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def type_text(pilot: Pilot[None], text: str) -> None:
    names = {" ": "space", "\n": "enter"}
    await press(pilot, *(names.get(char, char) for char in text))


# -- transforms


async def test_transforms_by_keys(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        step = app.screen.query_one(TransformsStep)
        await press(pilot, "down", "c")
        assert [item.name for item in state.design.transformations][1:3] == ["dim_customer", "dim_customer_2"]
        await press(pilot, "right_square_bracket")
        assert state.design.transformations[3].name == "dim_customer_2"
        await press(pilot, "x")
        assert len(state.design.transformations) == 4
        await press(pilot, "u")
        assert state.design.transformations[3].name == "dim_customer_2"
        await press(pilot, "e")
        assert step.query_one(CodeEditor).area.has_focus
        await press(pilot, "escape")
        assert app.screen.query_one("#transform-list").has_focus


async def test_an_error_shows_at_its_line_while_one_types_and_the_result_after(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        editor = app.screen.query_one(CodeEditor)
        editor.focus_text(editor.text.count("\n"))
        await type_text(pilot, "limit x")
        await settled(pilot)
        assert editor.area.mark is not None
        assert "!" in shown(pilot, "#query-state")
        await press(pilot, "backspace")
        await type_text(pilot, "3")
        await settled(pilot)
        assert shown(pilot, "#query-problem") == ""
        assert editor.area.mark is None
        assert "✓ 3 rows" in shown(pilot, "#query-state")
        assert (state.design.transformations[0].sql or "").rstrip().endswith("limit 3")
        # All of the typing is one step of undo.
        app.screen.query_one("#transform-list").focus()
        await press(pilot, "u")
        assert "limit" not in (state.design.transformations[0].sql or "")


async def test_completion_offers_the_columns_of_an_alias(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        editor = app.screen.query_one(CodeEditor)
        editor.load("SELECT o. FROM staging.orders AS o")
        editor.focus_text(0, 8)
        await press(pilot, "delete")
        await type_text(pilot, ".amo")
        assert editor.area.completing
        await press(pilot, "tab")
        assert editor.text.startswith("SELECT o.amount")
        assert not editor.area.completing
        assert (state.design.transformations[0].sql or "").startswith("SELECT o.amount")


async def test_a_starter_adds_a_transform_by_keys(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "plus", "down", "down", "enter")
        await pilot.pause()
        added = state.design.transformations[-1]
        assert len(state.design.transformations) == 5
        assert "GROUP BY" in (added.sql or "")
        await settled(pilot)
        assert app.screen.query_one(CodeEditor).text == added.sql
        assert state.design.transformations[-1].input_tables


async def test_output_is_edited_in_a_dialog(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "o")
        await type_text(pilot, "sales")
        await press(pilot, "escape")
        assert state.design.transformations[0].name == "sales"
        assert state.design.transformations[0].output_table == "analytics.sales"


async def test_transforms_by_mouse(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click("#transform-list", offset=(4, 4))
        await settled(pilot)
        panel = app.screen.query_one(QueryPanel)
        await pilot.click(panel.query_one(ViewSwitch), offset=(12, 0))
        assert panel.query_one(ViewSwitch).view == "lineage"
        assert "product_id" in shown(pilot, "#lineage-text")
        await pilot.click("#transform-about")
        await pilot.pause()
        assert app.screen.query_one(FormRow).value == "product_sales"
        await press(pilot, "escape")
        listing = app.screen.query_one("#transform-list", OptionList)
        await pilot.click(listing, offset=(4, 8))
        await pilot.pause()
        await pilot.click("#starter-add")
        await pilot.pause()
        assert len(state.design.transformations) == 5


async def test_an_empty_step_teaches(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    state.design.transformations.clear()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.screen.query_one("#transform-empty").display
        assert "Press a" in shown(pilot, "#transform-empty")
        await press(pilot, "a", "enter")
        assert len(state.design.transformations) == 1


# -- SLAs


async def test_slas_by_keys(shop: Path) -> None:
    state, app = open_step(shop, "slas")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await type_text(pilot, "6 h")
        assert state.design.requirements.freshness_minutes == 360
        await type_text(pilot, "x")
        row = next(row for row in app.screen.query(FormRow) if row.path == "requirements.freshness_minutes")
        assert "no duration" in row.error
        assert state.design.requirements.freshness_minutes == 360
        await settled(pilot)
        await press(pilot, "escape", "w")
        assert app.screen is not app.screen_stack[1]
        await press(pilot, "escape", "down", "enter", "right")
        await settled(pilot)
        assert state.design.pipeline.schedule == "0 6 * * 1-5"
        facts = app.screen.query_one(SlasStep).box("schedule").query_one(".section-facts", Static)
        assert "weekdays" in str(facts.content).lower() or "Monday through Friday" in str(facts.content)


async def test_channels_are_added_and_deleted_and_undone(shop: Path) -> None:
    state, app = open_step(shop, "slas")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "a")
        await settled(pilot)
        assert [channel.type for channel in state.design.monitoring.alerts.channels] == ["slack"]
        app.screen.query_one("#sla-list").focus()
        await press(pilot, "x")
        assert state.design.monitoring.alerts.channels == []
        await press(pilot, "u")
        assert len(state.design.monitoring.alerts.channels) == 1


async def test_slas_by_mouse(shop: Path) -> None:
    state, app = open_step(shop, "slas")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click("#sla-list", offset=(4, 5))
        await pilot.pause()
        box = app.screen.query_one(SlasStep).box("compliance")
        assert box.has_class("-here")
        await pilot.click(box.query(FormRow)[1].field)
        assert state.design.requirements.compliance == ["gdpr", "hipaa"]


async def test_a_problem_leads_to_its_field(shop: Path) -> None:
    state, app = open_step(shop, "slas")
    state.design.pipeline.schedule = "never"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        wizard = app.screen
        assert isinstance(wizard, WizardScreen)
        problem = next(problem for problem in state.problems() if problem.path == "pipeline.schedule")
        await wizard.go_to_problem(problem)
        await pilot.pause()
        focused = app.focused
        assert focused is not None
        assert any(
            isinstance(each, FormRow) and each.path == "pipeline.schedule" for each in focused.ancestors
        )


# -- quality


def check_rows(step: QualityStep, kind: str) -> list[CheckRow]:
    return [row for row in step.table.rows if row.kind == kind]


async def test_quality_by_keys(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        step = app.screen.query_one(QualityStep)
        before = len(state.design.quality.pre_transform)
        suggested = len(check_rows(step, "suggestion"))
        assert suggested > 0
        step.table.cursor = next(n for n, row in enumerate(step.table.rows) if row.kind == "suggestion")
        await press(pilot, "space")
        assert len(state.design.quality.pre_transform) == before + 1
        await settled(pilot)
        assert len(check_rows(step, "suggestion")) == suggested - 1
        await press(pilot, "A")
        await settled(pilot)
        assert check_rows(step, "suggestion") == []
        await press(pilot, "u", "u")
        assert len(state.design.quality.pre_transform) == before
        step.go_to("pre_transform", 0)
        await press(pilot, "x")
        assert len(state.design.quality.pre_transform) == before - 1
        await press(pilot, "u")
        assert state.design.quality.pre_transform[0].check == "not_null"


async def test_a_check_is_added_and_its_verdict_follows_the_typing(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        step = app.screen.query_one(QualityStep)
        await press(pilot, "plus")
        await type_text(pilot, "range")
        await press(pilot, "enter")
        await press(pilot, "down", "down", "enter")
        await settled(pilot)
        added = state.design.quality.pre_transform[-1]
        assert added.check == "range"
        row = next(row for row in app.screen.query(FormRow) if row.path == "min")
        row.field.focus()
        await press(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "999999999")
        await settled(pilot)
        path = f"quality.pre_transform[{len(state.design.quality.pre_transform) - 1}]"
        assert state.design.quality.pre_transform[-1].min == 999999999
        assert (
            step.verdict(
                CheckRow("check", "pre_transform", len(state.design.quality.pre_transform) - 1)
            ).status
            == "failed"
        ), path


async def test_what_a_checks_field_cannot_read_is_said_until_it_can_be(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        step = app.screen.query_one(QualityStep)
        index = [check.check for check in state.design.quality.pre_transform].index("range")
        step.go_to("pre_transform", index)
        await press(pilot, "e")
        await settled(pilot)
        row = next(row for row in app.screen.query(FormRow) if row.path == "min")
        row.field.focus()
        await press(pilot, "ctrl+k")
        await type_text(pilot, "few")
        await settled(pilot)
        assert "few" in row.error
        # Another field of the check changes, and the review that follows finds nothing.
        severity = next(row for row in app.screen.query(FormRow) if row.path == "severity")
        severity.field.focus()
        await press(pilot, "right")
        await settled(pilot)
        assert "few" in row.error
        assert row.value == "few"
        assert state.design.quality.pre_transform[index].min is None, "emptied on the way"
        row.field.focus()
        await press(pilot, "ctrl+a", "ctrl+k")
        await type_text(pilot, "12")
        await settled(pilot)
        assert (row.error, state.design.quality.pre_transform[index].min) == ("", 12)


async def test_a_threshold_that_is_no_number_is_refused(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "end", "e")
        await settled(pilot)
        row = next(row for row in app.screen.query(FormRow) if row.path.endswith("max_failed_rows"))
        row.field.focus()
        await press(pilot, "ctrl+k")
        await type_text(pilot, "7")
        await settled(pilot)
        assert state.design.quality.thresholds.max_failed_rows == 7
        await type_text(pilot, "x")
        await settled(pilot)
        assert "7x" in row.error
        assert state.design.quality.thresholds.max_failed_rows == 7


async def test_quality_by_mouse(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        step = app.screen.query_one(QualityStep)
        number = next(n for n, row in enumerate(step.table.rows) if row.kind == "suggestion")
        before = len(state.design.quality.pre_transform)
        await pilot.click(step.table, offset=(0, number + 1))
        await pilot.pause()
        assert len(state.design.quality.pre_transform) == before + 1
        await pilot.click(step.table, offset=(10, 3))
        await pilot.pause(0.3)
        assert str(app.screen.query_one("#check-main").border_title) == "Unique"


# -- summary


async def test_summary_shows_text_flow_and_every_file(shop: Path) -> None:
    _, app = open_step(shop, "summary")
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        text = shown(pilot, "#summary-text")
        assert text.startswith("Pipeline Design Summary\n=======================\nArchitecture: ")
        assert text.endswith("Shall I proceed with implementation?")
        assert "daily_revenue" in shown(pilot, "#summary-flow")
        tree = app.screen.query_one(FileTree)
        assert tree.path == "README.md"
        assert tree.move_to("sql/transformations/daily_revenue.sql")
        await pilot.pause(0.2)
        assert "SELECT" in str(app.screen.query_one(FileView).query_one(Static).content)


async def test_the_summary_is_copied_exactly_and_without_secrets(shop: Path) -> None:
    state, app = open_step(shop, "summary")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "y")
        assert app.clipboard.startswith("Pipeline Design Summary\n")
        assert app.clipboard.endswith("Shall I proceed with implementation?\n")
        for secret in state.secrets.values():
            assert secret not in app.clipboard
        await press(pilot, "v")
        assert app.screen.query_one(FileTree).has_focus
        await press(pilot, "v")
        await pilot.click("#summary-write")
        await settled(pilot)
        assert state.step == "write"


async def test_problems_keep_files_away_and_lead_to_their_field(shop: Path) -> None:
    state, app = open_step(shop, "summary")
    state.design.transformations[0].sql = "SELECT nonsense FROM staging.orders"
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        assert app.screen.query_one("#summary-no-files").display
        assert "to be mended" in shown(pilot, "#summary-no-files")
        listing = app.screen.query_one(SummaryStep).query_one("#summary-problems", ProblemList)
        assert listing.options.option_count >= 1
        listing.focus_list()
        await press(pilot, "down", "enter")
        await settled(pilot)
        assert state.step == "transforms"
