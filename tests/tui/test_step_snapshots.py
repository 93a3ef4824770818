"""Pictures of every step, at a small and a usual size; with nothing in it, filled, and with problems."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from generator.design.models import PipelineDesign
from tests.tui.step_host import StepHost, demo_state, settled
from tui.steps import summary
from tui.views import overview, writing
from tui.views.overview import Files
from tui.widgets.code_area import CodeArea

pytestmark = pytest.mark.slow
SIZES = [(80, 24), (120, 40)]
NEW_LINE = "\n"
TEXT = "# shop_orders\n\nWhat stands in the file.\n"
STEPS = ["transforms", "slas", "quality", "summary", "write"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


def few(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the first files of each folder, all with one text: pictures do not change when templates do."""
    kept: dict[str, list[str]] = {}
    for path in sorted(files):
        kept.setdefault(path.rpartition("/")[0], []).append(path)
    first = {path for folder, paths in kept.items() for path in (paths if not folder else paths[:1])}
    return {path: TEXT.encode() for path in files if path in first}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in a picture may move: no blinking cursor, no measured time, no sizes of files that are mended."""
    from tui.widgets import query_panel

    shown = query_panel.state_text

    def without_time(query: Any) -> Any:
        return shown(replace(query, seconds=0.0))

    monkeypatch.setattr(query_panel, "state_text", without_time)
    monkeypatch.setattr(overview, "size_text", lambda _: "9.9 kB")
    rendered, planned = overview.all_files, writing.plan

    def few_files(*given: Any) -> Files:
        found = rendered(*given)
        return replace(found, files=few(found.files))

    def plan_of_few(*given: Any) -> writing.Plan:
        found = planned(*given)
        kept = few({file.path: b"" for file in found.files})
        diff = f"@@ -0,0 +1,3 @@\n+{TEXT.replace(NEW_LINE, NEW_LINE + '+')}"
        return replace(
            found, files=tuple(replace(file, diff=diff) for file in found.files if file.path in kept)
        )

    monkeypatch.setattr(summary, "all_files", few_files)
    monkeypatch.setattr(writing, "plan", plan_of_few)
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
