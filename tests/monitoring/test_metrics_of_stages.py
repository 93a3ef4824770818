"""A run whose stages are processes of their own, as an orchestrator's, is measured as one run."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest
from prometheus_client.parser import text_string_to_metric_families

from generator.design.models import Check
from tests.generated import GeneratedProject, make
from tests.project.designs import design

pytestmark = pytest.mark.slow
STAGES = ["extraction", "pre_transform_quality", "transformation", "loading", "final_quality"]
LAST_SUCCESS, SUCCESS = "pipeline_last_success_timestamp_seconds", "pipeline_run_success"


@pytest.fixture
def project(tmp_path: Path) -> GeneratedProject:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute(
            "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT NOT NULL,"
            " amount NUMERIC(10,2), updated_at TIMESTAMP NOT NULL)"
        )
        connection.execute(
            "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, email TEXT, region TEXT)"
        )
        rows = [(number, number, "paid", 5, f"2026-01-01 00:00:{number:02d}") for number in range(30)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
        people = [(number, None, "north") for number in range(30)]
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", people)
    connection.close()
    made = design("sqlite", "duckdb")
    made.quality.pre_transform = [
        Check(check="not_null", table="orders", column="order_id"),
        Check(check="range", table="orders", column="amount", max=10),
    ]
    made.quality.final = [Check(check="row_count", table="revenue", min_rows=1)]
    made.sources[0].connection = {"path": str(tmp_path / "shop.db")}
    made.destination.connection = {"path": str(tmp_path / "warehouse.duckdb")}
    return make(made, tmp_path / "project")


def metrics(project: GeneratedProject) -> dict[str, float]:
    """Return what Prometheus reads from the file; labels but the pipeline's are in the name."""
    found = {}
    for family in text_string_to_metric_families((project.state_dir / "metrics.prom").read_text()):
        for sample in family.samples:
            labels = [value for name, value in sorted(sample.labels.items()) if name != "pipeline"]
            found[" ".join([sample.name, *labels])] = sample.value
    return found


def checks(project: GeneratedProject, run: str) -> dict[str, int]:
    """Return how many checks of a run ended how, as the destination has it on record."""
    with duckdb.connect(str(project.folder.parent / "warehouse.duckdb"), read_only=True) as connection:
        counted = "SELECT status, count(*) FROM _shop_orders.check_results WHERE run_id = ? GROUP BY status"
        return dict(connection.execute(counted, [run]).fetchall())


def stage(project: GeneratedProject, name: str, run: str, *, check: int = 0) -> dict[str, float]:
    project.run("stage", name, "--run-id", run, check=check)
    return metrics(project)


def test_the_stages_of_a_run_are_measured_together(project: GeneratedProject) -> None:
    for name in STAGES[:-1]:
        seen = stage(project, name, "first")
        assert SUCCESS not in seen, f"after {name} nobody knows how the run ends"
        assert LAST_SUCCESS not in seen
    whole = stage(project, STAGES[-1], "first")
    assert (whole[SUCCESS], whole["pipeline_run_exit_code"]) == (1, 0)
    assert whole[LAST_SUCCESS] == whole["pipeline_last_run_timestamp_seconds"]
    assert whole["pipeline_records_extracted orders"] == 30
    assert whole["pipeline_records_loaded orders"] == 30
    assert whole["pipeline_table_rows revenue"] == 1
    recorded = checks(project, "first")
    assert recorded.keys() == {"passed"}
    assert whole["pipeline_quality_checks passed"] == recorded["passed"] >= 3
    assert whole["pipeline_quality_check_pass_rate"] == 1
    seconds = [whole[f"pipeline_stage_duration_seconds {name}"] for name in STAGES]
    assert whole["pipeline_duration_seconds"] > sum(seconds)


def test_a_run_under_way_leaves_what_is_told_of_the_last_one(project: GeneratedProject) -> None:
    project.run("run")
    before = metrics(project)
    for name in STAGES[:-1]:
        seen = stage(project, name, "next")
        for told in (SUCCESS, LAST_SUCCESS, "pipeline_duration_seconds", "pipeline_run_exit_code"):
            assert seen[told] == before[told], (name, told)
    assert stage(project, STAGES[-1], "next")[LAST_SUCCESS] > before[LAST_SUCCESS]


def test_a_gate_that_fails_every_run_lets_the_data_grow_stale(
    project: GeneratedProject, tmp_path: Path
) -> None:
    project.run("run")
    before = metrics(project)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("UPDATE orders SET amount = 99, updated_at = '2026-01-02' WHERE order_id = 7")
    connection.close()
    stage(project, "extraction", "stopped")
    stopped = stage(project, "pre_transform_quality", "stopped", check=3)
    assert (stopped[SUCCESS], stopped["pipeline_run_exit_code"]) == (0, 3)
    assert stopped[LAST_SUCCESS] == before[LAST_SUCCESS], "an extraction that worked is no run that did"
    recorded = checks(project, "stopped")
    assert recorded["failed"] == stopped["pipeline_quality_checks failed"] == 1
    assert recorded["passed"] == stopped["pipeline_quality_checks passed"]
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("UPDATE orders SET amount = 9, updated_at = '2026-01-03' WHERE order_id = 7")
    connection.close()
    for name in STAGES:
        mended = stage(project, name, "stopped")
    assert (mended[SUCCESS], mended["pipeline_quality_checks failed"]) == (1, 0)
    assert mended[LAST_SUCCESS] > before[LAST_SUCCESS]
