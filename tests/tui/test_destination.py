"""Destination, by keys and by mouse."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from generator.design.models import PipelineDesign
from tui.app import PipewizardApp
from tui.steps.destination import DestinationStep
from tui.steps.destination_types import TypesView, type_rows
from tui.widgets.choice import Choice, ChoiceDialog
from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.form_row import FormRow

from .conftest import new_app, ready, screen_text, until


async def opened(app: PipewizardApp, pilot: object) -> DestinationStep:
    """Open the step."""
    assert app.wizard is not None
    await app.wizard.show_step("destination")
    return app.wizard.query_one(DestinationStep)


async def test_the_connection_is_tested_live(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        step = await opened(app, pilot)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: step.query_one(ConnectionTester).phase == "ok")
        assert "DuckDB" in screen_text(app)


async def test_a_strategy_that_cannot_work_is_greyed_out_with_the_reason(
    shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_design.destination.type = "files"
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        step = await opened(app, pilot)
        row = next(row for row in step.query(FormRow) if row.path == "loading.strategy")
        assert isinstance(row.field, Choice)
        blocked = {item.value: item.blocked for item in row.field.items if item.blocked}
        from generator.connectors.registry import connector

        offered = connector("files").capabilities.loading
        assert set(blocked) == {"append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"} - offered
        if blocked:
            row.field.focus()
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and ready(app))
            assert "not possible" in screen_text(app)


async def test_values_are_stepped_through_and_undone(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        step = await opened(app, pilot)
        row = next(row for row in step.query(FormRow) if row.path == "schema_design")
        await until(pilot, lambda: app.focused is not None)
        row.field.focus()
        await until(pilot, lambda: row.field.has_focus)
        await pilot.press("right")
        assert step.design.destination.schema_design == "snowflake"
        await pilot.press("u")
        assert step.design.destination.schema_design == "star"
        assert row.value == "star"


async def test_a_column_gets_another_type_and_takes_it_back(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        step = await opened(app, pilot)
        await pilot.press("t")
        await until(pilot, lambda: step.query_one(TypesView).has_focus_within)
        first = type_rows(step.design)[0]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and isinstance(app.focused, Input))
        await pilot.press(*"decimal(38", "enter")
        assert step.design.destination.column_types == {first.table: {first.column: "decimal(38,9)"}}
        await pilot.press("r")
        assert step.design.destination.column_types == {}
