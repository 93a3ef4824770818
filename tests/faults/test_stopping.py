"""A run that is told to stop while a server or a query keeps it waiting: it ends at once, and so does what it was waiting for."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import PostgresPlace
from tests.faults.sources import PostgresSource
from tests.faults.world import World
from tests.generated import GeneratedProject

SECONDS_TO_STOP = 10
"""What Docker and systemd give a process before they kill it; the lock it waits for is kept longer."""
ENDLESS = "(SELECT count(*) FROM range(400000) AS a(n), range(400000) AS b(n) WHERE (a.n * b.n) % 7 = 3) >= 0"
"""A condition that keeps DuckDB busy for hours."""
SIGNALS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def kept(url: str, table: str) -> Iterator[psycopg.Connection]:
    """Keep everybody else from a table; gives a session that may look around meanwhile."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as onlooker:
        holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield onlooker
        holder.rollback()


def until(onlooker: psycopg.Connection, *, waiting: bool) -> None:
    """Wait until a session waits for a lock, or until none does."""
    deadline = time.monotonic() + 60
    while bool(onlooker.execute(WAITING).fetchall()) != waiting:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def started(project: GeneratedProject) -> subprocess.Popen[str]:
    """Start a run."""
    return subprocess.Popen(
        project.command("run"), cwd=project.folder, env=project.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def stop(child: subprocess.Popen[str], number: signal.Signals, code: int) -> None:
    """Tell a run to stop: it does so in time, with its exit code, and says what that means."""
    child.send_signal(number)
    _, said = child.communicate(timeout=SECONDS_TO_STOP)
    assert child.returncode == code
    assert said.splitlines()[-1].endswith("what was not committed is rolled back")


@pytest.mark.slow
@SIGNALS
@pytest.mark.parametrize("kept_at", ["source", "destination"])
@pytest.mark.routes(origins=("postgres",), targets=("postgres",))
def test_stopped_run_cancels_what_it_waits_for_and_leaves_the_lock_free(
    origin: str, target: str, pattern: str, kept_at: str, number: signal.Signals, code: int, tmp_path: Path,
    make_route: MakeRoute,
) -> None:  # fmt: skip
    route = make_route(origin, target, pattern, "upsert")
    assert isinstance(route.source, PostgresSource)
    assert isinstance(route.place, PostgresPlace)
    project, world = make(route.design, tmp_path / "project"), World(seed=4)
    route.source.put(world.next_day())
    project.run("run")
    before = route.published()
    route.source.put(world.next_day())
    url, table = (
        (route.source.url, "accounts") if kept_at == "source" else (route.place.url, "analytics.accounts")
    )
    with kept(url, table) as onlooker:
        child = started(project)
        until(onlooker, waiting=True)
        stop(child, number, code)
        until(onlooker, waiting=False)
    assert route.published() == before
    assert project.status()["lock"] is None
    project.run("run")
    assert route.published() == world.current


@pytest.mark.slow
@SIGNALS
@pytest.mark.routes(origins=("sqlite",), targets=("duckdb", "files"))
def test_run_is_stopped_in_the_midst_of_a_long_transformation(
    origin: str, target: str, pattern: str, number: signal.Signals, code: int, tmp_path: Path,
    make_route: MakeRoute,
) -> None:  # fmt: skip
    route = make_route(origin, target, pattern, "upsert")
    project, world = make(route.modelled, tmp_path / "project"), World(seed=5)
    route.source.put(world.next_day())
    project.run("run")
    ids = "SELECT id FROM {accounts} ORDER BY id"
    before = route.place.rows(ids, "ledger")
    route.source.put(world.next_day())
    file = project.folder / "sql/transformations/ledger.sql"
    written = file.read_text()
    file.write_text(f"{written.rstrip()} WHERE {ENDLESS}\n")
    child = started(project)
    assert child.stderr is not None
    assert any('"transformation"' in line for line in child.stderr)
    time.sleep(0.5)  # from the announcement of the stage to its query
    stop(child, number, code)
    assert route.place.rows(ids, "ledger") == before
    file.write_text(written)
    project.run("run")
    assert route.place.rows(ids, "ledger") == [(row.id,) for row in world.current] != before
