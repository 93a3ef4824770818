"""The wizard opened on one step of the demo design, with its samples at hand and the clock stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from generator.connectors.environment import expand
from generator.connectors.registry import connector
from generator.demo import demo_design, demo_environment, make_shop, shop_file
from generator.design.models import PipelineDesign
from generator.design.yaml_io import dump_design
from tests.tui.conftest import ready, until
from tui.app import PipewizardApp
from tui.state import WizardState
from tui.wizard import WizardScreen

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class ForgetfulDraft:
    """A draft that is kept nowhere."""

    def save(
        self, design: PipelineDesign, *, step: str = "", write: Callable[[PipelineDesign], str] = dump_design
    ) -> dict[str, str]:
        """Forget it; no secret was found in it."""
        return {}

    def release(self) -> None:
        """Nothing is held."""


class StepHost(PipewizardApp):
    """Shows the wizard at the state's step; never the welcome screen."""

    CSS_PATH = str(Path(__file__).parents[2] / "tui" / "theme.tcss")

    def __init__(self, state: WizardState) -> None:
        super().__init__(clock=lambda: NOW)
        self.state = state

    def get_default_screen(self) -> Screen[None]:
        return Screen()

    def run(self, **options: Any) -> Any:
        """Return what the app was left with, as pictures of it are taken."""
        return App.run(self, **options)

    async def on_mount(self) -> None:
        await super().on_mount()
        self.animation_level = "none"
        await self.push_screen(WizardScreen(self.state, ForgetfulDraft(), saved=True))


def demo_state(folder: Path, step: str, *, samples: bool = True) -> WizardState:
    """Return the state of a wizard on the demo design whose database lies in a folder."""
    if not shop_file(folder).exists():
        make_shop(shop_file(folder), seed=7, now=NOW)
    design = demo_design(folder)
    for check in design.quality.pre_transform:
        if check.check == "freshness":
            # The shop's time stands still, the engine's does not.
            check.max_age_hours = 1_000_000
    state = WizardState(design, project_dir=Path("/nowhere/shop_orders"))
    state.secrets.update(demo_environment(folder))
    state.step = step
    if samples:
        fill_facts(state)
    return state


def fill_facts(state: WizardState) -> None:
    """Probe the demo's source and keep everything a person could have looked at."""
    source = state.design.sources[0]
    system = connector(source.type)
    settings = expand(system.Settings, source.connection, state.environment())
    facts = state.facts_of(source.name)
    facts.catalog = system.probe(settings)
    for table in facts.catalog.tables:
        facts.samples[table.full_name] = system.sample(settings, table)
        facts.profiles[table.full_name] = system.profile(settings, table)


async def settled(pilot: Pilot[None], *, quiet: float = 0.5) -> None:
    """Wait until nothing has worked in the background for a while: timers have fired, their work is done."""
    # Without a focus the keys that follow would not be heard.
    await until(pilot, lambda: ready(pilot.app))
    idle = 0.0
    while idle < quiet:
        await pilot.pause(0.1)
        busy = any(not worker.is_finished for worker in pilot.app.workers)
        idle = 0.0 if busy else idle + 0.1
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
        field._cursor_visible = True
    await pilot.pause()
