"""Nothing is lost, nothing is mangled: saving the design as a file, and drafts of a newer version."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import drafts
from generator.design.models import PipelineDesign
from generator.design.yaml_io import load_design
from tests.tui.conftest import new_app, ready, screen_text, until
from tui.save_dialog import SaveDialog
from tui.widgets.form_row import FormRow
from tui.widgets.row_table import RowTable
from tui.wizard import WizardScreen


async def test_ctrl_s_writes_the_design_to_a_file_that_opens_again(
    tmp_path: Path, shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WizardScreen) and ready(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, SaveDialog) and ready(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, WizardScreen) and ready(app))
        written = tmp_path / "shop_orders.yaml"
        assert app.wizard is not None
        assert load_design(written) == app.wizard.state.design
        assert any(str(written) in each.message for each in app._notifications)
        assert [path.name for path in tmp_path.glob(".*")] == []


async def test_a_file_that_is_there_is_replaced_only_on_a_second_enter(
    tmp_path: Path, shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop_orders.yaml").write_text("precious\n", encoding="utf-8")
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WizardScreen) and ready(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, SaveDialog) and ready(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one(FormRow).error)
        assert "exists" in screen_text(app)
        assert (tmp_path / "shop_orders.yaml").read_text(encoding="utf-8") == "precious\n"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, WizardScreen) and ready(app))
        assert (tmp_path / "shop_orders.yaml").read_text(encoding="utf-8") == "precious\n"
        await pilot.press("ctrl+s", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, WizardScreen) and ready(app))
        assert app.wizard is not None
        assert load_design(tmp_path / "shop_orders.yaml") == app.wizard.state.design


async def test_a_file_that_cannot_be_written_says_so_and_keeps_the_dialog(
    shop_design: PipelineDesign,
) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WizardScreen) and ready(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, SaveDialog) and ready(app))
        await pilot.press("ctrl+a", "ctrl+k", *"/proc/nowhere/design.yaml", "enter")
        await until(pilot, lambda: "Cannot write there" in screen_text(app))
        assert isinstance(app.screen, SaveDialog)


async def test_a_draft_of_a_newer_version_is_refused_by_name_and_left_as_it_is(
    shop_design: PipelineDesign,
) -> None:
    with drafts.create(shop_design) as draft:
        draft.save(shop_design)
        path = draft.path
    newer = path.read_text(encoding="utf-8").replace("version: 1", "version: 9", 1) + "hologram: {}\n"
    assert newer.startswith("version: 9")
    path.write_text(newer, encoding="utf-8")
    app = new_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: "unreadable" in screen_text(app))
        await until(pilot, lambda: app.screen.query_one(RowTable).has_focus)
        await pilot.press("enter")
        await until(pilot, lambda: app._notifications)
        said = next(iter(app._notifications)).message
        assert "newer" in said
        assert "9" in said
        assert app.wizard is None
        assert not isinstance(app.screen, WizardScreen)
    assert path.read_text(encoding="utf-8") == newer
