"""Clocks that jump by more than a year, ahead and back, between runs: nothing is lost, doubled or out of order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.test_kills import expected, model_of, models
from tests.faults.test_kills_of_repairs import late_rows, watermarks
from tests.faults.world import World

JUMPS = (0, 400, -400, 0)
"""Days by which the clock is wrong, run by run; 400 days ago all rows of the source were in the future."""


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2", "merge", "scd1", "scd3")
def test_runs_under_clocks_that_jump_lose_and_double_nothing(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=11)
    marks = [""]
    for days in JUMPS:
        route.source.put(world.next_day(30, 10))
        for _ in range(2):
            done = project.run_later(days, "run")
            assert done.returncode == 0, done.stderr
            assert route.published() == expected(world, strategy)
        marks.append(watermarks(project)["accounts"])
    assert marks == sorted(marks)
    assert marks[-1] == str(max(row.updated_at for row in world.current))
    route.source.put(late_rows(world))
    done = project.run_later(-400, "backfill", "--from", "2026-01-01", "--to", "2026-01-06")
    assert done.returncode == 0, done.stderr
    assert route.published() == expected(world, strategy)
    assert watermarks(project)["accounts"] == marks[-1]


@pytest.mark.slow
@pytest.mark.routes
def test_modelled_pipeline_under_clocks_that_jump_publishes_what_the_source_holds(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = make(route.modelled, tmp_path / "project"), World(seed=12)
    for days in JUMPS:
        route.source.put(world.next_day(30, 10))
        done = project.run_later(days, "run")
        assert done.returncode == 0, done.stderr
        assert models(route.place.rows, True) == model_of(world.current)


@pytest.mark.slow
@pytest.mark.routes
def test_lock_of_a_run_that_died_under_a_wrong_clock_holds_nobody_up(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """A lease from a clock far ahead would else keep everybody out until then."""
    route = make_route(origin, target, pattern)
    project, world = make(route.design, tmp_path / "project"), World(seed=13)
    route.source.put(world.next_day(30, 0))
    done = project.run_later(400, "stage", "extraction", "--run-id", "scheduled")
    assert done.returncode == 0, done.stderr
    project.run("run")
    assert route.published() == world.current
