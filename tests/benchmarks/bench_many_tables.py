"""What 5,000 picked tables cost: the longest the screen stands still, the first save, opening the draft again.

Prints, asserts nothing about time. Run by name: uv run pytest -s tests/benchmarks/bench_many_tables.py
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from textual.pilot import Pilot

from generator import drafts
from generator.advice.merge import new_table
from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.design.models import Destination, PipelineDesign, Source
from generator.design.yaml_io import dump_design
from tests.tui.conftest import new_app, screen_text, until
from tui.app import PipewizardApp
from tui.wizard import WizardScreen

pytestmark = pytest.mark.slow
COLUMNS_EACH = 12
KINDS = ("bigint", "text", "timestamptz", "date", "decimal(10,2)")


def probed(number: int) -> ProbedTable:
    """Return a table some of whose columns every table has, and some of whose columns no other has."""
    shared = [
        ("id", "bigint"),
        ("created_at", "timestamptz"),
        ("updated_at", "timestamptz"),
        ("email", "text"),
    ]
    own = [(f"t{number}_c{place}", KINDS[place % 5]) for place in range(COLUMNS_EACH - len(shared))]
    columns = [
        ProbedColumn(name=name, type=kind, nullable=name != "id", source_type=kind)
        for name, kind in shared + own
    ]
    return ProbedTable(name=f"table_{number:04}", columns=tuple(columns), primary_key=("id",), rows=number)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """What a look at a large source brings."""
    return Catalog(connector="postgres", tables=tuple(probed(number) for number in range(5_000)))


@asynccontextmanager
async def opened(catalog: Catalog, *, picked: int) -> AsyncIterator[tuple[WizardScreen, Pilot[None]]]:
    """Open the wizard on a large source with so many tables picked, saved and reviewed."""
    source = Source(name="big", type="postgres", connection={"host": "h", "database": "d", "username": "u"})
    source.tables = [new_table(table) for table in catalog.tables[:picked]]
    destination = Destination(type="files", connection={"path": "out"})
    design = PipelineDesign(sources=[source], destination=destination)
    design.pipeline.name, design.pipeline.owner = "many_tables", "team"
    app = new_app(design)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.wizard and app.wizard.state.problems_are_current)
        wizard = app.wizard
        assert wizard is not None
        wizard.state.facts_of("big").catalog = catalog
        wizard.state.facts_changed("big")
        await until(pilot, lambda: settled(wizard))
        yield wizard, pilot


def settled(wizard: WizardScreen) -> bool:
    """Tell whether everything is done, saved and reviewed."""
    busy = any(worker.group in ("many tables", "summary") for worker in wizard.app.workers)
    return not busy and wizard.state.problems_are_current and wizard.saver.is_saved


async def told(what: str, wizard: WizardScreen, action: Callable[[], Awaitable[object]]) -> None:
    """Do something, and print what it cost until all was done and saved.

    The longest the screen stood still counts what background work and other programs took of the processor; the
    work of the screen's own thread does not.
    """
    longest, began, worked = 0.0, time.perf_counter(), time.thread_time()

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - before - 0.005)

    heart = asyncio.create_task(beat())
    await asyncio.sleep(0)
    await action()
    await asyncio.sleep(0.4)
    while not settled(wizard):
        await asyncio.sleep(0.02)
    done, own = time.perf_counter() - began, time.thread_time() - worked
    heart.cancel()
    with suppress(asyncio.CancelledError):
        await heart
    print(
        f"{what:26} still {longest * 1000:5.0f} ms, own work {own * 1000:5.0f} ms, done after {done:5.2f} s",
        flush=True,
    )


def pressing(app: PipewizardApp, key: str) -> Callable[[], Awaitable[None]]:
    """Return the pressing of a key, without the pilot's way of waiting."""

    async def press() -> None:
        app.simulate_key(key)

    return press


async def test_tables_are_picked_changed_and_saved(catalog: Catalog) -> None:
    async with opened(catalog, picked=0) as (wizard, pilot):
        app = wizard.app
        await pilot.press("t")
        for what, key in [
            ("pick all 5,000", "asterisk"),
            ("move", "down"),
            ("accept suggestions", "a"),
            ("accept all suggestions", "A"),
            ("undo accept all", "u"),
            ("redo accept all", "ctrl+r"),
            ("leave one out", "space"),
            ("leave out all", "asterisk"),
            ("undo leave out all", "u"),
        ]:
            await told(what, wizard, pressing(app, key))
        wizard.state.edit("name", lambda design: setattr(design.pipeline, "name", "big"), part="pipeline")


async def test_steps_open(catalog: Catalog) -> None:
    async with opened(catalog, picked=len(catalog.tables)) as (wizard, pilot):
        for step in ("destination", "transforms", "slas", "quality", "sources"):
            await told(f"open {step}", wizard, lambda step=step: wizard.show_step(step))
        # The files of so many tables take minutes to render: while that goes on, keys are answered.
        await wizard.show_step("summary")
        await until(pilot, lambda: "table_0001" in screen_text(wizard.app))
        await told("the summary, rendering", wizard, pressing(wizard.app, "down"))
        await told("leave it", wizard, lambda: wizard.show_step("sources"))
        await wizard.show_step("write")
        await told("write, comparing", wizard, pressing(wizard.app, "tab"))
        await told("leave it", wizard, lambda: wizard.show_step("sources"))


async def test_sources_come_and_go(catalog: Catalog) -> None:
    async with opened(catalog, picked=len(catalog.tables)) as (wizard, pilot):
        await pilot.press("plus")
        await pilot.pause(0.5)
        await told("add a source", wizard, pressing(wizard.app, "enter"))
        await told("undo", wizard, lambda: wizard.run_action("undo"))
        await told("redo", wizard, lambda: wizard.run_action("redo"))
        await wizard.run_action("leave_field")
        await told("remove a source", wizard, pressing(wizard.app, "x"))


def test_a_draft_is_saved_and_opened(catalog: Catalog) -> None:
    design = PipelineDesign(sources=[Source(name="big", type="postgres")])
    design.sources[0].tables = [new_table(table) for table in catalog.tables]
    for what, work in [
        ("first save", lambda: _save(design)),
        ("opened again", lambda: drafts.resume("big").release()),
        ("whole text", lambda: dump_design(design)),
    ]:
        began = time.perf_counter()
        work()
        print(f"{what:34} {time.perf_counter() - began:.2f} s")


def _save(design: PipelineDesign) -> None:
    with drafts.create(design, name="big") as draft:
        draft.save(design)
