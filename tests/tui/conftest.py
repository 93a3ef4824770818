"""What the wizard's tests share: a drafts folder of their own, a real shop database, frozen clocks, patience."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot

from generator.demo import demo_design, demo_environment, make_shop, shop_file
from generator.design.models import PipelineDesign
from tui.app import PipewizardApp
from tui.keymap import all_actions

# In one order, whichever module a test imports first: the help lists them.
all_actions()

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that open the wizard take seconds each."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and inspect.iscoroutinefunction(
            getattr(item, "function", None)
        ):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPEWIZARD_DRAFTS", str(tmp_path / "drafts"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample shop in SQLite."""
    folder = tmp_path_factory.mktemp("shop")
    make_shop(shop_file(folder), now=NOW)
    return folder


@pytest.fixture
def shop_design(shop_folder: Path, monkeypatch: pytest.MonkeyPatch) -> PipelineDesign:
    """The demo's finished design, its variables set."""
    for name, value in demo_environment(shop_folder).items():
        monkeypatch.setenv(name, value)
    return demo_design(shop_folder)


def new_app(design: PipelineDesign | None = None) -> PipewizardApp:
    """Return the application with clocks that stand still."""
    app = PipewizardApp(design, clock=lambda: NOW, stopwatch=lambda: 0.0)
    app.animation_level = "none"
    return app


async def until(pilot: Pilot[Any], condition: Callable[[], object], *, seconds: float = 40) -> None:
    """Wait for something to become true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"did not come true within {seconds} s:\n{screen_text(pilot.app)}")
        await pilot.pause(0.02)
    await pilot.pause()


def ready(app: App[Any]) -> bool:
    """Tell whether the screen on top hears keys: it is mounted, and something on it has the focus.

    A wizard that was asked for must have opened, too: until then the welcome screen would hear them.
    """
    if isinstance(app, PipewizardApp) and (app._first_design or app._first_draft) and not app.wizard:
        return False
    focused = app.screen.focused
    return app.screen.is_mounted and focused is not None and focused.is_attached


def screen_text(app: App[Any]) -> str:
    """Return what is on the screen, as text."""
    # A dialog drawn without what lies behind it would be kept like that, for the picture too.
    visible_screen_stack.set(app._background_screens)
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)
