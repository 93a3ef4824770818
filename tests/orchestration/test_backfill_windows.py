"""Windows as an orchestrator hands them over: one after the other, of any length, each row in exactly one of them."""

from __future__ import annotations

import json
import sqlite3
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from generator.design.models import Column
from tests.generated import GeneratedProject, make
from tests.project.designs import design

pytestmark = pytest.mark.slow


def project_by_day(folder: Path) -> GeneratedProject:
    """Return a project over orders whose watermark is a date; there are two orders on each of ten days."""
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute(
            "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT NOT NULL,"
            " amount NUMERIC(10,2), updated_at DATE NOT NULL)"
        )
        rows = [(number, number, "paid", 1, f"2026-01-{1 + number // 2:02d}") for number in range(20)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    made = design("sqlite", "duckdb", modelled=False)
    made.sources[0].connection = {"path": str(folder / "shop.db")}
    made.sources[0].tables = [table for table in made.sources[0].tables if table.table == "orders"]
    columns = made.sources[0].tables[0].columns_probed
    day = Column(name="updated_at", type="date", nullable=False, source_type="date")
    made.sources[0].tables[0].columns_probed = [*columns[:-1], day]
    made.destination.connection = {"path": str(folder / "warehouse.duckdb")}
    return make(made, folder / "project")


def test_hours_of_a_watermark_that_is_a_date_hold_each_day_once(tmp_path: Path) -> None:
    project = project_by_day(tmp_path)
    project.run("run")
    hours = ["2026-01-04T22:00:00", "2026-01-04T23:00:00", "2026-01-05T00:00:00", "2026-01-05T01:00:00"]
    for number, (first, last) in enumerate(pairwise(hours)):
        project.run("backfill", "--from", first, "--to", last, "--run-id", f"hour{number}")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.execute(
            "SELECT run_id, loaded FROM _shop_orders.runs WHERE run_id LIKE 'hour_' ORDER BY run_id"
        ).fetchall()
    assert loaded == [("hour0", 0), ("hour1", 2), ("hour2", 0)]


def test_a_range_that_is_none_is_still_refused(tmp_path: Path) -> None:
    project = project_by_day(tmp_path)
    project.run("run")
    for last in ("2026-01-04T22:00:00", "2026-01-04T21:00:00", "2026-01-03"):
        said = project.run("backfill", "--from", "2026-01-04T22:00:00", "--to", last, check=2).stderr
        assert "is no range" in said
    assert [run["status"] for run in json.loads(project.run("status", "--json").stdout)["runs"]] == [
        "success"
    ]
