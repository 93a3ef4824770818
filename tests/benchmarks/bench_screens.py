"""Speed with 5,000 tables of 50 columns: a screen opens in 150 ms, a key is answered in 50 ms.

Measured as the time the screen's own thread works, the best of several: other programs on the machine do not count.
Run by name: uv run pytest -s tests/benchmarks/bench_screens.py
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from generator.advice.merge import new_table
from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.design.models import Destination, PipelineDesign, Source
from tests.tui.conftest import new_app, until
from tui.app import PipewizardApp

pytestmark = pytest.mark.slow
KEY_SECONDS = 0.05
SCREEN_SECONDS = 0.15
PICKED_KEY_SECONDS = 0.1
"""With all 5,000 tables picked, a quarter of a million columns in the design."""
KINDS = ("bigint", "text", "timestamptz", "date", "decimal(10,2)")
COLUMNS = (
    *(
        ProbedColumn(name=f"c{n}", type=KINDS[n % 5], caveat="is text" if n % 7 == 0 else "")
        for n in range(48)
    ),
    ProbedColumn(name="updated_at", type="timestamptz"),
    ProbedColumn(name="email", type="text"),
)
TABLES = tuple(
    ProbedTable(name=f"table_{n:04}", columns=COLUMNS, primary_key=("c0",), rows=n) for n in range(5000)
)


@asynccontextmanager
async def loaded(picked: int = 20) -> AsyncIterator[tuple[PipewizardApp, Pilot[None]]]:
    """Open the wizard with everything known of a large source, twenty (or more) tables of it picked."""
    source = Source(name="big", type="postgres", connection={"host": "h", "database": "d", "username": "u"})
    source.tables = [new_table(table) for table in TABLES[:picked]]
    app = new_app(PipelineDesign(sources=[source], destination=Destination(type="files")))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.wizard and app.wizard.state.problems_are_current)
        assert app.wizard is not None
        app.wizard.state.facts_of("big").catalog = Catalog(connector="postgres", tables=TABLES)
        app.wizard.state.facts_changed("big")
        await pilot.pause(0.5)
        yield app, pilot


async def worked(action: Callable[[], Awaitable[None]]) -> float:
    """Return the seconds the screen's thread works until an action is answered, the waiting itself left out."""
    idle = min([await _measured(_nothing) for _ in range(3)])
    return await _measured(action) - idle


async def _measured(action: Callable[[], Awaitable[None]]) -> float:
    before = time.thread_time()
    await action()
    # The pilot's own way of waiting asks every widget, which costs more than what is measured.
    await asyncio.sleep(0.15)
    return time.thread_time() - before


async def _nothing() -> None:
    pass


async def best(pilot: Pilot[None], *keys: str) -> float:
    """Return the seconds of the best answer to one of the keys."""

    async def press(key: str) -> None:
        pilot.app.simulate_key(key)

    return min([await worked(lambda key=key: press(key)) for key in keys])


@pytest.mark.parametrize(
    ("lead", "keys"),
    [
        (("t",), ("down",) * 8),
        (("t",), ("pagedown",) * 6),
        (("t",), ("end", "home") * 3),
        (("t",), ("space",) * 6),
        (("t", "slash"), tuple("table_43")),
        (("l",), ("down",) * 8),
        (("l",), ("k",) * 6),
        (("l",), ("p",) * 6),
        (("e",), ("right", "left") * 4),
    ],
    ids=["walk", "page", "ends", "pick", "filter", "columns", "key", "personal", "setting"],
)
async def test_a_key_is_answered_at_once(lead: tuple[str, ...], keys: tuple[str, ...]) -> None:
    async with loaded() as (_, pilot):
        await pilot.press(*lead)
        await pilot.pause(0.5)
        assert await best(pilot, *keys) < KEY_SECONDS


@pytest.mark.parametrize(
    ("lead", "keys"),
    [
        (("t",), ("down",) * 8),
        (("t",), ("space",) * 6),
        (("l",), ("k",) * 6),
        (("e",), ("right", "left") * 4),
        (("c",), tuple("abcdef")),
    ],
    ids=["walk", "pick", "key", "setting", "name"],
)
async def test_a_key_is_answered_at_once_with_every_table_picked(
    lead: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    async with loaded(picked=len(TABLES)) as (_, pilot):
        await pilot.press(*lead)
        await pilot.pause(0.5)
        assert await best(pilot, *keys) < PICKED_KEY_SECONDS


async def test_types_of_a_thousand_columns_are_walked_and_narrowed_at_once() -> None:
    async with loaded() as (app, pilot):
        assert app.wizard is not None
        await app.wizard.show_step("destination")
        await pilot.press("t")
        await pilot.pause(0.5)
        assert await best(pilot, *("down",) * 8) < KEY_SECONDS
        await pilot.press("slash")
        assert await best(pilot, *"email_19") < KEY_SECONDS


@pytest.mark.parametrize("step", ["sources", "destination"])
async def test_a_screen_opens_at_once(step: str) -> None:
    async with loaded() as (app, pilot):
        wizard = app.wizard
        assert wizard is not None
        other = "destination" if step == "sources" else "sources"
        times = []
        for _ in range(3):
            await wizard.show_step(other)
            await pilot.pause(0.5)

            async def show() -> None:
                await wizard.show_step(step)

            times.append(await worked(show))
        assert min(times) < SCREEN_SECONDS
