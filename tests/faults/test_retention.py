"""Retention deletes what is due, in every place it lies, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.children import ForkedProject, make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.world import Row

DAYS_AHEAD = 60
TODAY = datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def aged(route: Route, folder: Path, *ages: int, schedule: str = "0 6 * * *") -> ForkedProject:
    """Return a project that keeps rows for a month, and give its source rows, numbered, of so many days."""
    design = route.design
    design.pipeline.schedule = schedule
    design.requirements.retention_days = 30
    design.destination.loading.partition_field = "updated_at"
    route.source.put(Row(key, "a", 1, TODAY - timedelta(days=days)) for key, days in enumerate(ages, 1))
    return make(design, folder)


def left(route: Route, table: str = "accounts") -> list[int]:
    """Return the numbers of the published rows."""
    return [row[0] for row in route.place.rows("SELECT id FROM {accounts} ORDER BY id", table)]


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_retention_deletes_what_is_due_and_nothing_else(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project = aged(route, tmp_path / "project", 400, 31, 29, 0)
    project.run("run")
    runs = len(project.status()["runs"])
    project.run("retention", "--dry-run")
    assert len(route.published()) == 4
    project.run("retention")
    assert left(route) == [3, 4]
    if strategy == "scd2":
        assert left(route, "accounts__changes") == [3, 4]
    assert len(project.status()["runs"]) == runs
    project.run("run")
    assert left(route) == [3, 4]


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_clock_that_jumped_ahead_deletes_nothing(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """A server that was asked for the time knows better; elsewhere the hole in the record of runs tells."""
    route = make_route(origin, target, pattern)
    project = aged(route, tmp_path / "project", 400, 29, 0, -90)
    for command in ("run", "retention"):
        project.run(command)
    assert left(route) == [2, 3, 4]
    for later in (DAYS_AHEAD, DAYS_AHEAD + 1):
        assert project.run_later(later, "run").returncode == 0
        told = project.run_later(later, "retention")
        assert left(route) == [2, 3, 4]
        if target != "postgres":
            assert told.returncode == 1
            assert "it may have jumped ahead; nothing was deleted" in told.stderr
            assert "Traceback" not in told.stderr
    project.run("retention")
    assert left(route) == [2, 3, 4]
    assert project.run_later(DAYS_AHEAD, "retention", "--yes").returncode == 0
    assert left(route) == ([2, 3, 4] if target == "postgres" else [4])


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_table_of_which_nothing_would_be_left_is_left_alone_until_somebody_says_so(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = aged(route, tmp_path / "project", 31, 31)
    project.run("run")
    refused = "no row of analytics.accounts would be left"
    assert refused in project.run("retention", check=1).stderr
    assert refused in project.run("retention", "--dry-run").stdout
    assert len(route.published()) == 2
    assert "\n2 rows older" in project.run("retention", "--yes").stdout.replace("  ", "")
    assert project.status()["tables"]["accounts"]["rows"] == 2
    assert "0 rows older" in project.run("retention", "--dry-run").stdout


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_monthly_pipeline_deletes_what_is_due_month_by_month(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """By its schedule nothing runs for a month: that is no hole, from its very first months on."""
    route = make_route(origin, target, pattern)
    project = aged(route, tmp_path / "project", 400, 20, 0, -90, schedule="0 6 1 * *")
    for days in (0, 31):
        for command in ("run", "retention"):
            done = project.run_later(days, command)
            assert done.returncode == 0, done.stderr
    # The server's clock is right: there it is not a month later.
    assert left(route) == ([2, 3, 4] if target == "postgres" else [4])


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",), targets=("duckdb", "files"))
def test_rejected_rows_and_records_of_runs_go_when_they_are_due(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """A dead letter holds a row: it may be kept no longer than rows may."""
    route = make_route(origin, target, pattern)
    project = aged(route, tmp_path / "project", 0, -90, schedule="0 6 1 * *")
    for days, key in [(0, 100), (31, 101)]:
        route.source.insert({"id": key, "name": "x", "balance": "a lot", "updated_at": str(TODAY)})
        assert project.run_later(days, "run").returncode == 0
    assert sum(project.status()["dead_letters"].values()) == 2
    done = project.run_later(31, "retention")
    assert done.returncode == 0, done.stderr
    kept = json.loads(project.run("dlq", "list", "--json").stdout)
    assert [json.loads(letter["payload"])["id"] for letter in kept] == ["101"]
    assert len(project.status()["runs"]) == 1
