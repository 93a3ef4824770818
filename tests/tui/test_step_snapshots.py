"""Pictures of every step, at a small and a usual size; with nothing in it, filled, and with problems."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from generator.design.models import PipelineDesign
from tests.tui.step_host import StepHost, demo_state, settled
from tui.views import overview, writing
from tui.widgets.code_area import CodeArea

pytestmark = pytest.mark.slow
SIZES = [(80, 24), (120, 40)]
STEPS = ["transforms", "slas", "quality", "summary", "write"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in a picture may move: no blinking cursor, no measured time, no sizes of files that are mended."""
    from tui.widgets import query_panel

    shown = query_panel.state_text

    def without_time(query: Any) -> Any:
        from dataclasses import replace

        return shown(replace(query, seconds=0.0))

    monkeypatch.setattr(query_panel, "state_text", without_time)
    monkeypatch.setattr(overview, "size_text", lambda _: "9.9 kB")
    monkeypatch.setattr(CodeArea, "cursor_blink", False)
    monkeypatch.setattr(writing, "default_target", lambda *_: Path("/nowhere/shop_orders"))


async def _wait(pilot: Pilot[None]) -> None:
    await settled(pilot)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("step", STEPS)
def test_filled(shop: Path, snap_compare: Any, step: str, size: tuple[int, int]) -> None:
    assert snap_compare(StepHost(demo_state(shop, step)), terminal_size=size, run_before=_wait)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("step", STEPS)
def test_empty(shop: Path, snap_compare: Any, step: str, size: tuple[int, int]) -> None:
    state = demo_state(shop, step)
    state.design = PipelineDesign()
    state.facts.clear()
    assert snap_compare(StepHost(state), terminal_size=size, run_before=_wait)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("step", STEPS)
def test_with_problems(shop: Path, snap_compare: Any, step: str, size: tuple[int, int]) -> None:
    state = demo_state(shop, step)
    state.design.transformations[0].sql = "SELECT o.order_id,\n  o.[/x]\nFROM staging.orders AS o"
    state.design.pipeline.schedule = "[a=b]"
    state.design.quality.pre_transform[0].column = "text[]"
    assert snap_compare(StepHost(state), terminal_size=size, run_before=_wait)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_starters(shop: Path, snap_compare: Any, size: tuple[int, int]) -> None:
    async def open_dialog(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("plus", "down")
        await settled(pilot)

    assert snap_compare(StepHost(demo_state(shop, "transforms")), terminal_size=size, run_before=open_dialog)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_output_dialog(shop: Path, snap_compare: Any, size: tuple[int, int]) -> None:
    async def open_dialog(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("down", "o")
        await settled(pilot)

    assert snap_compare(StepHost(demo_state(shop, "transforms")), terminal_size=size, run_before=open_dialog)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_columns_dialog(shop: Path, snap_compare: Any, size: tuple[int, int]) -> None:
    async def open_dialog(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        await pilot.press("tab", "tab", "tab", "tab", "tab", "enter", "down", "space")
        await settled(pilot)

    assert snap_compare(StepHost(demo_state(shop, "transforms")), terminal_size=size, run_before=open_dialog)
