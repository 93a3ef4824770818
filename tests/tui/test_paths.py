"""A path typed from the current folder means the same to the project, which runs in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.design.models import PipelineDesign, Source
from tui.paths import absolute

from .conftest import new_app, ready, screen_text, until


@pytest.mark.parametrize(
    "typed",
    ["", "${SHOP_PATH}", "${HOME}/shop.db", ":memory:", "s3://bucket/x", "/data/shop.db", "~nobody_/x"],
)
def test_what_is_whole_or_no_path_stays_as_typed(typed: str) -> None:
    assert absolute(typed) == typed


@pytest.mark.parametrize("typed", ["shop.db", "./shop.db", "data/*.csv", " shop.db "])
def test_a_relative_path_starts_at_the_current_folder(typed: str) -> None:
    assert absolute(typed) == str(Path.cwd() / typed.strip().removeprefix("./"))


async def test_the_form_puts_in_the_whole_path_when_its_field_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = new_app(PipelineDesign(sources=[Source(name="shop", type="sqlite")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("c")
        await until(pilot, lambda: "only ever opened" in screen_text(app))
        await pilot.press(*"shop.db")
        assert app.wizard is not None
        state = app.wizard.state
        await until(pilot, lambda: state.design.sources[0].connection == {"path": "shop.db"})
        await pilot.press("escape")
        await until(pilot, lambda: state.design.sources[0].connection == {"path": str(tmp_path / "shop.db")})
        await pilot.press("u")
        await until(pilot, lambda: state.design.sources[0].connection == {})


async def test_a_relative_path_that_was_tested_stays_tested_when_its_field_is_left(
    shop_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop_folder)
    app = new_app(PipelineDesign(sources=[Source(name="shop", type="sqlite")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("c")
        await until(pilot, lambda: "only ever opened" in screen_text(app))
        await pilot.press(*"shop.sqlite", "ctrl+t")
        assert app.wizard is not None
        state = app.wizard.state
        await until(pilot, lambda: "✓ SQLite" in screen_text(app))
        whole = {"path": str(shop_folder / "shop.sqlite")}
        await until(pilot, lambda: state.design.sources[0].connection == whole)
        await pilot.press("space")
        await until(pilot, lambda: state.design.sources[0].tables)
        assert "changed since" not in screen_text(app)


async def test_undo_pressed_again_and_again_does_not_pile_up(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: ready(app))
        assert app.wizard is not None
        state = app.wizard.state
        state.edit("the owner", lambda design: setattr(design.pipeline, "owner", "data"))
        state.edit("the version", lambda design: setattr(design.pipeline, "version", "2.0.0"))
        await pilot.press("u", "u")
        assert [told.message for told in app._notifications] == ["Undone: the owner"]
