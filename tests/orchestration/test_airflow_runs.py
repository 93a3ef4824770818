"""The generated DAG does what it should in a real Airflow: runs, gates, backfills, retries, cleared tasks."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from generator.design.models import AlertChannel, Check, Loading, PipelineDesign
from tests.end_to_end import shop_postgres
from tests.end_to_end.designing import designed
from tests.end_to_end.test_models import TRANSFORMATIONS, assert_models_equal_source
from tests.end_to_end.truth import DuckDBTarget, assert_equals_source
from tests.orchestration.airflow import Airflow, make_airflow
from tests.servers.postgres import PostgresDatabase, PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]
NEW_ORDERS = """
insert into sales.orders
select i, 1 + (i % 2000), 'web', 'paid', i / 100.0, null, timestamptz '2026-03-05', timestamptz '2026-03-05' + i * interval '1 second'
from generate_series({0}, {0} + 99) i;
update sales.customers set region = 'west', updated_at = timestamptz '2026-03-06' + {0} * interval '1 second'
where customer_id % 20 = 0;
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Airflow]:
    database = postgres_server.create_database()
    yield make_airflow(tmp_path_factory.mktemp("airflow") / "home", database)
    postgres_server.drop_database(database.database)


@pytest.fixture
def shop(postgres_database: PostgresDatabase) -> PostgresDatabase:
    shop_postgres.create(postgres_database.url)
    return postgres_database


class Receiver:
    """A webhook's other end."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        alerts = self.alerts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                alerts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(10)


def designed_for_airflow(
    shop: PostgresDatabase, target: DuckDBTarget, name: str, *, modelled: bool
) -> PipelineDesign:
    design = designed(
        "postgres", shop.connection, target.design, name=name, chosen=lambda table: table.name != "visits",
        transformations=TRANSFORMATIONS if modelled else [],
    )  # fmt: skip
    design.technology.orchestrator = "airflow"
    design.pipeline.schedule = "0 6 * * *"
    return design


def test_runs_by_airflow_publish_what_a_query_of_the_source_gives(
    airflow: Airflow, shop: PostgresDatabase, tmp_path: Path
) -> None:
    target = DuckDBTarget(tmp_path / "warehouse.duckdb")
    airflow.add(designed_for_airflow(shop, target, "models", modelled=True))
    airflow.run("dags", "test", "models")
    assert_models_equal_source(shop.url, target)
    shop_postgres.change(shop.url)
    airflow.run("dags", "test", "models")
    assert_models_equal_source(shop.url, target)
    assert set(airflow.states("models").values()) == {"success"}


def test_a_failing_gate_fails_its_task_and_nothing_after_it_runs(
    airflow: Airflow, shop: PostgresDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    target = DuckDBTarget(tmp_path / "warehouse.duckdb")
    design = designed_for_airflow(shop, target, "gated", modelled=True)
    design.quality.pre_transform = [Check(check="range", table="orders", column="amount", max=1)]
    design.requirements.retry.max_attempts = 3
    design.monitoring.alerts.channels = [AlertChannel(type="webhook", webhook_url="${ALERTS_URL}")]
    airflow.add(design)
    said = airflow.run("dags", "test", "gated", check=None, env={"ALERTS_URL": receiver.url})
    assert airflow.states("gated") == {
        "extraction.extract_tables": "success",
        "pre_transform_quality.check_staging": "failed",
        "transformation.run_transformations": "upstream_failed",
        "loading.publish_tables": "upstream_failed",
        "final_quality.check_published": "upstream_failed",
    }
    assert "a quality gate stopped the run (exit 3)" in said
    tries = "SELECT try_number FROM task_instance WHERE dag_id = 'gated' AND state = 'failed'"
    assert airflow.database.query(tries) == [(1,)], "what a gate stopped is not tried again"
    published = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'mart'"
    assert target.rows(published) == [(0,)]
    assert [alert["title"] for alert in receiver.alerts] == ["gated: run stopped"], "told once"


def test_channels_are_told_of_a_process_that_was_killed(
    airflow: Airflow, shop: PostgresDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    design = designed_for_airflow(shop, DuckDBTarget(tmp_path / "warehouse.duckdb"), "killed", modelled=False)
    design.monitoring.alerts.channels = [AlertChannel(type="webhook", webhook_url="${ALERTS_URL}")]
    airflow.add(design)
    doomed = tmp_path / "doomed"
    doomed.write_text(f'#!/bin/sh\n[ "$3" = stage ] && kill -9 $$\nexec {sys.executable} "$@"\n')
    doomed.chmod(0o755)
    airflow.run(
        "dags", "test", "killed", check=None, env={"KILLED_PYTHON": str(doomed), "ALERTS_URL": receiver.url}
    )
    assert airflow.states("killed")["extraction.extract_tables"] == "failed"
    alert = receiver.alerts[0]
    assert len(receiver.alerts) == 1
    assert (alert["pipeline"], alert["severity"], alert["title"]) == ("killed", "error", "killed: run failed")
    assert "stage ended with exit -9" in alert["message"]


def test_lock_of_a_run_that_was_killed_for_good_is_released(
    airflow: Airflow, shop: PostgresDatabase, tmp_path: Path
) -> None:
    target = DuckDBTarget(tmp_path / "warehouse.duckdb")
    design = designed_for_airflow(shop, target, "given_up", modelled=False)
    design.requirements.retry.max_attempts = 1
    airflow.add(design)
    doomed = tmp_path / "doomed"
    doomed.write_text(f'#!/bin/sh\n[ "$3 $4" = "stage loading" ] && kill -9 $$\nexec {sys.executable} "$@"\n')
    doomed.chmod(0o755)
    said = airflow.run("dags", "test", "given_up", check=None, env={"GIVEN_UP_PYTHON": str(doomed)})
    states = airflow.states("given_up")
    assert (states["extraction.extract_tables"], states["loading.publish_tables"]) == ("success", "failed")
    assert "released: the next run may start" in said
    assert target.rows("SELECT count(*) FROM _given_up.lock") == [(0,)]
    airflow.run("dags", "test", "given_up")
    assert_equals_source(design, shop.url, target)


@dataclass(frozen=True)
class Live:
    """An Airflow at work, and what its DAG ``copies`` copies."""

    airflow: Airflow
    shop: PostgresDatabase
    target: DuckDBTarget
    design: PipelineDesign

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of Airflow's database."""
        return self.airflow.database.query(sql)

    def runs(self) -> int:
        """Return how many runs there have been."""
        return int(self.query("SELECT count(*) FROM dag_run WHERE dag_id = 'copies'")[0][0])

    def tries(self, task: str) -> int:
        """Return how often a task of the newest run was tried."""
        newest = "SELECT run_id FROM dag_run WHERE dag_id = 'copies' ORDER BY id DESC LIMIT 1"
        sql = f"SELECT try_number FROM task_instance WHERE dag_id = 'copies' AND task_id = '{task}' AND run_id = ({newest})"
        return int(self.query(sql)[0][0])

    def assert_equals_source(self) -> None:
        """Compare every published table with its source."""
        assert_equals_source(self.design, self.shop.url, self.target)


@pytest.fixture(scope="module")
def live(
    airflow: Airflow, tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Live]:
    """An Airflow whose scheduler runs the DAG ``copies``; its orders are appended, so a row loaded twice shows."""
    shop = postgres_server.create_database()
    shop_postgres.create(shop.url)
    target = DuckDBTarget(tmp_path_factory.mktemp("live") / "warehouse.duckdb")
    design = designed_for_airflow(shop, target, "copies", modelled=False)
    orders = next(table for table in design.sources[0].tables if table.table == "orders")
    orders.loading = Loading(strategy="append", key=["order_id"], version_column="updated_at")
    design.requirements.retry.max_attempts = 3
    airflow.add(design)
    with airflow.services():
        airflow.wait_for_dag("copies")
        # Unpaused it runs at once for the interval that has just ended: the first full load.
        airflow.run("dags", "unpause", "copies")
        airflow.wait("copies", 1)
        yield Live(airflow, shop, target, design)
    postgres_server.drop_database(shop.database)


def test_the_scheduler_runs_it_when_an_interval_has_ended(live: Live) -> None:
    live.assert_equals_source()
    interval = "SELECT data_interval_start, data_interval_end FROM dag_run WHERE run_type = 'scheduled'"
    start, end = live.query(interval)[0]
    assert end - start == timedelta(days=1)


def test_a_backfill_by_airflow_covers_each_window_once(live: Live) -> None:
    before = live.runs()
    with duckdb.connect(str(live.target.path)) as connection:
        lost = connection.execute(
            "DELETE FROM mart.orders WHERE updated_at >= '2026-02-02 06:00+00' AND updated_at < '2026-02-05 06:00+00'"
        ).fetchall()[0][0]
    assert lost > 1000
    words = ["--dag-id", "copies", "--from-date", "2026-02-02", "--to-date", "2026-02-05"]
    live.airflow.run("backfill", "create", *words)
    live.airflow.wait("copies", before + 3)
    live.assert_equals_source()
    intervals = live.query(
        "SELECT data_interval_start, data_interval_end FROM dag_run WHERE run_type = 'backfill' ORDER BY 1"
    )
    assert intervals == list(pairwise(datetime(2026, 2, day, 6, tzinfo=UTC) for day in range(2, 6)))
    loaded = live.target.rows(
        "SELECT run_tables.loaded FROM _copies.run_tables JOIN _copies.runs USING (run_id)"
        " WHERE kind = 'backfill' AND table_name = 'orders' AND run_id LIKE '%-0000_'"
    )
    # A table's window is a run of its own within its backfill.
    assert len(loaded) == 3
    assert sum(row[0] for row in loaded) == lost, "each row of the windows once, and no other"
    states = live.airflow.states("copies")
    assert states.pop("extraction.extract_tables") == "success"
    assert set(states.values()) == {"skipped"}


def test_a_task_whose_process_is_killed_is_tried_again(live: Live) -> None:
    before = live.runs()
    live.shop.execute(NEW_ORDERS.format(30000))
    live.airflow.run("dags", "trigger", "copies")
    kill_stage(live.airflow, "loading")
    live.airflow.wait("copies", before + 1)
    live.assert_equals_source()
    assert live.tries("loading.publish_tables") == 2


def kill_stage(airflow: Airflow, stage: str) -> None:
    """SIGKILL the pipeline's process for a stage as soon as there is one."""
    deadline = time.monotonic() + 60
    wanted = f"-m\0copies\0stage\0{stage}\0".encode()
    here = str(airflow.projects / "copies")
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (process / "cmdline").read_bytes() and str((process / "cwd").readlink()) == here:
                    os.kill(int(process.name), signal.SIGKILL)
                    return
            except OSError:
                continue
        time.sleep(0.01)
    raise AssertionError(f"the stage {stage} was never started")


ALL_TASKS = [
    "extraction.extract_tables", "pre_transform_quality.check_staging", "loading.publish_tables",
    "final_quality.check_published",
]  # fmt: skip


@pytest.mark.parametrize(("tasks", "first"), [(ALL_TASKS[2:], 40000), (ALL_TASKS, 50000)])
def test_cleared_tasks_double_and_lose_nothing(live: Live, tasks: list[str], first: int) -> None:
    before = live.runs()
    live.shop.execute(NEW_ORDERS.format(first))
    live.airflow.run("dags", "trigger", "copies")
    live.airflow.wait("copies", before + 1)
    live.assert_equals_source()
    if tasks == ALL_TASKS:
        live.shop.execute(NEW_ORDERS.format(first + 1000))
    newest = "SELECT run_id FROM dag_run WHERE dag_id = 'copies' ORDER BY id DESC LIMIT 1"
    live.airflow.clear("copies", live.query(newest)[0][0], tasks)
    live.airflow.wait("copies", before + 1)
    assert live.tries("loading.publish_tables") == 2
    live.assert_equals_source()
