"""crontab and systemd units: fire when the design's schedule says, and are accepted by systemd itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from generator import generate
from generator.project.files.cron import calendar_events
from tests.project.designs import design

SYSTEMD = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="systemd is not here")
EXPRESSIONS = [
    "0 6 * * *", "*/15 8-18 * * mon-fri", "0 0 1,15 * 5", "0 * * * *", "0 0 * * 0", "30 2 L * *", "0 9 * * 1#2",
    "0 9 * * 5L", "5/10 * * jan,jul *", "0 0 * * 0,7", "0 0 31 12 *", "59 23 28-31 2,4 *", "0 */7 * * *", "0 0 1 * *",
]  # fmt: skip


@pytest.mark.slow
@needs_systemd
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_systemd_fires_when_cron_does(expression: str) -> None:
    fired: set[datetime] = set()
    for event in calendar_events(expression, "UTC"):
        words = [
            "systemd-analyze",
            "calendar",
            "--iterations=12",
            "--base-time=2027-01-01 00:00:30 UTC",
            event,
        ]
        said = subprocess.run(
            words, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
        )
        for line in said.stdout.splitlines():
            label, _, text = line.strip().partition(": ")
            if label == "Next elapse" or label.startswith("Iter. #"):
                fired.add(datetime.strptime(text.strip()[4:23], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC))
    moments = CronSim(expression, datetime(2027, 1, 1, 0, 0, 30, tzinfo=UTC))
    expected = [next(moments) for _ in range(12)]
    assert sorted(fired)[:12] == expected


def test_an_expression_without_five_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="not 5"):
        calendar_events("0 0 6 * * *", "UTC")


def made(folder: Path, schedule: str) -> Path:
    """Generate a project for cron with a hostile description."""
    plan = design(technology={"orchestrator": "cron"})
    plan.pipeline.schedule = schedule
    plan.pipeline.timezone = "Europe/Berlin"
    plan.pipeline.description = "100% of\nit; [Service]\nExecStart=/bin/false \\"
    generate(plan, folder)
    return folder


@pytest.mark.slow
@needs_systemd
@pytest.mark.parametrize("schedule", ["0 6 * * mon-fri", "0 0 1,15 * 5"])
def test_systemd_accepts_the_units(tmp_path: Path, schedule: str) -> None:
    project = made(tmp_path / "shop_orders", schedule)
    units = tmp_path / "units"
    units.mkdir()
    python = tmp_path / "shop_orders" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    for kind in ("service", "timer"):
        text = (project / "orchestration" / "cron" / f"shop_orders.{kind}").read_text()
        (units / f"shop_orders.{kind}").write_text(text.replace("/opt/shop_orders", str(project)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(units / "shop_orders.timer"), str(units / "shop_orders.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "shop_orders" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_description_cannot_leave_its_line(tmp_path: Path) -> None:
    project = made(tmp_path / "shop_orders", "0 6 * * *")
    lines = (project / "orchestration" / "cron" / "shop_orders.service").read_text().splitlines()
    assert "Description=shop_orders: 100%% of it; [Service] ExecStart=/bin/false " in lines or any(
        line.startswith("Description=shop_orders: 100%% of it;") for line in lines
    )
    assert [line for line in lines if line.startswith("ExecStart=")] == [
        "ExecStart=/opt/shop_orders/.venv/bin/python -m shop_orders run"
    ]


def test_the_crontab_runs_at_the_schedule_of_the_design(tmp_path: Path) -> None:
    project = made(tmp_path / "shop_orders", "0 0 * * *")
    text = (project / "orchestration" / "cron" / "shop_orders.crontab").read_text()
    assert "CRON_TZ=Europe/Berlin\n" in text
    assert next(line for line in text.splitlines() if "cd /opt" in line).startswith(
        "0 0 * * * cd /opt/shop_orders && .venv/bin/python -m shop_orders run"
    )
    assert not (project / "orchestration" / "dags").exists()
    start = datetime(2027, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert next(CronSim("0 0 * * *", start)) - start == timedelta(days=1)


def test_the_crontab_ends_with_a_line_end_without_which_cron_reads_nothing(tmp_path: Path) -> None:
    text = (
        made(tmp_path / "shop_orders", "0 0 * * *") / "orchestration/cron/shop_orders.crontab"
    ).read_text()
    assert text.endswith(" run\n")
