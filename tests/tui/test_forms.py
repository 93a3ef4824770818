"""Forms hold still: a click hits what it was aimed at, hints have their own place, Enter leads on."""

from __future__ import annotations

from typing import Any

import pytest
from textual.events import MouseDown, MouseEvent, MouseUp
from textual.geometry import Region
from textual.pilot import Pilot

from generator.connectors.catalog import Catalog
from generator.design.models import PipelineDesign, Source
from generator.design.problems import Problem
from tui.app import PipewizardApp
from tui.pipeline_dialog import PipelineDialog
from tui.steps import sources_probes
from tui.widgets.choice import ChoiceDialog
from tui.widgets.form_row import FormRow, text_row
from tui.widgets.hint_line import HintLine
from tui.widgets.text_input import TextInput

from .conftest import new_app, ready, screen_text, until

CRM = Source(name="crm", type="postgres")


def regions(app: PipewizardApp) -> dict[str, Region]:
    """Return where every field that is shown lies."""
    return {row.path: row.field.region for row in app.screen.query(FormRow) if row.field.region}


def press(app: PipewizardApp, kind: type[MouseEvent], spot: tuple[int, int]) -> None:
    """Press or let go of a mouse button, as a terminal tells of it."""
    app.post_message(kind(None, *spot, 0, 0, 1, False, False, False, *spot))


async def opened(pilot: Pilot[None], app: PipewizardApp) -> None:
    """Show the connection's form."""
    await until(pilot, lambda: ready(app))
    await pilot.press("c")
    await until(pilot, lambda: "sources[0].connection.host" in regions(app))
    await until(pilot, lambda: app.focused is not None)


async def test_no_field_of_a_connection_moves_with_the_focus() -> None:
    app = new_app(PipelineDesign(sources=[CRM.model_copy(deep=True)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        before = regions(app)
        seen: list[str] = []
        for _ in range(5):
            await pilot.press("tab")
            await pilot.pause()
            assert regions(app) == before
            seen.append(str(app.screen.query_one(HintLine).render()))
        assert len(set(seen)) == 5, "each field says what goes in"


async def test_a_slow_click_hits_the_field_it_was_aimed_at() -> None:
    app = new_app(PipelineDesign(sources=[CRM.model_copy(deep=True)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        tls = next(row for row in app.screen.query(FormRow) if row.path.endswith(".sslmode"))
        spot = (tls.field.region.x + 2, tls.field.region.y)
        await pilot.mouse_down(offset=spot)
        await pilot.pause(0.3)
        await pilot.mouse_up(offset=spot)
        await pilot.click(offset=spot)
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and ready(app))


async def test_a_form_without_a_hint_line_holds_still_while_the_mouse_is_down() -> None:
    app = new_app(PipelineDesign())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, PipelineDialog) and app.focused is not None)
        await pilot.pause()
        before = regions(app)
        last = list(before)[-1]
        spot = (before[last].x + 2, before[last].y)
        press(app, MouseDown, spot)
        await until(pilot, lambda: isinstance(app.focused, TextInput) and app.focused.region.y == spot[1])
        await pilot.pause(0.2)
        assert regions(app) == before
        press(app, MouseUp, spot)
        await until(pilot, lambda: not app.mouse_pressed)


async def test_enter_leads_to_the_next_required_field_and_then_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def recorded(*arguments: Any) -> Catalog:
        asked.append(arguments)
        return Catalog(connector="postgres", system="PostgreSQL 16")

    monkeypatch.setattr(sources_probes, "probe", recorded)
    app = new_app(PipelineDesign(sources=[CRM.model_copy(deep=True)]))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        typed = []
        for _ in range(8):
            if asked:
                break
            row = next(row for row in app.screen.query(FormRow) if row.has_focus_within)
            typed.append(row.path.rpartition(".")[2])
            await pilot.press(*"db", "enter")
            await pilot.pause()
        await until(pilot, lambda: asked)
        from generator.connectors.registry import connector

        fields = connector("postgres").Settings.model_fields
        assert typed[0] == "host"
        assert all(fields[name].is_required() for name in typed[1:])


async def test_an_error_belongs_to_the_source_that_is_shown() -> None:
    design = PipelineDesign(sources=[Source(name="my shop", type="sqlite"), CRM.model_copy(deep=True)])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.problems_are_current)
        await pilot.press("c")
        await until(pilot, lambda: "snake_case" in screen_text(app))
        await pilot.press("escape", "down")
        await until(pilot, lambda: "snake_case" not in screen_text(app))


async def test_what_a_field_cannot_read_stays_with_its_error_until_something_else_is_shown() -> None:
    missing = Problem("size", "error", "no size", "give one")
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        row = text_row("size", "Size", "5")
        await app.screen.mount(row)
        await pilot.pause()
        row.field.value = "few"
        row.refuse("'few' is no number")
        row.show_problem(missing)
        row.show_problem(None)
        row.put("5")
        assert (row.value, row.error) == ("few", "'few' is no number"), "the design still holds 5"
        row.put("6")
        assert (row.value, row.error) == ("6", ""), "the design holds something else now"
        row.show_problem(missing)
        assert row.error == "no size → give one"
        row.accept()
        assert row.error == ""


async def test_a_bad_number_does_not_follow_to_the_next_table(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("e")
        await until(pilot, lambda: "extraction.batch_size" in regions(app))
        row = next(row for row in app.screen.query(FormRow) if row.path == "extraction.batch_size")
        row.field.focus()
        await pilot.press(*"many")
        await until(pilot, lambda: row.error)
        other = next(row for row in app.screen.query(FormRow) if row.path == "loading.strategy")
        other.field.focus()
        await pilot.press("right")
        await pilot.pause(0.6)
        assert (row.value, row.error) == ("many", "A whole number, or nothing")
        await pilot.press("escape", "t", "down", "e")
        await until(pilot, lambda: row.value == "" and not row.error)
