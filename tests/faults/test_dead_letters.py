"""Rejected rows are kept, every one, and loaded exactly once after the cause is fixed; the breaker needs rate and count."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.test_kills import expected
from tests.faults.test_kills_of_repairs import misread, watermarks
from tests.faults.world import START, Row, World
from tests.generated import GeneratedProject


def fill(route: Route, world: World, rows: int, poisoned: int) -> None:
    """Put rows into the source of which `misread` rejects the given number: those whose balance ends in 7."""
    every = max(1, rows // max(poisoned, 1))
    for key in range(1, rows + 1):
        bad = (key - 1) % every == 0 and (key - 1) // every < poisoned
        world.rows[key] = Row(key, None, 10 * key + (7 if bad else 1), START)
    world.versions.append(list(world.rows.values()))
    route.source.put(world.rows.values())


def with_wrong_rule(
    route: Route, folder: Path, *, rate: float, count: int
) -> tuple[GeneratedProject, Path, str]:
    """Return a project whose staging query rejects sound rows; the query's file, and what it should hold."""
    design = route.design
    design.quality.thresholds.max_failure_rate_percent = rate
    design.quality.thresholds.max_failed_rows = count
    project = make(design, folder)
    staging = project.folder / "sql" / "staging" / "accounts_staging.sql"
    sound = staging.read_text()
    staging.write_text(misread(sound))
    return project, staging, sound


def balance(project: GeneratedProject) -> tuple[int, int]:
    """Return rows loaded and rejected by the last run, which must balance."""
    last = project.status()["runs"][0]
    assert last["extracted"] == last["loaded"] + last["rejected"] + last["filtered"]
    return last["loaded"], last["rejected"]


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_replay_loads_rejected_rows_exactly_once(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern, strategy), World(seed=1)
    project, staging, sound = with_wrong_rule(route, tmp_path / "project", rate=5, count=10)
    fill(route, world, 1000, 10)
    for _ in range(2):
        project.run("run")
        assert len(route.published()) == 990
        assert sum(project.status()["dead_letters"].values()) == 10
    staging.write_text(sound)
    project.run("dlq", "replay")
    assert balance(project) == (10, 0)
    assert route.published() == expected(world, strategy)
    assert "nothing was replayed" in project.run("dlq", "replay").stdout
    project.run("run")
    assert route.published() == expected(world, strategy)


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2", "merge", "scd1", "scd3")
def test_replay_puts_no_old_row_over_one_that_came_since(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern, strategy), World(seed=6)
    project, staging, sound = with_wrong_rule(route, tmp_path / "project", rate=99, count=0)
    fill(route, world, 40, 2)
    project.run("run")
    world.rows[1] = Row(1, None, 1_000_001, START + timedelta(days=1))
    world.versions.append([world.rows[1]])
    route.source.put([world.rows[1]])
    project.run("run")
    keeps_versions = strategy in ("append", "scd2")
    assert sum(project.status()["dead_letters"].values()) == 1 + keeps_versions
    staging.write_text(sound)
    project.run("dlq", "replay")
    assert balance(project) == (1 + keeps_versions, 0)
    if strategy == "scd3":
        assert [row for row, _ in route.published()] == world.current
    else:
        assert route.published() == expected(world, strategy)
    said = project.run("dlq", "replay").stdout
    assert "nothing was replayed" in said
    assert ("1 are superseded" in said) is not keeps_versions
    project.run("run", "--full-refresh")
    assert sum(project.status()["dead_letters"].values()) == 0


@pytest.mark.slow
@pytest.mark.routes
def test_one_poison_row_in_ten_thousand_stops_nothing(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern), World(seed=2)
    project, _, _ = with_wrong_rule(route, tmp_path / "project", rate=1, count=0)
    fill(route, world, 10_000, 1)
    project.run("run")
    assert balance(project) == (9_999, 1)
    shown = project.run("dlq", "list", "--json").stdout
    assert '"column_name": "balance"' in shown
    assert '"offending_value": "0.17"' in shown


@pytest.mark.slow
@pytest.mark.routes
def test_most_rows_poisoned_trips_the_breaker_and_keeps_every_dead_letter(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern), World(seed=3)
    project, staging, sound = with_wrong_rule(route, tmp_path / "project", rate=1, count=100)
    fill(route, world, 5_000, 3_000)
    said = project.run("run", check=3).stderr.splitlines()[-1]
    assert "3000 of 5000 rows were rejected" in said
    assert watermarks(project) == {}
    assert sum(project.status()["dead_letters"].values()) == 3_000
    staging.write_text(sound)
    project.run("run")
    assert balance(project) == (5_000, 0)
    assert route.published() == world.current


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "count"), [(99, 0), (0, 3_500)])
def test_breaker_does_not_trip_on_rate_or_count_alone(
    rate: float, count: int, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route("sqlite", "postgres", "batch_etl"), World(seed=4)
    project, staging, sound = with_wrong_rule(route, tmp_path / "project", rate=rate, count=count)
    fill(route, world, 5_000, 3_000)
    project.run("run")
    assert balance(project) == (2_000, 3_000)
    staging.write_text(sound)
    project.run("dlq", "replay")
    assert balance(project) == (3_000, 0)
    assert route.published() == world.current


@pytest.mark.slow
@pytest.mark.routes
def test_row_that_is_rejected_again_stays_open_and_is_one_dead_letter(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern), World(seed=5)
    project, _, _ = with_wrong_rule(route, tmp_path / "project", rate=99, count=0)
    fill(route, world, 20, 3)
    project.run("run")
    project.run("dlq", "replay")
    assert sum(project.status()["dead_letters"].values()) == 3
    assert [row.id for row in route.published()] == [
        k for k in range(1, 21) if world.rows[k].balance % 10 != 7
    ]
