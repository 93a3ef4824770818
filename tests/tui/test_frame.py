"""The frame: moving between steps, problems, undo, saving, help, palette, keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from generator import drafts
from generator.design.models import PipelineDesign, Source
from generator.design.problems import structural_problems
from generator.design.yaml_io import dump_design, parse_design
from tui.app import PipewizardApp
from tui.keymap import TAKEN, all_actions
from tui.pipeline_dialog import PipelineDialog
from tui.progress import step_states
from tui.state import WizardState
from tui.widgets.choice import ChoiceDialog
from tui.widgets.key_footer import KeyFooter
from tui.widgets.problem_list import ProblemList
from tui.widgets.row_table import RowTable
from tui.wizard import WizardScreen

from .conftest import new_app, ready, screen_text, until


def wizard(app: PipewizardApp) -> WizardScreen:
    """Return the open wizard."""
    assert app.wizard is not None
    return app.wizard


async def test_every_step_is_reachable_at_any_time_by_key(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        for number, step in enumerate(
            ("sources", "destination", "transforms", "slas", "quality", "summary"), 1
        ):
            await pilot.press(f"alt+{number}")
            await until(pilot, lambda step=step: wizard(app).state.step == step)
        await pilot.press("ctrl+o")
        assert wizard(app).state.step == "quality"


async def test_every_step_is_reachable_by_mouse(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        for step in ("destination", "quality", "sources"):
            await pilot.click(f"#stepper-{step}")
            await until(pilot, lambda step=step: wizard(app).state.step == step)


async def test_next_shows_every_problem_of_the_step_and_stays() -> None:
    app = new_app(PipelineDesign())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("ctrl+n")
        problems = wizard(app).query_one(ProblemList)
        await until(pilot, lambda: problems.display)
        assert problems.options.option_count == len(wizard(app).state.problems("sources"))
        assert wizard(app).state.step == "sources"


async def test_next_goes_on_when_the_step_is_complete(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: wizard(app).state.step == "destination")


async def test_the_stepper_tells_states_by_glyph() -> None:
    app = new_app(PipelineDesign())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.problems())
        await pilot.press("2")
        await until(pilot, lambda: wizard(app).state.step == "destination")
        row = screen_text(app).splitlines()[1]
        assert re.search(r"! Sources .*● Destination .*○ Transforms .*○ Summary .*○ Write", row)


async def test_undo_and_redo_bring_back_a_removed_source(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and "4 tables ·" in screen_text(app))
        before = wizard(app).state.design
        await pilot.press("delete")
        assert wizard(app).state.design.sources == []
        await pilot.press("u")
        assert wizard(app).state.design == before
        await pilot.press("ctrl+r")
        assert wizard(app).state.design.sources == []


async def test_a_change_is_on_disk_within_a_second(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        wizard(app).state.edit("rename", lambda design: setattr(design.pipeline, "name", "renamed"))
        await until(pilot, lambda: [one.pipeline for one in drafts.list_drafts()] == ["renamed"], seconds=1.2)


async def test_quitting_saves_what_was_typed_last(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        wizard(app).state.edit("owner", lambda design: setattr(design.pipeline, "owner", "me"))
        await pilot.press("ctrl+q")
    (info,) = drafts.list_drafts()
    with drafts.resume(info.name) as draft:
        assert draft.design.pipeline.owner == "me"


async def test_a_second_wizard_on_one_draft_is_told(shop_design: PipelineDesign) -> None:
    with drafts.create(shop_design) as held:
        held.save(shop_design)
        app = new_app()
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await until(pilot, lambda: "shop_orders" in screen_text(app))
            await until(pilot, lambda: app.screen.query_one(RowTable).has_focus)
            await pilot.press("enter")
            told = app._notifications
            await until(pilot, lambda: any("open in another wizard" in one.message for one in told))
            assert app.wizard is None


async def test_the_pipeline_is_edited_from_anywhere(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, PipelineDialog) and ready(app))
        await pilot.press("backspace", *"orders_2", "enter")
        assert wizard(app).state.design.pipeline.name == "orders_2"
        assert "orders_2" in screen_text(app).splitlines()[0]
        await pilot.press("u")
        assert wizard(app).state.design.pipeline.name == "shop_orders"


async def test_the_help_filters_and_names_every_action_of_every_step(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "Help: every key" in screen_text(app))
        listing = app.screen.query_one(OptionList)
        everything = listing.option_count
        assert everything > 40
        app.screen.query_one(Input).value = "personal data"
        await until(pilot, lambda: listing.option_count < everything)
        assert "Personal" in screen_text(app)


async def test_the_palette_does_what_it_lists(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and ready(app))
        await pilot.press(*"go to quality", "enter")
        await until(pilot, lambda: wizard(app).state.step == "quality")


async def test_the_menu_of_the_title_line_opens_the_palette_by_mouse(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.click("#menu")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and ready(app))


@pytest.mark.parametrize("step", [1, 2])
async def test_the_footer_shows_at_most_six_keys_and_all_of_them(
    shop_design: PipelineDesign, step: int
) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press(f"alt+{step}", "tab", "tab")
        await pilot.pause()
        footer = wizard(app).query_one(KeyFooter)
        line = screen_text(app).splitlines()[-1]
        assert 2 <= len(footer.keys) <= 6
        for _key, written, label in footer.keys:
            assert f"{written} {label}" in line


async def test_a_footer_key_can_be_clicked(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.click("#key-footer", offset=(2, 0))
        await until(pilot, lambda: wizard(app).state.step == "destination")


async def test_hostile_names_are_shown_verbatim() -> None:
    design = PipelineDesign(sources=[Source(name="[/x] [a=b] text[]", type="sqlite")])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and "[/x] [a=b]" in screen_text(app))


async def test_keys_can_be_remapped(tmp_path: Path, shop_design: PipelineDesign) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text('[keys]\nwizard.next = "f9"\n', encoding="utf-8")
    app = PipewizardApp(shop_design, keymap_file=keys)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        assert "F9 Next" in screen_text(app).splitlines()[-1]
        await pilot.press("f9")
        await until(pilot, lambda: wizard(app).state.step == "destination")


def test_no_action_takes_a_key_that_terminals_or_text_fields_need() -> None:
    for action in all_actions():
        assert not TAKEN & set(action.keys.split(",")), action
        assert action.help.strip(), action


async def test_many_problems_have_a_filter() -> None:
    design = PipelineDesign(sources=[Source(name=f"s{number}", type="sqlite") for number in range(30)])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.problems_are_current)
        await pilot.press("f8")
        problems = wizard(app).query_one(ProblemList)
        await until(pilot, lambda: problems.display and problems.options.has_focus)
        every = problems.options.option_count
        assert every > 20
        await pilot.press("slash", *"s17")
        await until(pilot, lambda: 0 < problems.options.option_count < every)
        assert "s17" in screen_text(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: getattr(wizard(app).current, "index", 0) == 17)


def test_a_step_nobody_opened_tells_what_is_wrong_with_what_was_said_there() -> None:
    state = WizardState(PipelineDesign())
    state.step = "summary"
    state.reviewed(0, structural_problems(state.design))
    assert step_states(state)["slas"] == "untouched"
    read_back = WizardState(parse_design(dump_design(PipelineDesign()), "a draft"))
    assert step_states(read_back)["slas"] == "untouched"
    state.edit("a schedule", lambda design: setattr(design.pipeline, "schedule", "each full moon"))
    state.reviewed(state.revision, structural_problems(state.design))
    assert step_states(state)["slas"] == "problems"
