"""From an empty folder to tables that arrived, by keyboard alone, in a real terminal at 80x24 and wide."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import duckdb
import pytest

from generator import drafts
from generator.demo import make_shop
from tests.terminal.tmux import Tmux

PIPEWIZARD = Path(sys.executable).with_name("pipewizard")
STEPS = ("Destination", "Transforms", "SLAs", "Quality", "Summary")


def environment(folder: Path) -> dict[str, str]:
    """Keep the wizard's drafts and settings below the test's folder."""
    return {
        "PIPEWIZARD_DRAFTS": str(folder / "drafts"), "XDG_CONFIG_HOME": str(folder / "config"), "LANG": "C.UTF-8",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (140, 45)])
def test_the_demo_runs_by_keyboard(columns: int, lines: int, tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    command = f"{PIPEWIZARD} demo {demo}"
    with Tmux(command, columns=columns, lines=lines, cwd=tmp_path, env=environment(tmp_path)) as terminal:
        terminal.wait_for("shop_orders", 60)
        for step in STEPS:
            terminal.press("C-n")
            terminal.wait_for(f"● {step}")
        terminal.wait_for("Shall I proceed with implementation?")
        terminal.wait_for("Pipeline Design Summary")
        terminal.press("p")
        terminal.wait_for("files:", 120)
        terminal.press("W")
        terminal.wait_for("✓ written", 120)
        terminal.press("s")
        terminal.wait_for("✓ published 4 tables", 240)
        terminal.press("C-q")
        terminal.wait_for("[exit 0]")
    with duckdb.connect(str(demo / "warehouse.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_name from duckdb_tables() where schema_name = 'analytics' order by 1"
        ).fetchall()
        assert {name for (name,) in tables} >= {
            "customer_segments",
            "daily_revenue",
            "dim_customer",
            "product_sales",
        }
        assert warehouse.execute("select count(*) > 0 from analytics.daily_revenue").fetchall() == [(True,)]


@pytest.mark.slow
def test_no_color_shows_no_colour_codes(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop.sqlite")
    command = f"{PIPEWIZARD} demo {tmp_path / 'demo'}"
    with Tmux(command, cwd=tmp_path, env=environment(tmp_path) | {"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("shop_orders", 60)
        for step in STEPS:
            terminal.press("C-n")
            terminal.wait_for(f"● {step}")
            codes = re.findall(r"\x1b\[([0-9;]*)m", terminal.screen(colours=True))
            colours = [code for code in codes if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|$)", code)]
            assert colours == []


@pytest.mark.slow
def test_kill_9_loses_at_most_the_last_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = environment(tmp_path)
    with Tmux(f"{PIPEWIZARD} demo {tmp_path / 'demo'}", cwd=tmp_path, env=places) as terminal:
        terminal.wait_for("saved", 60)
        terminal.press("4")
        terminal.wait_for("● SLAs")
        terminal.press("Enter")
        terminal.wait_for("How old data may be")
        terminal.press("C-a", "C-k")
        terminal.type("7 h")
        terminal.wait_for("7 h")
        time.sleep(1)
        terminal.kill()
        terminal.wait_for("[exit 137]")
    monkeypatch.setenv("PIPEWIZARD_DRAFTS", places["PIPEWIZARD_DRAFTS"])
    (info,) = drafts.list_drafts()
    with drafts.resume(info.name) as draft:
        assert draft.design.requirements.freshness_minutes == 7 * 60
    with Tmux(f"{PIPEWIZARD}", cwd=tmp_path, env=places) as terminal:
        terminal.wait_for("Resume", 60)
        terminal.press("Enter")
        terminal.wait_for("● SLAs", 60)
        terminal.wait_for("7 h")
