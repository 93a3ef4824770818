"""The lock of an orchestrated run that was killed: who holds it is told, and it can be released at once, safely."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.faults.children import ForkedProject, make
from tests.faults.conftest import MakeRoute
from tests.faults.places import PostgresPlace, Route
from tests.faults.world import World

STAGES = (
    "extraction", "pre_transform_quality", "transformation", "post_transform_quality", "loading", "final_quality",
)  # fmt: skip


def filled(route: Route, folder: Path) -> tuple[ForkedProject, World]:
    """Return a project that has not run and whose source holds a day's rows, and those."""
    project, world = make(route.design, folder / "project"), World(seed=8)
    route.source.put(world.next_day())
    return project, world


def wait_for(file: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_lock_of_a_killed_stage_is_told_and_released_by_hand(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = filled(route, tmp_path)
    project.die("after_staging", 1, "stage", "extraction", "scheduled")
    project.run("run", check=75)
    held = project.status()["lock"]
    assert (held["run_id"], held["standing"], held["host"]) == (
        "scheduled",
        "between stages",
        os.uname().nodename,
    )
    assert held["until"] > held["since"]
    assert held["text"] in project.run("status").stdout
    assert held["text"] in project.run("doctor").stdout
    assert held["text"] in project.run("unlock").stdout
    project.run("run", check=75)
    assert "does not hold the lock" in project.run("unlock", "--run-id", "another", "--yes").stdout
    project.run("run", check=75)
    assert "released" in project.run("unlock", "--run-id", "scheduled", "--yes").stdout
    assert project.status()["lock"] is None
    project.run("run")
    assert route.published() == world.current
    assert "the lock is free" in project.run("unlock", "--yes").stdout
    project.run("stage", "loading", "--run-id", "scheduled", check=2)
    assert route.published() == world.current


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",), targets=("postgres",))
def test_server_that_ends_idle_sessions_does_not_end_the_lock(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    assert isinstance(route.place, PostgresPlace)
    route.place.execute(f"ALTER DATABASE {route.place.database} SET idle_session_timeout = 300")
    project, world = filled(route, tmp_path)
    released = tmp_path / "released"
    child = project.linger("after_extract_batch", released)
    wait_for(tmp_path / "released.reached")
    time.sleep(1)
    project.run("run", check=75)
    released.touch()
    done = child.finished()
    assert done.returncode == 0, done.stderr
    assert route.published() == world.current


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_killed_run_goes_on_under_its_own_lock(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = filled(route, tmp_path)
    project.die("after_staging", 1, "stage", "extraction", "scheduled")
    for stage in STAGES[:-2]:
        project.run("stage", stage, "--run-id", "scheduled")
    project.die("mid_publish", 1, "stage", "loading", "scheduled")
    for stage in STAGES[-2:]:
        project.run("stage", stage, "--run-id", "scheduled")
    assert route.published() == world.current
    assert project.status()["lock"] is None


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_lock_of_a_run_at_work_is_not_released(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    project, _ = filled(make_route(origin, target, pattern), tmp_path)
    project.run("run")
    working = project.linger("after_extract_batch", tmp_path / "go")
    wait_for(tmp_path / "go.reached")
    said = project.run("unlock", "--yes", check=75).stderr
    assert str(working.pid) in said
    assert "Traceback" not in said
    (tmp_path / "go").touch()
    assert working.finished().returncode == 0


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",), targets=("postgres",))
def test_run_whose_lock_was_released_by_force_publishes_nothing(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = filled(route, tmp_path)
    working = project.linger("after_extract_batch", tmp_path / "go")
    wait_for(tmp_path / "go.reached")
    assert project.status()["lock"]["standing"] == "at work"
    project.run("unlock", "--yes", "--force")
    (tmp_path / "go").touch()
    assert working.finished().returncode == 75
    assert route.place.rows(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'accounts' AND table_schema = 'analytics'"
    ) == [(0,)]
    project.run("run")
    assert route.published() == world.current


@pytest.mark.slow
@pytest.mark.routes(origins=("postgres",), targets=("postgres",))
def test_run_whose_lock_was_released_by_force_leaves_the_next_one_alone(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """It has read less than the next one, whose staged rows it must not put its own in the place of."""
    route = make_route(origin, target, pattern)
    project, world = filled(route, tmp_path)
    first = project.linger("after_extract_batch", tmp_path / "first")
    wait_for(tmp_path / "first.reached")
    project.run("unlock", "--yes", "--force")
    route.source.put(world.next_day())
    second = project.linger("before_publish", tmp_path / "second")
    wait_for(tmp_path / "second.reached")
    (tmp_path / "first").touch()
    assert first.finished().returncode == 75
    (tmp_path / "second").touch()
    assert second.finished().returncode == 0
    assert route.published() == world.current
