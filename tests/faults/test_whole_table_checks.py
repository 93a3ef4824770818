"""A check before publishing judges the whole table, not just the rows an incremental run brings."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from generator.design.models import Check, PipelineDesign
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.world import START, Row
from tests.generated import GeneratedProject

LATER = START + timedelta(days=1)


def checked(route: Route, folder: Path, *checks: dict[str, Any]) -> GeneratedProject:
    """Return a project with checks before the transformation, and nothing in its source yet."""
    design = route.design
    design.quality.thresholds.min_row_count_ratio = 0
    design.quality.pre_transform += [Check(table="accounts", severity="error", **check) for check in checks]
    return make(PipelineDesign.model_validate(design.model_dump()), folder)


def ids(route: Route) -> list[int]:
    """Return the ids of the published accounts."""
    return [row[0] for row in route.place.rows("SELECT id FROM {accounts} ORDER BY id")]


def outcomes(log: str) -> dict[str, str]:
    """Return how each check of a run ended, as its log says."""
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return {event["check"]: event["status"] for event in events if event.get("event") == "quality_check"}


@pytest.mark.slow
@pytest.mark.routes
def test_small_increment_is_no_small_table(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", {"check": "row_count", "min_rows": 5, "max_rows": 6})
    route.source.put([Row(key, "a", key, START) for key in range(1, 6)])
    project.run("run")
    route.source.put([Row(6, "a", 6, LATER)])
    project.run("run")
    assert ids(route) == [1, 2, 3, 4, 5, 6]
    route.source.put([Row(7, "a", 7, LATER + timedelta(days=1))])
    said = project.run("run", check=3).stderr.splitlines()[-1]
    assert "7 rows" in said
    assert "nothing was published" in said
    assert ids(route) == [1, 2, 3, 4, 5, 6]


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_name_that_is_taken_by_a_row_of_an_earlier_run_is_no_unique_one(
    strategy: str, origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project = checked(route, tmp_path / "project", {"check": "unique", "column": "name"})
    route.source.put([Row(1, "ann", 1, START), Row(2, "bob", 2, START)])
    project.run("run")
    if strategy != "append":
        route.source.put([Row(1, "ann", 5, LATER)])
        project.run("run")
    before = route.published()
    route.source.put([Row(3, "ann", 3, LATER + timedelta(days=1))])
    assert "unique" in project.run("run", check=3).stderr.splitlines()[-1]
    assert route.published() == before
    assert project.status()["runs"][0]["loaded"] == 0
    route.source.put([Row(3, "cid", 3, LATER + timedelta(days=1))])
    project.run("run")
    assert sorted(set(ids(route))) == [1, 2, 3]


@pytest.mark.slow
@pytest.mark.routes
def test_reference_to_a_row_of_an_earlier_run_is_found(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    reference = {"check": "referential_integrity", "column": "balance", "reference_table": "accounts", "reference_column": "id"}  # fmt: skip
    project = checked(route, tmp_path / "project", reference)
    route.source.put([Row(1, "a", 100, START)])
    project.run("run")
    route.source.put([Row(2, "b", 100, LATER)])
    project.run("run")
    assert ids(route) == [1, 2]
    route.source.put([Row(3, "c", 900, LATER + timedelta(days=1))])
    project.run("run", check=3)
    assert ids(route) == [1, 2]


@pytest.mark.slow
@pytest.mark.routes
def test_reconciliation_before_publishing_counts_the_whole_table(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(
        route, tmp_path / "project",
        {"check": "reconciliation", "columns": ["balance"]},
        {"check": "volume_anomaly", "max_percent": 50, "min_history": 1},
        {"check": "freshness", "column": "updated_at", "max_age_hours": 24 * 365 * 50},
    )  # fmt: skip
    route.source.put([Row(key, "a", key, START) for key in range(1, 6)])
    project.run("run")
    route.source.put([Row(1, "changed", 900, LATER)])
    found = outcomes(project.run("run").stderr)
    assert set(found.values()) == {"passed"}
    assert {name.partition("_accounts")[0] for name in found} == {
        "not_null", "reconciliation", "volume_anomaly", "freshness",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_check_that_crashes_inside_the_publishing_transaction_undoes_it(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", {"check": "row_count", "min_rows": 1}, {"check": "freshness", "column": "updated_at", "max_age_hours": 1e6})  # fmt: skip
    route.source.put([Row(1, "a", 1, datetime(2026, 1, 1))])
    project.run("run")
    check = next((project.folder / "sql/quality_checks").glob("row_count*.sql"))
    sound = check.read_text()
    check.write_text("SELECT nothing FROM nowhere\n")
    route.source.put([Row(2, "a", 1, LATER)])
    said = project.run("run", check=3).stderr
    assert "crashed" in said.splitlines()[-1]
    assert outcomes(said)["freshness_accounts_updated_at"] == "passed"
    assert ids(route) == [1]
    check.write_text(sound)
    project.run("run")
    assert ids(route) == [1, 2]
