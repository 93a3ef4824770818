"""Opening a design looks at what is at hand by itself: never blocking, never loud, never changing a decision."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from generator.advice.merge import columns_of
from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.demo import shop_file
from generator.design.models import PipelineDesign, Source, Table
from generator.errors import ProbeError
from tui.app import PipewizardApp
from tui.first_look import may_look
from tui.steps import sources_probes, sources_rows
from tui.steps.sources import SourcesStep
from tui.steps.sources_rows import RowsView
from tui.widgets.connection_tester import ConnectionTester

from .conftest import new_app, ready, screen_text, until

SERVER = {"host": "db.internal", "database": "crm", "username": "reader", "password": "${CRM_PASSWORD}"}
ORDERS = ProbedTable(name="orders", columns=(ProbedColumn(name="id", type="bigint"),), primary_key=("id",))


def look_at(app: PipewizardApp) -> ConnectionTester:
    """Return what shows the look at the selected source."""
    assert app.wizard is not None
    return app.wizard.query_one("#source-tester", ConnectionTester)


def as_decided(design: PipelineDesign) -> PipelineDesign:
    """Return the design without what only a look at the source can tell: spellings and caveats."""
    copy = design.model_copy(deep=True)
    for source in copy.sources:
        for table in source.tables:
            table.columns_probed = [
                one.model_copy(update={"caveat": "", "source_type": ""}) for one in table.columns_probed
            ]
    return copy


@pytest.mark.parametrize(
    ("source", "variables", "expected"),
    [
        (Source(name="a", type="sqlite", connection={"path": "/data/shop.db"}), {}, True),
        (Source(name="a", type="sqlite", connection={"path": "${A_PATH}"}), {}, False),
        (Source(name="a", type="sqlite", connection={"path": "${A_PATH}"}), {"A_PATH": "/x.db"}, True),
        (Source(name="a", type="sqlite"), {}, False),
        (Source(name="a", type="duckdb", connection={"path": "/data/w.duckdb"}), {}, True),
        (Source(name="a", type="files", connection={"path": "/data"}), {}, True),
        (Source(name="a", type="postgres", connection=SERVER), {}, False),
        (Source(name="a", type="postgres", connection=SERVER), {"CRM_PASSWORD": "x"}, True),
        (Source(name="a", type="postgres", connection=SERVER), {"CRM_PASSWORD_FILE": "/run/s"}, True),
        (Source(name="a", type="postgres", connection={"host": "db", "database": "d", "username": "u"}), {}, False),
        (Source(name="a", type="no such system", connection={"path": "x"}), {}, False),
    ],
)  # fmt: skip
def test_what_may_be_looked_at_unasked(source: Source, variables: dict[str, str], expected: bool) -> None:
    assert may_look(source, variables) is expected


async def test_the_demo_opens_on_its_tables_and_rows_without_a_key(
    shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        assert app.wizard is not None
        step = app.wizard.query_one(SourcesStep)
        await until(pilot, lambda: look_at(app).phase == "ok")
        assert step.view_name == "tables"
        await until(pilot, lambda: "1.5k" in screen_text(app))
        facts = app.wizard.state.facts_of("shop")
        await until(pilot, lambda: len(facts.samples) == 4 and len(facts.profiles) == 4)
        assert as_decided(app.wizard.state.design) == as_decided(shop_design)
        assert app.wizard.state.undo() is None, "no person changed anything"

        async def forbidden(*_: Any) -> None:
            raise AssertionError("the rows are at hand already")

        monkeypatch.setattr(sources_rows, "sample", forbidden)
        await pilot.press("s")
        assert "100 rows" in screen_text(app)
        assert step.query_one(RowsView).display


async def test_a_server_without_its_password_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def recorded(*arguments: Any) -> Catalog:
        asked.append(arguments)
        return Catalog(connector="postgres", system="PostgreSQL 16", tables=(ORDERS,))

    monkeypatch.setattr(sources_probes, "probe", recorded)
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    design = PipelineDesign(sources=[Source(name="crm", type="postgres", connection=dict(SERVER))])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.problems_are_current)
        assert not asked
        assert "not tested yet" in screen_text(app)
    monkeypatch.setenv("CRM_PASSWORD", "secret")
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: asked and "orders" in screen_text(app))
        assert "secret" not in screen_text(app)


async def test_an_unasked_look_that_fails_is_no_alarm_and_asking_tells_why(tmp_path: Path) -> None:
    missing = str(tmp_path / "gone.db")
    app = new_app(PipelineDesign(sources=[Source(name="shop", type="sqlite", connection={"path": missing})]))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and "could not be looked at" in screen_text(app))
        assert look_at(app).phase == "idle"
        assert not look_at(app).error
        assert not app._notifications
        await pilot.press("ctrl+t")
        await until(pilot, lambda: look_at(app).phase == "failed")
        assert "gone.db" in look_at(app).error


async def test_an_unasked_look_keeps_the_keyboard_free_and_ends_with_escape(
    shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def hang(*_: Any) -> Catalog:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()
        raise ProbeError("never", kind="timeout")

    monkeypatch.setattr(sources_probes, "probe", hang)
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and look_at(app).running)
        await pilot.press("t", "down")
        assert app.wizard is not None
        step = app.wizard.query_one(SourcesStep)
        assert step.table_row is not None
        assert step.table_row.name == shop_design.sources[0].tables[1].table
        await pilot.press("escape")
        assert not look_at(app).running
        await until(pilot, ended.is_set)


async def test_leaving_while_a_look_goes_on_takes_no_time(
    shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: Any) -> Catalog:
        await asyncio.sleep(3600)
        raise ProbeError("never", kind="timeout")

    monkeypatch.setattr(sources_probes, "probe", hang)
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and look_at(app).running)
        before = asyncio.get_running_loop().time()
        await pilot.press("ctrl+q")
        assert asyncio.get_running_loop().time() - before < 1


async def test_what_changed_in_the_source_waits_until_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total TEXT, note TEXT)")
    known = ProbedTable(
        name="orders",
        columns=(
            ProbedColumn(name="id", type="bigint", nullable=False, source_type="INTEGER"),
            ProbedColumn(name="total", type="double", source_type="REAL"),
        ),
    )
    table = Table(table="orders", primary_key=["total"], columns_probed=columns_of(known))
    table.pii = {"total": "mask"}
    source = Source(name="shop", type="sqlite", connection={"path": str(path)}, tables=[table])
    design = PipelineDesign(sources=[source])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and "changes in the source" in screen_text(app))
        assert app.wizard is not None
        state = app.wizard.state
        assert state.design == design
        await pilot.press("ctrl+t")
        await until(pilot, lambda: state.design != design and look_at(app).phase == "ok")
        taken = state.design.sources[0].tables[0]
        assert [column.name for column in taken.columns_probed] == ["id", "total", "note"]
        assert (taken.primary_key, taken.pii) == (["total"], {"total": "mask"}), "choices are the person's"


async def test_a_changed_connection_is_not_called_tested(shop_folder: Path) -> None:
    path = str(shop_file(shop_folder))
    app = new_app(PipelineDesign(sources=[Source(name="shop", type="sqlite", connection={"path": path})]))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and look_at(app).phase == "ok")
        assert app.wizard is not None

        def elsewhere(design: PipelineDesign) -> None:
            design.sources[0].connection = {"path": "/elsewhere.db"}

        app.wizard.state.edit("path", elsewhere)
        await until(pilot, lambda: "changed since" in screen_text(app))
        await pilot.press("u")
        await until(pilot, lambda: look_at(app).phase == "ok")
