"""Footer and menu offer what does something where the person is, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.widgets import Static

from generator.design.models import PipelineDesign
from tui.app import PipewizardApp
from tui.commands import commands
from tui.steps.quality import QualityStep
from tui.widgets.hint_line import HintLine
from tui.widgets.row_table import Col, RowTable
from tui.widgets.title_line import TitleLine

from .conftest import new_app, ready, screen_text, until


def footer(app: PipewizardApp) -> str:
    return screen_text(app).splitlines()[-1]


async def test_an_empty_list_of_transforms_offers_only_to_add_one() -> None:
    app = new_app(PipelineDesign())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("3")
        await until(pilot, lambda: "Add" in footer(app) and "Your first transform" in screen_text(app))
        assert not [word for word in ("Edit", "Output", "View") if word in footer(app)]


@pytest.mark.parametrize(("step", "absent", "there"), [("1", "wizard.back", "wizard.next"),
                                                       ("7", "wizard.next", "wizard.back")])  # fmt: skip
async def test_nothing_leads_before_the_first_step_or_after_the_last(
    shop_design: PipelineDesign, step: str, absent: str, there: str
) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press(step)
        await until(pilot, lambda: app.wizard and app.wizard.state.step == ("sources", "write")[step == "7"])
        await pilot.pause()
        names = {command.item.value for command in commands(app.screen)}
        assert there in names
        assert absent not in names
        assert ("Next" in footer(app)) == (absent != "wizard.next")


async def test_the_quality_step_offers_what_goes_with_the_line_and_explains_its_fields(
    shop_design: PipelineDesign,
) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("5")
        await until(pilot, lambda: "suggested" in screen_text(app) and ready(app))
        step = app.screen.query_one(QualityStep)
        for kind, offered in (("check", False), ("suggestion", True)):
            step.table.cursor = [str(row.kind) for row in step.table.rows].index(kind)
            await until(pilot, lambda wanted=offered: ("Accept" in footer(app)) == wanted)
            # What a check or a suggestion says is there with its form, not only after the next dry run.
            assert str(step.query_one("#check-said", Static).content)
        step.table.cursor = [row.kind for row in step.table.rows].index("check")
        await pilot.press("e")
        hint = app.screen.query_one(HintLine)
        await until(pilot, lambda: "column that is checked" in str(hint.content))
        bottom = step.query_one("#check-main").content_region.bottom
        assert hint.region.bottom == bottom, "the hint has its own place under the form"


async def test_a_long_name_of_a_pipeline_ends_before_what_follows_it() -> None:
    design = PipelineDesign()
    design.pipeline.name = "quarterly_settlement_positions_consolidation_for_the_whole_group"
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and "saved" in screen_text(app))
        assert app.screen.query_one(TitleLine).pipeline == design.pipeline.name
        assert "… saved" in " ".join(screen_text(app).splitlines()[0].split())


@pytest.mark.parametrize(
    ("key", "widths"), [("id", (23, 2)), ("order_id + line_no", (6, 19))], ids=["short", "long"]
)
async def test_a_column_leaves_to_others_what_it_has_no_use_for(key: str, widths: Sequence[int]) -> None:
    table = RowTable[str]((Col("t"), Col("k")), lambda row: [row, key])
    app = new_app()
    async with app.run_test(size=(26, 8)) as pilot:
        await until(pilot, lambda: ready(app))
        await app.screen.mount(table)
        table.styles.width = 26
        table.show(["department_00_monthly_positions" if key == "id" else "orders"])
        await pilot.pause()
        assert [width for _, _, width in table._layout()] == list(widths)
