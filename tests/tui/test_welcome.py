"""Welcome: resume, start, open, demo, delete with undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import drafts
from generator.design.models import PipelineDesign
from generator.design.yaml_io import dump_design
from tui.open_dialog import OpenDialog
from tui.pipeline_dialog import PipelineDialog
from tui.widgets.row_table import RowTable

from .conftest import new_app, ready, screen_text, until


async def test_an_empty_welcome_teaches() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No drafts yet" in screen_text(app))
        assert "Press d for the demo" in screen_text(app)


async def test_new_asks_for_the_name_and_opens_the_wizard() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, PipelineDialog) and ready(app))
        await pilot.press(*"web_shop", "enter")
        assert app.wizard is not None
        assert app.wizard.state.design.pipeline.name == "web_shop"


async def test_a_draft_is_listed_and_resumed_at_its_step(shop_design: PipelineDesign) -> None:
    with drafts.create(shop_design) as draft:
        draft.save(shop_design, step="destination")
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "shop_orders" in screen_text(app))
        assert "Destination" in screen_text(app)
        await until(pilot, lambda: app.screen.query_one(RowTable).has_focus)
        await pilot.press("enter")
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.step == "destination")
        assert app.wizard is not None
        assert app.wizard.state.design == shop_design


async def test_a_deleted_draft_comes_back_with_undo(shop_design: PipelineDesign) -> None:
    with drafts.create(shop_design) as draft:
        draft.save(shop_design)
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.screen.query_one(RowTable)
        await until(pilot, lambda: len(table.rows) == 1)
        await until(pilot, lambda: app.screen.query_one(RowTable).has_focus)
        await pilot.press("delete")
        await until(pilot, lambda: len(table.rows) == 0)
        assert drafts.list_drafts() == []
        await pilot.press("u")
        await until(pilot, lambda: len(table.rows) == 1)
        assert [one.pipeline for one in drafts.list_drafts()] == ["shop_orders"]


async def test_a_design_file_is_opened_as_a_new_draft(tmp_path: Path, shop_design: PipelineDesign) -> None:
    path = tmp_path / "design.yaml"
    path.write_text(dump_design(shop_design), encoding="utf-8")
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, OpenDialog) and ready(app))
        await pilot.press(*str(path), "enter")
        await until(pilot, lambda: app.wizard and ready(app))
        assert app.wizard is not None
        assert app.wizard.state.design == shop_design


async def test_a_malformed_file_names_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\npipline: {name: x}\n", encoding="utf-8")
    app = new_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, OpenDialog) and ready(app))
        await pilot.press(*str(path), "enter")
        await until(pilot, lambda: "pipeline" in screen_text(app) and "line 2" in screen_text(app))
        assert app.wizard is None


async def test_the_demo_opens_a_finished_design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SHOP_PATH", "WAREHOUSE_PATH", "PIPELINE_PII_KEY"):
        monkeypatch.setenv(name, "unset-later")
        monkeypatch.delenv(name)
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("d")
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.problems_are_current)
        assert app.wizard is not None
        assert app.wizard.state.problems() == []
        assert (tmp_path / "pipewizard-demo" / "shop.sqlite").exists()


async def test_a_draft_says_what_is_in_it(shop_design: PipelineDesign) -> None:
    with drafts.create(shop_design) as draft:
        draft.save(shop_design, step="quality")
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "shop (4 tables) → DuckDB" in " ".join(screen_text(app).split()))
        assert f"{len(shop_design.transformations)} transforms" in screen_text(app)
        # Who comes back starts among the drafts; the other list is one key away.
        await until(pilot, lambda: "Resume" in screen_text(app).splitlines()[-1])
        await pilot.press("left")
        await until(pilot, lambda: "Resume" not in screen_text(app).splitlines()[-1])
