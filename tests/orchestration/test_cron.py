"""crontab and systemd units: fire when the design's schedule says, and are accepted by systemd itself."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from cronsim import CronSim

from generator import generate
from generator.project.files.cron import calendar_events
from tests.generated import make
from tests.project.designs import design
from tests.servers.postgres import PostgresDatabase
from tests.servers.presence import absent

needs_systemd = pytest.mark.usefixtures("systemd")
EXPRESSIONS = [
    "0 6 * * *", "*/15 8-18 * * mon-fri", "0 0 1,15 * 5", "0 * * * *", "0 0 * * 0", "30 2 L * *", "0 9 * * 1#2",
    "0 9 * * 5L", "5/10 * * jan,jul *", "0 0 * * 0,7", "0 0 31 12 *", "59 23 28-31 2,4 *", "0 */7 * * *", "0 0 1 * *",
]  # fmt: skip


@pytest.fixture
def systemd() -> None:
    """systemd-analyze, which needs no running systemd."""
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze", "apt-get install systemd")


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


SETUP = (
    "CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id bigint, status text NOT NULL, amount numeric(10,2),"
    " updated_at timestamp NOT NULL)",
    "INSERT INTO orders SELECT i, i, 'paid', i, timestamp '2026-01-01' FROM generate_series(1, 50) i",
    "CREATE TABLE customers (customer_id bigint PRIMARY KEY, email text, region text)",
)


@pytest.fixture
def busy(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[tuple[Path, dict[str, str]]]:
    """A project for cron, installed where it lies, whose source makes a run wait: and the environment of its starts."""
    postgres_database.execute(*SETUP)
    plan = design("postgres", "postgres", modelled=False, technology={"orchestrator": "cron"})
    plan.sources[0].connection = dict(postgres_database.connection)
    plan.destination.connection = dict(postgres_database.connection)
    project = make(plan, tmp_path / "shop_orders")
    python = project.folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    # Its session is ended by the test, so that the transaction cannot be ended in good order.
    with contextlib.suppress(psycopg.OperationalError), postgres_database.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        yield project.folder, project.environment()


def started(project: Path, how: str, env: dict[str, str]) -> subprocess.Popen[str]:
    """Start the pipeline as cron or systemd would, by what `make` prints for this folder."""
    shown = subprocess.run(["make", "--silent", how], cwd=project, capture_output=True, text=True, check=True)
    assert "/opt/" not in shown.stdout
    if how == "crontab":
        line = next(line for line in shown.stdout.splitlines() if " cd " in line)
        words = ["/bin/sh", "-c", line.split(maxsplit=5)[5]]
    else:
        line = next(line for line in shown.stdout.splitlines() if line.startswith("ExecStart="))
        words = line.removeprefix("ExecStart=").split()
    return subprocess.Popen(words, cwd=project, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", ["crontab", "systemd"])
def test_an_overlapping_start_exits_75_and_writes_nothing(
    how: str, busy: tuple[Path, dict[str, str]], postgres_database: PostgresDatabase
) -> None:
    project, env = busy
    first = started(project, how, env)
    deadline = time.monotonic() + 60
    waiting = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{postgres_database.database}' AND wait_event_type = 'Lock'"
    while not postgres_database.query(waiting):
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    second = started(project, how, env)
    said = second.communicate(timeout=60)[1]
    assert (second.returncode, "is at work; this run wrote nothing" in said) == (75, True), said
    assert first.poll() is None, "the first start is still at it"
    assert postgres_database.query("SELECT count(*) FROM _shop_orders.runs") == [(0,)]
    postgres_database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
        " AND relation = 'orders'::regclass"
    )
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert postgres_database.query("SELECT count(*) FROM analytics.orders") == [(50,)]


def test_systemd_takes_an_overlapping_start_for_no_failure(tmp_path: Path) -> None:
    unit = (
        made(tmp_path / "shop_orders", "0 6 * * *") / "orchestration/cron/shop_orders.service"
    ).read_text()
    assert "SuccessExitStatus=75\n" in unit
    assert "Restart=" not in unit


def test_the_service_does_not_run_as_root_and_each_unit_says_where_it_belongs(tmp_path: Path) -> None:
    project = made(tmp_path / "shop_orders", "0 6 * * *")
    assert "\nUser=pipeline\n" in (project / "orchestration/cron/shop_orders.service").read_text()
    shown = subprocess.run(
        ["make", "--silent", "systemd"], cwd=project, capture_output=True, text=True, check=True
    )
    me = pwd.getpwuid(os.geteuid()).pw_name
    assert [line for line in shown.stdout.splitlines() if line.startswith("User=")] == [f"User={me}"]
    assert [line for line in shown.stdout.splitlines() if line.startswith("# /etc/systemd/system/")] == [
        "# /etc/systemd/system/shop_orders.service", "# /etc/systemd/system/shop_orders.timer",
    ]  # fmt: skip


def test_the_crontab_warns_of_daemons_that_do_not_know_its_time_zone(tmp_path: Path) -> None:
    """Debian's crontab(5), LIMITATIONS: no time zones per user. The job would start hours off, and nobody be told."""
    text = (
        made(tmp_path / "shop_orders", "0 6 * * *") / "orchestration/cron/shop_orders.crontab"
    ).read_text()
    told, _, lines = text.partition("CRON_TZ=Europe/Berlin\n")
    assert "Debian and Ubuntu" in told
    assert " run" in lines
