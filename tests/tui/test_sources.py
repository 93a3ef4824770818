"""Sources, by keys and by mouse, against a real SQLite database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.demo import shop_file
from generator.design.models import PipelineDesign, Source
from generator.errors import ProbeError
from tui.app import PipewizardApp
from tui.steps import sources_probes as sources_module
from tui.steps.sources import SourcesStep
from tui.steps.sources_tables import TablesView
from tui.steps.suggestions_dialog import SuggestionsDialog
from tui.widgets.choice import ChoiceDialog
from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.filter_table import FilterInput
from tui.widgets.text_input import TextInput

from .conftest import new_app, ready, screen_text, until


def step_of(app: PipewizardApp) -> SourcesStep:
    """Return the Sources step."""
    assert app.wizard is not None
    return app.wizard.query_one(SourcesStep)


def source_of(app: PipewizardApp) -> Source:
    """Return the first source of the design."""
    assert app.wizard is not None
    return app.wizard.state.design.sources[0]


async def connect(pilot: Pilot[None], app: PipewizardApp) -> None:
    """Test the connection and wait for the tables."""
    await pilot.press("ctrl+t")
    await until(pilot, lambda: step_of(app).query_one("#source-tester", ConnectionTester).phase == "ok")


async def test_a_source_is_added_connected_and_picked_by_keyboard(shop_folder: Path) -> None:
    app = new_app(PipelineDesign())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog) and ready(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, TextInput))
        await pilot.press(*str(shop_file(shop_folder)))
        await connect(pilot, app)
        assert source_of(app).connection == {"path": str(shop_file(shop_folder))}
        assert step_of(app).view_name == "tables"
        await pilot.press("space", "down", "down", "space")
        assert [table.table for table in source_of(app).tables] == ["customers", "orders"]
        assert source_of(app).tables[0].primary_key == ["customer_id"]
        assert {column.name for column in source_of(app).tables[1].columns_probed} >= {
            "order_id",
            "updated_at",
        }


async def test_suggestions_are_there_explained_and_accepted_all_at_once(shop_folder: Path) -> None:
    design = PipelineDesign(
        sources=[Source(name="shop", type="sqlite", connection={"path": str(shop_file(shop_folder))})]
    )
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await connect(pilot, app)
        await pilot.press("t")
        await until(pilot, lambda: "✦ ↻ updated_at" in screen_text(app))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, SuggestionsDialog) and ready(app))
        assert "updated_at" in screen_text(app)
        await pilot.press("escape", "asterisk", "A")
        tables = source_of(app).tables
        assert len(tables) == 4
        chosen = {table.table: table.extraction for table in tables}
        orders = chosen["orders"]
        assert orders is not None
        assert (orders.strategy, orders.watermark_column) == ("incremental", "updated_at")
        customers = next(table for table in tables if table.table == "customers")
        assert customers.pii["email"] == "tokenize"
        # With nothing left to take, nothing is done that undo would have to take back.
        await pilot.press("A")
        await pilot.press("u")
        assert all(table.extraction is None for table in source_of(app).tables)


async def test_tables_are_picked_by_mouse(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: ready(app))
        tester = step_of(app).query_one("#source-tester", ConnectionTester)
        await until(pilot, lambda: tester.phase == "ok")
        await pilot.click("#source-tester Button")
        await until(pilot, lambda: tester.phase == "running")
        await until(pilot, lambda: tester.phase == "ok")
        await pilot.click("#source-views", offset=(14, 0))
        await until(pilot, lambda: step_of(app).view_name == "tables")
        before = len(source_of(app).tables)
        await pilot.click("#table-list RowTable", offset=(1, 2))
        assert len(source_of(app).tables) == before - 1
        await pilot.click("#table-list RowTable", offset=(1, 2))
        assert len(source_of(app).tables) == before


async def test_columns_keys_and_personal_data_are_set_by_one_key_each(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await connect(pilot, app)
        await pilot.press("t", "home", "enter")
        await until(pilot, lambda: step_of(app).view_name == "table")
        table = source_of(app).tables[0]
        names = [column.name for column in table.columns_probed]
        await pilot.press("home", "end", "space")
        assert source_of(app).tables[0].columns == names[:-1]
        await pilot.press("home", "k")
        assert source_of(app).tables[0].primary_key == []
        await pilot.press("k", "p")
        assert source_of(app).tables[0].primary_key == [names[0]]
        assert source_of(app).tables[0].pii[names[0]] == "tokenize"
        await until(pilot, lambda: "distinct" in screen_text(app))


async def test_sample_rows_are_shown_with_null_told_from_text(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(200, 40)) as pilot:
        await until(pilot, lambda: ready(app))
        await connect(pilot, app)
        await pilot.press("t", "s")
        await until(pilot, lambda: "100 rows" in screen_text(app))
        assert "NULL" in screen_text(app)


async def test_a_failed_probe_says_what_to_do_and_loses_nothing(tmp_path: Path) -> None:
    missing = str(tmp_path / "[no] such.db")
    design = PipelineDesign(sources=[Source(name="shop", type="sqlite", connection={"path": missing})])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("ctrl+t")
        tester = step_of(app).query_one("#source-tester", ConnectionTester)
        await until(pilot, lambda: tester.phase == "failed")
        assert "[no] such.db" in tester.error
        assert source_of(app).connection == {"path": missing}


async def test_escape_gives_control_back_at_once(
    shop_design: PipelineDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def hang(*_args: object) -> Catalog:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()
        raise ProbeError("never", kind="timeout")

    monkeypatch.setattr(sources_module, "probe", hang)
    app = new_app(shop_design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("ctrl+t")
        tester = step_of(app).query_one("#source-tester", ConnectionTester)
        assert tester.running
        clock = asyncio.get_running_loop().time
        before = clock()
        await pilot.press("f12")
        nothing = clock() - before
        before = clock()
        await pilot.press("escape")
        assert not tester.running
        assert clock() - before < nothing + 0.2, "beyond what any key takes on this machine now"
        await until(pilot, ended.is_set)


async def test_a_secret_is_kept_in_memory_and_the_design_holds_its_name() -> None:
    design = PipelineDesign(sources=[Source(name="crm", type="postgres")])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("c")
        field = next(one for one in step_of(app).query(TextInput) if one.password)
        field.focus()
        await pilot.press(*"hunter2")
        assert app.wizard is not None
        state = app.wizard.state
        assert state.secrets["CRM_PASSWORD"] == "hunter2"
        assert source_of(app).connection["password"] == "${CRM_PASSWORD}"
        assert "hunter2" not in screen_text(app)
        await pilot.press("shift+home", "ctrl+c")
        assert "hunter2" not in app.clipboard
        await pilot.press("ctrl+x")
        assert "hunter2" not in app.clipboard
    assert "hunter2" not in "".join(path.read_text() for path in state_files(app))


def state_files(app: PipewizardApp) -> list[Path]:
    """Return every file of the drafts folder."""
    from generator.drafts import drafts_folder

    return [path for path in drafts_folder().rglob("*") if path.is_file()]


async def test_five_thousand_tables_are_narrowed_and_walked_without_a_wait() -> None:
    columns = tuple(ProbedColumn(name=f"c{n}") for n in range(50))
    tables = tuple(ProbedTable(name=f"table_{n:04}", columns=columns) for n in range(5000))
    app = new_app(PipelineDesign(sources=[Source(name="big", type="sqlite", connection={"path": "x"})]))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        assert app.wizard is not None
        state = app.wizard.state
        state.facts_of("big").catalog = Catalog(connector="sqlite", tables=tables)
        state.facts_changed("big")
        await pilot.press("t", "down")
        await pilot.pause()
        began = asyncio.get_running_loop().time()
        for _ in range(20):
            await pilot.press("down")
        assert (asyncio.get_running_loop().time() - began) / 20 < 0.25, "pilot's own pauses included"
        await pilot.press("slash", *"4321")
        view = step_of(app).query_one(TablesView)
        await until(pilot, lambda: [row.name for row in view.listing.shown] == ["table_4321"])
        assert view.query_one(FilterInput).has_focus


async def test_a_problem_leads_to_its_field() -> None:
    design = PipelineDesign(sources=[Source(name="shop", type="sqlite")])
    app = new_app(design)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app) and app.wizard and app.wizard.state.problems("sources"))
        assert app.wizard is not None
        for problem in app.wizard.state.problems("sources"):
            await app.wizard.go_to_problem(problem)
            await pilot.pause()
            assert app.focused is not None, problem.path
        assert step_of(app).focus_path("sources[0].connection.path")
        await pilot.pause()
        assert isinstance(app.focused, TextInput)


async def test_what_is_shown_of_a_table_follows_the_filter(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(140, 45)) as pilot:
        await until(pilot, lambda: ready(app) and "customer_id" in screen_text(app))
        await pilot.press("t", "slash", *"products")
        await until(pilot, lambda: "sku" in screen_text(app) and "full_name" not in screen_text(app))


async def test_a_variable_that_is_not_set_may_be_typed_into_its_field() -> None:
    connection = {"host": "h", "database": "d", "username": "u", "password": "${NOWHERE_SET_PASSWORD}"}
    app = new_app(PipelineDesign(sources=[Source(name="shop", type="postgres", connection=dict(connection))]))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "NOWHERE_SET_PASSWORD is not" in screen_text(app))
        attempt = step_of(app).query_one("#source-tester", ConnectionTester).attempt
        assert attempt is not None
        assert attempt.error.endswith("Or type it into its field under Connection: it stays in memory.")


async def test_tables_that_did_not_arrive_yet_are_not_missing(shop_design: PipelineDesign) -> None:
    app = new_app(shop_design)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: ready(app))
        await until(pilot, lambda: step_of(app).state.facts_of("shop").catalog)
        facts = step_of(app).state.facts_of("shop")
        assert facts.catalog is not None
        facts.arriving = facts.catalog.tables[:1]
        step_of(app).state.facts_changed("shop")
        await pilot.pause()
        assert "! orders" not in screen_text(app)
        facts.catalog = facts.catalog.model_copy(update={"tables": facts.catalog.tables[:1]})
        facts.arriving = ()
        step_of(app).state.facts_changed("shop")
        await until(pilot, lambda: "! orders" in screen_text(app))
