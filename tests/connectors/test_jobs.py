"""Looking happens in a process that can be ended at once, and no secret shows on the way."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from generator.connectors.base import DEFAULT_TIMEOUT_SECONDS, ConnectorSettings
from generator.connectors.catalog import ProbedColumn, ProbedTable
from generator.connectors.jobs import Job, Request, run, start
from generator.connectors.registry import connector
from generator.errors import ProbeError

SECRET = "s3cret-value-of-this-test"


class BlackHole:
    """A server that takes connections and never says a word."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(30)
        self.settings = connector("postgres").Settings.model_validate(
            {"host": "127.0.0.1", "port": self.server.getsockname()[1], "database": "d", "username": "u",
             "password": SECRET, "sslmode": "disable"}
        )  # fmt: skip
        self.held: list[socket.socket] = []

    def asked(self) -> None:
        """Wait until somebody waits for this server."""
        client, _ = self.server.accept()
        self.held.append(client)
        client.settimeout(30)
        assert client.recv(1)  # whoever has said something waits for the answer

    def close(self) -> None:
        for opened in (*self.held, self.server):
            opened.close()


@pytest.fixture
def black_hole() -> Iterator[BlackHole]:
    with contextlib.closing(BlackHole()) as hole:
        yield hole


@pytest.fixture
def warehouse(tmp_path: Path) -> ConnectorSettings:
    """Settings of a DuckDB file with 30 tables."""
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as database:
        for number in range(30):
            database.execute(f"CREATE TABLE t{number:02} AS SELECT 1 AS id")
    return connector("duckdb").Settings.model_validate({"path": str(path)})


def hanging(hole: BlackHole) -> Job:
    """Start a job and wait until its worker waits for the server."""
    job = start(Request("probe", "postgres", hole.settings))
    hole.asked()
    assert job.running
    return job


def gone(pid: int) -> bool:
    """Tell whether a process ends: at once, but who is to be told of it may be slow."""
    for _ in range(400):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def cancelled_after(hole: BlackHole) -> float:
    """Cancel a job that hangs; return the seconds that took."""
    job = hanging(hole)
    started = time.monotonic()
    job.cancel()
    seconds = time.monotonic() - started
    assert gone(job.pid)
    with pytest.raises(ProbeError) as caught:
        job.result()
    assert caught.value.kind == "cancelled"
    return seconds


@pytest.mark.slow
def test_a_hanging_connect_is_cancelled_within_200_ms(black_hole: BlackHole) -> None:
    # A busy machine may hold anything up for a moment, but not every time.
    assert any(cancelled_after(black_hole) < 0.2 for _ in range(3))


@pytest.mark.slow
def test_a_secret_is_in_no_argument_and_no_environment(black_hole: BlackHole) -> None:
    job = hanging(black_hole)
    command = Path(f"/proc/{job.pid}/cmdline").read_bytes()
    environment = Path(f"/proc/{job.pid}/environ").read_bytes()
    job.cancel()
    assert b"generator.connectors.worker" in command
    assert SECRET.encode() not in command + environment


@pytest.mark.slow
def test_a_worker_ends_with_whoever_asked(black_hole: BlackHole) -> None:
    script = (
        "import sys\n"
        "from generator.connectors.jobs import Request, start\n"
        "from generator.connectors.registry import connector\n"
        "settings = connector('postgres').Settings.model_validate_json(sys.stdin.readline())\n"
        "job = start(Request('probe', 'postgres', settings))\n"
        "print(job.pid, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asker:
        assert asker.stdin is not None
        assert asker.stdout is not None
        asker.stdin.write(black_hole.settings.model_dump_json() + "\n")
        asker.stdin.flush()
        worker = int(asker.stdout.readline())
        black_hole.asked()
        asker.kill()
    assert gone(worker)


@pytest.mark.slow
def test_a_job_never_takes_longer_than_its_limit(black_hole: BlackHole) -> None:
    started = time.monotonic()
    with pytest.raises(ProbeError) as caught:
        run(Request("probe", "postgres", black_hole.settings, limit=1))
    assert caught.value.kind == "timeout"
    assert time.monotonic() - started < DEFAULT_TIMEOUT_SECONDS


async def test_events_arrive_in_an_event_loop(warehouse: ConnectorSettings) -> None:
    kinds = [kind async for kind, _ in start(Request("probe", "duckdb", warehouse))]
    assert kinds == ["table"] * 30 + ["done"]


async def test_leaving_an_async_loop_early_ends_the_worker(warehouse: ConnectorSettings) -> None:
    job = start(Request("probe", "duckdb", warehouse))
    events = job.__aiter__()
    assert (await anext(events))[0] == "table"
    await events.aclose()
    assert gone(job.pid)


@pytest.mark.slow
async def test_an_async_reader_can_be_cancelled_while_it_waits(black_hole: BlackHole) -> None:
    job = start(Request("probe", "postgres", black_hole.settings))

    async def read() -> None:
        async for _ in job:
            pass

    task = asyncio.create_task(read())
    await asyncio.to_thread(black_hole.asked)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, DEFAULT_TIMEOUT_SECONDS / 2)
    assert gone(job.pid)


@pytest.mark.slow
def test_a_worker_that_dies_is_an_error_not_a_wait(black_hole: BlackHole) -> None:
    job = hanging(black_hole)
    os.kill(job.pid, signal.SIGSEGV)
    with pytest.raises(ProbeError) as caught:
        job.result()
    assert caught.value.kind == "other"
    assert "SIGSEGV" in str(caught.value)


def test_a_failure_keeps_its_kind_and_fix(tmp_path: Path) -> None:
    settings = connector("sqlite").Settings.model_validate({"path": str(tmp_path / "none.db")})
    with pytest.raises(ProbeError) as caught:
        run(Request("probe", "sqlite", settings))
    assert caught.value.kind == "no_such_database"
    assert caught.value.where.endswith("none.db")
    assert caught.value.fix


def test_a_module_in_the_current_folder_is_not_taken_for_a_library(
    warehouse: ConnectorSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "duckdb.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(tmp_path)
    assert run(Request("test", "duckdb", warehouse)) == f"DuckDB {duckdb.__version__}"


@pytest.mark.slow
def test_a_fault_inside_a_connector_tells_no_secret(
    black_hole: BlackHole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "psycopg"
    package.mkdir()
    (package / "__init__.py").write_text(
        "class Error(Exception): ...\n"
        "def connect(**parameters): raise RuntimeError(f'gone wrong with {parameters}')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ProbeError) as caught:
        run(Request("probe", "postgres", black_hole.settings))
    assert "gone wrong" in str(caught.value)
    assert "***" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.slow
def test_many_tables_are_looked_at_in_one_process_and_one_that_fails_does_not_stop_the_others(
    warehouse: ConnectorSettings,
) -> None:
    columns = (ProbedColumn(name="id", type="integer"),)
    tables = tuple(
        ProbedTable(namespace="main", name=name, columns=columns) for name in ("t00", "gone", "t29")
    )
    events = start(Request("look", "duckdb", warehouse, tables=tables)).events()
    found = [event[1] for event in events if event[0] == "look"]
    assert [one.table for one in found] == ["main.t00", "main.gone", "main.t29"]
    assert [one.sample.rows if one.sample else None for one in found] == [(("1",),), None, (("1",),)]
    assert [one.profile.sampled_rows if one.profile else None for one in found] == [1, None, 1]
    assert "gone" in found[1].failure
