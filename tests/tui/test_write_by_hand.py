"""The Write step worked by keys and by mouse: the plan, writing, and running what was written."""

import os
import threading
from pathlib import Path

import pytest
from textual.widgets import Button, Static

from generator.design.models import PipelineDesign
from tests.tui.conftest import ready, until
from tests.tui.step_host import settled
from tests.tui.test_steps_by_hand import SIZE, open_step, press, shown, type_text
from tui.steps.write import WriteStep
from tui.steps.write_variables import VariablesDialog
from tui.views import writing
from tui.widgets.filter_table import FilterTable
from tui.widgets.form_row import FormRow
from tui.widgets.live_output import LiveOutput
from tui.widgets.problem_list import ProblemList
from tui.widgets.view_switch import ViewSwitch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


async def test_write_by_keys_writes_what_the_list_says(shop: Path, tmp_path: Path) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        files = app.screen.query_one("#write-list", FilterTable).shown
        assert {file.state for file in files} == {"new"}
        assert app.screen.query_one("#write-tests", Button).disabled
        await press(pilot, "W")
        await settled(pilot)
        assert "written" in shown(pilot, "#write-state")
        assert {file.path for file in files} <= {
            str(path.relative_to(state.project_dir))
            for path in state.project_dir.rglob("*")
            if path.is_file()
        }
        assert not app.screen.query_one("#write-tests", Button).disabled
        assert "uv run python -m shop_orders run" in shown(pilot, "#write-next-text")


async def test_nothing_is_overwritten_without_a_yes(shop: Path, tmp_path: Path) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "W")
        await settled(pilot)

        def change(design: PipelineDesign) -> None:
            design.pipeline.max_runtime_minutes = 99

        state.edit("a change", change)
        await settled(pilot)
        config = tmp_path / "shop_orders" / "config" / "pipeline_config.yaml"
        app.screen.query_one("#write-list", FilterTable).table.focus()
        await press(pilot, "W")
        assert len(app.screen_stack) == 3
        await press(pilot, "n")
        assert "max_runtime_minutes: 99" not in config.read_text()
        await press(pilot, "W", "y")
        await settled(pilot)
        assert "max_runtime_minutes: 99" in config.read_text()


async def test_write_by_mouse_into_another_folder(shop: Path, tmp_path: Path) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "first"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click(app.screen.query_one(WriteStep).query_one(FormRow).field)
        await press(pilot, "end")
        await type_text(pilot, "_other")
        await settled(pilot)
        await pilot.click("#write-write")
        await settled(pilot)
        assert (tmp_path / "first_other" / "README.md").exists()
        assert not (tmp_path / "first").exists()


async def test_a_folder_that_is_not_ours_is_refused(shop: Path, tmp_path: Path) -> None:
    state, app = open_step(shop, "write")
    (tmp_path / "mine.txt").write_text("x")
    state.project_dir = tmp_path
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "not empty" in shown(pilot, "#write-state")
        assert app.screen.query_one("#write-write", Button).disabled
        await press(pilot, "W")
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def slow_plan(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The plan takes until the event is set."""
    known = threading.Event()
    plan = writing.plan

    def wait(design: PipelineDesign, target: Path, progress: writing.Progress | None = None) -> writing.Plan:
        known.wait(30)
        return plan(design, target, progress)

    monkeypatch.setattr(writing, "plan", wait)
    return known


async def test_w_before_the_plan_is_known_waits_and_writes(
    shop: Path, tmp_path: Path, slow_plan: threading.Event
) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        step = app.screen.query_one(WriteStep)
        assert not step.planner.is_current
        await press(pilot, "W")
        assert "what you asked for follows" in shown(pilot, "#write-state")
        assert not (tmp_path / "shop_orders").exists()
        slow_plan.set()
        await until(pilot, lambda: "written" in shown(pilot, "#write-state"))
        assert (tmp_path / "shop_orders" / "README.md").exists()


async def test_what_waits_for_the_plan_can_be_called_off(
    shop: Path, tmp_path: Path, slow_plan: threading.Event
) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await press(pilot, "W", "k")
        slow_plan.set()
        await settled(pilot)
        assert "files: " in shown(pilot, "#write-state")
        assert not (tmp_path / "shop_orders").exists()


async def test_w_says_why_it_cannot_write(shop: Path, tmp_path: Path) -> None:
    state, app = open_step(shop, "write")
    state.design.transformations[0].sql = "SELECT nonsense FROM staging.orders"
    state.project_dir = tmp_path / "shop_orders"
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await press(pilot, "W")
        await until(pilot, lambda: app._notifications)
        assert "mended first" in next(iter(app._notifications)).message
        assert not (tmp_path / "shop_orders").exists()
        await press(pilot, "t")
        assert "W writes it" in list(app._notifications)[-1].message


FAKE_UV = """#!/bin/sh
echo "args: $*"
case "$*" in
  *status*) echo '{"tables": {"analytics.orders": {"rows": 7, "watermark": null}}, "runs": [{"status": "ok"}]}' ;;
  *pytest*) echo started; exec sleep 600 ;;
  *) echo "loading orders"; echo "password is ${SHOP_PASSWORD}" ;;
esac
"""


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ``uv`` that needs no network: its sync succeeds at once, its tests never end."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "uv").write_text(FAKE_UV)
    (folder / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("fake_uv")
async def test_tests_run_live_and_stop_at_once(shop: Path, tmp_path: Path) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "W")
        await until(pilot, lambda: "written" in shown(pilot, "#write-state"))
        await press(pilot, "t")
        output = app.screen.query_one(LiveOutput)
        await until(pilot, lambda: "started" in output.lines)
        assert output.running
        assert app.screen.query_one("#write-stop", Button).display
        # Nothing else starts meanwhile, and the reason is said.
        await press(pilot, "s")
        assert "runs already" in list(app._notifications)[-1].message
        await press(pilot, "k")
        await until(pilot, lambda: not output.running, seconds=5)
        assert "stopped by you" in str(output.query_one(".live-head", Static).content)
        await until(pilot, lambda: not app.screen.query_one("#write-tests", Button).disabled)


@pytest.mark.usefixtures("fake_uv")
async def test_the_first_sync_asks_for_what_is_not_set_and_keeps_it_in_memory(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    for name in ("WAREHOUSE_PATH", "PII_TOKEN_KEY"):
        monkeypatch.delenv(name, raising=False)
        del state.secrets[name]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "W")
        await until(pilot, lambda: "written" in shown(pilot, "#write-state"))
        await press(pilot, "s")
        await until(pilot, lambda: isinstance(app.screen, VariablesDialog) and ready(app))
        rows = list(app.screen.query(FormRow))
        assert [row.path for row in rows] == ["WAREHOUSE_PATH", "PII_TOKEN_KEY"]
        await type_text(pilot, "wh.db\n")
        assert app.screen.focused is rows[1].field
        await press(pilot, "enter")
        assert "Esc" in rows[1].error, "an empty value is not taken"
        await type_text(pilot, "0123456789abcdef\n")
        await until(pilot, lambda: app.screen.query(LiveOutput))
        output = app.screen.query_one(LiveOutput)
        await until(pilot, lambda: any("loading orders" in line for line in output.lines))
        assert state.secrets["PII_TOKEN_KEY"] == "0123456789abcdef"
        assert state.secrets["WAREHOUSE_PATH"] == str(Path("wh.db").absolute()), "the project runs elsewhere"
        await until(pilot, lambda: "analytics.orders" in shown(pilot, "#write-tables-text"))
        assert not any(
            "0123456789abcdef" in path.read_text(errors="replace")
            for path in tmp_path.rglob("*")
            if path.is_file()
        )
        # Asked once: the next sync knows.
        await press(pilot, "s")
        await until(pilot, lambda: output.running)
        assert not isinstance(app.screen, VariablesDialog)


@pytest.mark.usefixtures("fake_uv")
@pytest.mark.parametrize("by", ["keys", "mouse"])
async def test_the_first_sync_shows_its_output_and_what_arrived(shop: Path, tmp_path: Path, by: str) -> None:
    state, app = open_step(shop, "write")
    state.project_dir = tmp_path / "shop_orders"
    state.secrets["SHOP_PASSWORD"] = "hunter2-very-secret"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        if by == "keys":
            await press(pilot, "W")
        else:
            await pilot.click("#write-write")
        await until(pilot, lambda: "written" in shown(pilot, "#write-state"))
        if by == "keys":
            await press(pilot, "s")
        else:
            await pilot.click("#write-sync")
        await until(pilot, lambda: "analytics.orders" in shown(pilot, "#write-tables-text"))
        assert "in DuckDB, file " in shown(pilot, "#write-tables-head")
        lines = "\n".join(app.screen.query_one(LiveOutput).lines)
        assert "args: run python -m shop_orders run" in lines
        assert "loading orders" in lines
        assert "hunter2-very-secret" not in lines
        await press(pilot, "v")
        assert app.screen.query_one("#write-views", ViewSwitch).view == "next"


@pytest.mark.parametrize("by", ["keys", "mouse"])
async def test_problems_stand_where_the_files_would_and_lead_to_their_field(shop: Path, by: str) -> None:
    state, app = open_step(shop, "write")
    state.design.transformations[0].sql = "SELECT nonsense FROM staging.orders"
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        listing = app.screen.query_one("#write-problems", ProblemList)
        assert listing.display
        assert listing.options.has_focus
        if by == "keys":
            await press(pilot, "enter")
        else:
            await pilot.click(listing, offset=(4, 0))
        await until(pilot, lambda: state.step == "transforms")


async def test_the_problems_of_a_step_show_also_after_other_steps_listed_theirs(shop: Path) -> None:
    state, app = open_step(shop, "write")
    state.design.transformations[0].sql = "SELECT nonsense FROM staging.orders"
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "6")
        await settled(pilot)
        await press(pilot, "3")
        await settled(pilot)
        listing = app.screen.query_one("#problem-list", ProblemList)
        assert not listing.display
        await press(pilot, "f8")
        await until(pilot, lambda: listing.display and listing.options.has_focus)
        assert listing.options.option_count == 1
