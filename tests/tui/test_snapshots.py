"""Pictures of the frame and its first screens at 80x24 and 120x40: empty, filled, with problems, probing, failed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from generator import drafts
from generator.connectors.catalog import Catalog
from generator.design.models import PipelineDesign, Source
from generator.errors import ProbeError
from tui.app import PipewizardApp
from tui.steps import sources_probes as sources_module
from tui.steps.sources_detail import SourceDetail
from tui.widgets.connection_tester import ConnectionTester
from tui.wizard import WizardScreen

from .conftest import NOW, new_app, ready, screen_text, until

SIZES = [(80, 24), (120, 40)]
Compare = Callable[..., bool]
Prepare = Callable[[Pilot[Any]], Awaitable[None]]


def looking(wizard: WizardScreen) -> bool:
    """Tell whether a source is being looked at."""
    names = [source.name for source in wizard.state.design.sources]
    return any(
        detail.probes.running(name) or detail.probes.sampling(name)
        for detail in wizard.query(SourceDetail)
        for name in names
    )


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until the review and the preview are drawn; stop what blinks."""
    app = pilot.app
    assert isinstance(app, PipewizardApp)
    if app.wizard is not None:
        wizard = app.wizard
        if sources_module.probe.__name__ != "never":
            # A look that nobody asked for may be on its way, and rows of the tables after it.
            await until(pilot, lambda: not looking(wizard))
        await until(pilot, lambda: wizard.state.problems_are_current and "saved" in screen_text(app))
        await wizard.review_now()
    for field in app.screen.query(Input):
        field.cursor_blink = False
        field._cursor_visible = True
    await pilot.pause(0.5)


def picture(
    compare: Compare, app: PipewizardApp, size: tuple[int, int], prepare: Prepare | None = None
) -> None:
    """Compare what the app draws with the picture on file."""

    async def prepared(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: ready(app))
        if prepare is not None:
            await prepare(pilot)
        await settle(pilot)

    assert compare(app, terminal_size=size, run_before=prepared)


@pytest.fixture(autouse=True)
def frozen_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe always takes the same time."""
    real = sources_module.probe

    async def timed(*arguments: Any) -> Catalog:
        catalog = await real(*arguments)
        return catalog.model_copy(update={"elapsed_seconds": 0.3, "system": "SQLite 3"})

    monkeypatch.setattr(sources_module, "probe", timed)


def press(*keys: str, until_seen: str = "") -> Prepare:
    """Return what presses keys, each when it is heard, and waits for a word."""

    async def prepare(pilot: Pilot[Any]) -> None:
        for key in keys:
            await until(pilot, lambda: ready(pilot.app))
            await pilot.press(key)
        if until_seen:
            await until(pilot, lambda: until_seen in screen_text(pilot.app))

    return prepare


def after_probe(*keys: str, until_seen: str = "") -> Prepare:
    """Return what tests the connection, presses keys, and waits for a word."""

    async def prepare(pilot: Pilot[Any]) -> None:
        await press("ctrl+t")(pilot)
        tester = pilot.app.screen.query(ConnectionTester).first()
        await until(pilot, lambda: tester.phase == "ok")
        await press(*keys, until_seen=until_seen)(pilot)

    return prepare


EMPTY = PipelineDesign()
WRONG = PipelineDesign(sources=[Source(name="my shop", type="sqlite"), Source(name="crm", type="postgres")])
pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}"),
]


def test_welcome_empty(snap_compare: Compare, size: tuple[int, int]) -> None:
    picture(snap_compare, new_app(), size, press(until_seen="No drafts yet"))


def test_welcome_with_drafts(
    snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign
) -> None:
    for design, step in ((shop_design, "quality"), (WRONG, "sources")):
        with drafts.create(design, name="billing" if design is WRONG else "") as draft:
            draft.save(design, step=step)
        os.utime(draft.path, (NOW.timestamp() - 4000, NOW.timestamp() - 4000))
    picture(snap_compare, new_app(), size, press(until_seen="✓ 0"))


def test_sources_empty(snap_compare: Compare, size: tuple[int, int]) -> None:
    picture(snap_compare, new_app(EMPTY), size)


def test_sources_with_problems(snap_compare: Compare, size: tuple[int, int]) -> None:
    picture(snap_compare, new_app(WRONG), size, press("ctrl+n", until_seen="Problems"))


def test_sources_connection_form(snap_compare: Compare, size: tuple[int, int]) -> None:
    picture(snap_compare, new_app(WRONG), size, press("down", "enter", until_seen="Password"))


def test_sources_probing(
    snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_arguments: Any) -> Catalog:
        await asyncio.sleep(3600)
        raise ProbeError("never", kind="timeout")

    monkeypatch.setattr(sources_module, "probe", never)
    picture(snap_compare, new_app(shop_design), size, press("ctrl+t", until_seen="connecting"))


def test_sources_failed(
    snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_arguments: Any) -> Catalog:
        raise ProbeError(
            "the server 10.0.0.7:5432 refused the connection [Errno 111]",
            kind="refused",
            where="sources[0].connection",
            fix="check that it runs and that host and port are right",
        )

    monkeypatch.setattr(sources_module, "probe", refused)
    picture(snap_compare, new_app(shop_design), size, press("ctrl+t", until_seen="refused"))


def test_sources_tables(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, after_probe("t", until_seen="updated_at"))


def test_sources_columns(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, after_probe("t", "enter", until_seen="distinct"))


def test_sources_rows(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, after_probe("t", "s", until_seen="100 rows"))


def test_why(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, after_probe("t", "w", until_seen="alternative"))


def test_destination(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, press("2", until_seen="Staging schema"))


def test_destination_types(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, press("2", "t", until_seen="stored as"))


def test_help(
    snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.help.keymap_path", lambda: Path.home() / ".config/pipewizard/keys.toml")
    picture(snap_compare, new_app(shop_design), size, press("f1", until_seen="every key"))


def test_palette(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, press("ctrl+g", until_seen="want to do"))


def test_pipeline_dialog(snap_compare: Compare, size: tuple[int, int], shop_design: PipelineDesign) -> None:
    picture(snap_compare, new_app(shop_design), size, press("f4", until_seen="Owner"))
