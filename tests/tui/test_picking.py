"""Picking instead of typing: columns, tables, strategies; long lists by filter. By keys and by mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.tui.conftest import ready, screen_text, until
from tests.tui.step_host import settled
from tests.tui.test_steps_by_hand import SIZE, open_step, press, type_text
from tui.state import WizardState
from tui.steps import transforms_query
from tui.steps.quality import QualityStep
from tui.steps.quality_list import CheckList
from tui.steps.summary import SummaryStep
from tui.steps.table_settings import TableSettings
from tui.steps.transforms_add import AddTransformDialog
from tui.steps.transforms_list import TransformList
from tui.steps.transforms_output import OutputDialog
from tui.views.live_query import tables_for
from tui.widgets.choice import Choice
from tui.widgets.columns_choice import ColumnsChoice, ColumnsDialog
from tui.widgets.file_tree import FileTree, FilteredTree
from tui.widgets.filtered_list import ListFilter
from tui.widgets.form_row import FormRow
from tui.widgets.problem_list import ProblemList
from tui.widgets.sql_editor import CodeEditor
from tui.widgets.tables_list import TablesList
from tui.widgets.view_switch import ViewSwitch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


def field(pilot: Pilot[None], path: str) -> FormRow:
    return next(row for row in pilot.app.screen.query(FormRow) if row.path == path)


def key_of(state: WizardState, index: int = 0) -> list[str]:
    loading = state.design.transformations[index].loading
    return loading.key if loading else []


async def test_a_suggested_key_is_taken_with_one_enter(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    loading = state.design.transformations[0].loading
    assert loading is not None
    loading.key = []
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, OutputDialog) and ready(app))
        field(pilot, "key").field.focus()
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog) and ready(app))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, OutputDialog) and ready(app))
        assert key_of(state) == ["day", "region"]
        await until(pilot, lambda: field(pilot, "key").error == "")


@pytest.mark.parametrize("by", ["keys", "mouse"])
async def test_a_key_is_picked_from_the_columns_of_the_query(shop: Path, by: str) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        if by == "keys":
            await press(pilot, "o")
        else:
            await pilot.click("#transform-about")
        await until(pilot, lambda: isinstance(app.screen, OutputDialog) and ready(app))
        if by == "keys":
            field(pilot, "key").field.focus()
            await press(pilot, "enter")
        else:
            await pilot.click(field(pilot, "key").field)
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog) and ready(app))
        options = app.screen.query_one("#columns-options", OptionList)
        assert [str(options.get_option_at_index(at).prompt).split()[1] for at in range(1, 4)] != []
        if by == "keys":
            # day is out, orders is in: the order is that of picking.
            await press(pilot, "space", "down", "down", "space", "enter")
        else:
            await pilot.click(options, offset=(3, 0))
            await until(pilot, lambda: "✦" in str(options.get_option_at_index(0).prompt))
            # The suggestion, two lines, now stands above: day, region, orders follow.
            await pilot.click(options, offset=(3, 4))
            await pilot.click("#columns-take")
        await until(pilot, lambda: isinstance(app.screen, OutputDialog) and ready(app))
        assert key_of(state) == ["region", "orders"]


async def test_closing_the_columns_changes_nothing(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "o")
        field(pilot, "key").field.focus()
        await press(pilot, "enter", "space", "down", "space", "escape")
        assert key_of(state) == ["day", "region"]


async def test_names_can_be_typed_while_the_columns_are_not_known(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "down", "down", "down")
        await settled(pilot)
        await press(pilot, "o")
        field(pilot, "strategy").field.focus()
        control = field(pilot, "strategy").field
        assert isinstance(control, Choice)
        control.choose("upsert")
        await pilot.pause()
        key = field(pilot, "key").field
        assert isinstance(key, ColumnsChoice)
        key.focus()
        await press(pilot, "enter")
        await type_text(pilot, "country\n\n")
        await until(pilot, lambda: isinstance(app.screen, OutputDialog) and ready(app))
        assert key_of(state, 3) == ["customer_id", "country"]


async def test_an_impossible_strategy_is_greyed_out_with_its_reason(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.steps import transforms_output

    def reasons(design: object, transform: object, strategy: str) -> str:
        return "this place keeps no history" if strategy == "scd2" else ""

    monkeypatch.setattr(transforms_output, "strategy_reasons", reasons)
    _, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "o")
        field(pilot, "strategy").field.focus()
        await press(pilot, "enter")
        options = app.screen.query_one(OptionList)
        blocked = [option for option in options.options if option.disabled]
        assert len(blocked) == 1
        assert "not possible: this place keeps no history" in str(blocked[0].prompt)


async def test_many_transforms_are_filtered_and_the_right_one_is_changed(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    for number in range(40):
        copy = state.design.transformations[0].model_copy(deep=True)
        copy.name, copy.output_table = f"revenue_{number:02}", f"analytics.revenue_{number:02}"
        state.design.transformations.append(copy)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        listing = app.screen.query_one(TransformList)
        assert listing.has_class("-many")
        await press(pilot, "slash")
        assert listing.query_one(ListFilter).has_focus
        await type_text(pilot, "enue_1")
        assert listing.options.option_count == 11
        await press(pilot, "down", "down")
        assert str(app.screen.query_one("#transform-main").border_title).startswith("revenue_11")
        await press(pilot, "x")
        assert "revenue_11" not in {item.name for item in state.design.transformations}
        assert len(state.design.transformations) == 43
        await press(pilot, "u")
        assert len(state.design.transformations) == 44


@pytest.mark.parametrize("by", ["keys", "mouse"])
async def test_a_column_of_the_tables_goes_into_the_query(shop: Path, by: str) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        editor = app.screen.query_one(CodeEditor)
        editor.load("SELECT ")
        editor.focus_text(0, 7)
        await press(pilot, "f9", "f9")
        tables = app.screen.query_one("#query-tables", TablesList)
        assert tables.display
        if by == "keys":
            tables.table.focus()
            await press(pilot, "slash")
            await type_text(pilot, "orders amount")
            await press(pilot, "down", "down", "enter")
        else:
            await pilot.click(tables.table, offset=(4, 2))
            await pilot.click(tables.table, offset=(4, 2))
        await pilot.pause()
        wanted = "amount" if by == "keys" else "customer_id"
        assert editor.text == f"SELECT {wanted}"
        assert editor.area.has_focus
        assert state.design.transformations[0].sql == f"SELECT {wanted}"


async def test_the_tables_are_found_once_however_much_is_typed(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def counted(design: object, index: int) -> object:
        found.append(index)
        return tables_for(state.design, index)

    state, app = open_step(shop, "transforms")
    monkeypatch.setattr(transforms_query, "tables_for", counted)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = len(found)
        editor = app.screen.query_one(CodeEditor)
        editor.load("SELECT o. FROM staging.orders AS o")
        editor.focus_text(0, 9)
        await type_text(pilot, "amou")
        assert editor.area.completing
        await press(pilot, "tab")
        await settled(pilot)
        assert len(found) == before
        # A change made elsewhere is seen.
        table = next(table for table in state.design.sources[0].tables if table.staging_name == "orders")
        state.edit("mask it", lambda design: design.sources[0].tables[2].pii.update({"amount": "drop"}))
        assert table.staging_name == "orders"
        await settled(pilot)
        assert len(found) == before + 1
        await type_text(pilot, ", o.amo")
        assert not editor.area.completing


async def test_a_click_chooses_a_starter_and_two_add_it(shop: Path) -> None:
    state, app = open_step(shop, "transforms")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "plus")
        await until(pilot, lambda: isinstance(app.screen, AddTransformDialog) and ready(app))
        await pilot.click("#starter-list", offset=(3, 2))
        await pilot.pause()
        assert isinstance(app.screen, AddTransformDialog)
        assert app.screen.starter.id == "aggregate"
        await pilot.click("#starter-list", offset=(3, 2), times=2)
        await until(pilot, lambda: len(state.design.transformations) == 5)
        assert "GROUP BY" in (state.design.transformations[-1].sql or "")


async def test_checks_are_filtered_and_keep_their_place(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        step = app.screen.query_one(QualityStep)
        listing = app.screen.query_one(CheckList)
        await press(pilot, "slash")
        await type_text(pilot, "unique order_items")
        shown = [row for row in step.table.rows if row.kind == "check"]
        assert [row.check.check for row in shown if row.check] == ["unique"]
        await press(pilot, "enter", "x")
        assert all(
            check.check != "unique" or check.table != "order_items"
            for check in state.design.quality.pre_transform
        )
        await press(pilot, "u")
        assert any(check.table == "order_items" for check in state.design.quality.pre_transform)
        assert listing.go_to(("check", "pre_transform", "0"))
        assert step.row is not None
        assert step.row.index == 0


async def test_the_columns_of_a_check_are_picked(shop: Path) -> None:
    state, app = open_step(shop, "quality")
    number = next(
        at for at, check in enumerate(state.design.quality.pre_transform) if check.table == "order_items"
    )
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.screen.query_one(QualityStep).go_to("pre_transform", number)
        await until(pilot, lambda: app.screen.query(FormRow) and field(pilot, "columns"))
        field(pilot, "columns").field.focus()
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ColumnsDialog) and ready(app))
        await press(pilot, "down", "down", "space", "enter")
        await until(pilot, lambda: not isinstance(app.screen, ColumnsDialog))
        assert len(state.design.quality.pre_transform[number].columns) == 3


async def test_the_files_of_the_summary_are_filtered(shop: Path) -> None:
    _, app = open_step(shop, "summary")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "slash")
        await type_text(pilot, "sql daily_revenue.sql")
        await pilot.pause(0.2)
        tree = app.screen.query_one(FileTree)
        assert tree.path.endswith("daily_revenue.sql")
        await press(pilot, "enter")
        assert tree.has_focus
        assert app.screen.query_one(FilteredTree).display
        assert app.screen.query_one("#summary-views", ViewSwitch).view == "files"


async def test_a_problem_of_two_tables_of_one_name_leads_to_the_name_in_staging(shop: Path) -> None:
    state, app = open_step(shop, "sources")
    source = state.design.sources[0]
    state.design.sources.append(source.model_copy(update={"name": "second", "tables": source.tables[:1]}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "ctrl+n")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        rows = app.screen.query_one(TableSettings).query(FormRow)
        assert [row.path.rpartition(".")[2] for row in rows if row.field.has_focus] == ["alias"]


async def test_problems_take_the_place_of_the_files_where_there_is_room(shop: Path) -> None:
    state, app = open_step(shop, "summary")
    state.design.pipeline.name = "Not a name"
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        above, beside = app.screen.query_one(SummaryStep).query(ProblemList)
        assert beside.display
        assert not above.display
        assert beside.region.height > 30
        assert "pipeline: 'Not a name'" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert above.display
        assert not beside.display
        await pilot.resize_terminal(140, 45)
        state.undo()
        state.edit("a name", lambda design: setattr(design.pipeline, "name", "a_name"))
        await settled(pilot)
        assert not beside.display
        assert app.screen.query_one(FileTree).display
