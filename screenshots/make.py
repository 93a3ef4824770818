"""Make README's pictures from the running wizard on the demo design: ``uv run python screenshots/make.py``."""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from generator.demo import demo_design, demo_environment, make_shop, shop_file
from tui.app import PipewizardApp

HERE = Path(__file__).resolve().parent
SIZE = (120, 36)
NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
SETTLE_SECONDS = 6.0
"""Long enough for a probe, a preview or a rendering of the demo to arrive."""

SHOTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sources-tables", ()),
    ("sources-columns", ("enter", "enter", "w")),
    ("sources-connection", ("escape", "c")),
    ("destination", ("ctrl+n",)),
    ("transforms", ("ctrl+n", "r")),
    ("slas", ("ctrl+n",)),
    ("quality", ("ctrl+n",)),
    ("summary", ("ctrl+n",)),
    ("write", ("p",)),
)
"""Each picture's name and the keys that lead to it from the one before."""


async def take(pilot: Pilot[None], name: str) -> None:
    """Wait until the screen is at rest and save it."""
    await pilot.pause(SETTLE_SECONDS)
    picture = pilot.app.export_screenshot(title="pipewizard").replace(str(Path.cwd()), "~/pipelines")
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")


def new_app(design: bool) -> PipewizardApp:
    """Return the wizard with clocks that stand still, on the demo's design or on the welcome screen."""
    app = PipewizardApp(demo_design(Path.cwd()) if design else None, clock=lambda: NOW, stopwatch=lambda: 0.3)
    app.animation_level = "none"
    return app


async def main() -> None:
    """Walk through every screen."""
    app = new_app(design=False)
    async with app.run_test(size=SIZE) as pilot:
        await take(pilot, "welcome")
    app = new_app(design=True)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(SETTLE_SECONDS)
        for name, keys in SHOTS:
            await pilot.press(*keys)
            await take(pilot, name)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ |= {"PIPEWIZARD_DRAFTS": f"{folder}/drafts", "XDG_CONFIG_HOME": f"{folder}/config"}
        os.environ |= demo_environment(Path())
        make_shop(shop_file(Path()), now=NOW)
        asyncio.run(main())
