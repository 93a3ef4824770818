"""One run at a time: the others exit 75 and write nothing; a dead holder's lock holds nobody up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.children import ForkedProject, make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.sources import PostgresSource
from tests.faults.test_kills import expected
from tests.faults.world import Row, World


def at_once(project: ForkedProject, count: int, released: Path) -> list[int]:
    """Start runs at the same time, none of which ends its extraction before all others have; return their exit codes."""
    children = [project.linger("after_extract_batch", released) for _ in range(count)]
    with ThreadPoolExecutor(count) as waiting:
        ends = as_completed([waiting.submit(child.finished) for child in children])
        codes = [next(ends).result().returncode for _ in range(count - 1)]
        released.touch()
        return [*codes, next(ends).result().returncode]


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_of_concurrent_first_runs_one_works_and_the_others_exit_75(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=6)
    count = 5 if origin == "sqlite" else 2
    route.source.put(world.next_day(6_000, 0))
    assert at_once(project, count, tmp_path / "released") == [75] * (count - 1) + [0]
    assert route.published() == expected(world, strategy)
    assert len(project.status()["runs"]) == 1


@pytest.mark.slow
@pytest.mark.routes("append")
def test_concurrent_runs_of_a_live_pipeline_double_nothing(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=7)
    route.source.put(world.next_day(20, 0))
    project.run("run")
    route.source.put(world.next_day(6_000, 10))
    assert at_once(project, 3, tmp_path / "released") == [75, 75, 0]
    assert route.published() == expected(world, strategy)


@pytest.mark.slow
@pytest.mark.routes
def test_lock_of_a_dead_holder_holds_nobody_up(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = make(route.design, tmp_path / "project"), World(seed=8)
    route.source.put(world.next_day())
    project.die("mid_publish", 1, "run")
    project.run("run")
    assert route.published() == world.current


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_orchestrated_run_keeps_others_out_between_its_stages(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = make(route.design, tmp_path / "project"), World(seed=8)
    route.source.put(world.next_day())
    project.run("stage", "extraction", "--run-id", "scheduled")
    project.run("run", check=75)
    for stage in (
        "pre_transform_quality",
        "transformation",
        "post_transform_quality",
        "loading",
        "final_quality",
    ):
        project.run("stage", stage, "--run-id", "scheduled")
    assert route.published() == world.current
    project.run("run")


def write_late(route: Route, rows: list[Row], ready: threading.Event, commit: threading.Event) -> None:
    """Write rows in a transaction that is committed only when told to."""
    assert isinstance(route.source, PostgresSource)
    with psycopg.connect(route.source.url) as connection:
        for row in rows:
            values: tuple[Any, ...] = tuple(row)
            connection.execute("insert into accounts values (%s, %s, %s::numeric / 100, %s)", values)
        ready.set()
        commit.wait(60)


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2", origins=("postgres",))
def test_long_transaction_that_commits_late_arrives_with_the_lookback_that_the_spec_states(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    design = route.design
    design.sources[0].extraction.lookback_minutes = 60
    project, world = make(design, tmp_path / "project"), World(seed=9)
    route.source.put(world.next_day(10, 0))
    newest = max(row.updated_at for row in world.rows.values())
    within, beyond = (
        Row(key, "late", 5, newest - timedelta(minutes=m)) for key, m in [(1000, 60), (1001, 61)]
    )
    ready, commit = threading.Event(), threading.Event()
    writer = threading.Thread(target=write_late, args=(route, [within, beyond], ready, commit))
    writer.start()
    assert ready.wait(30)
    project.run("run")
    assert route.place.rows("SELECT count(*) FROM {accounts}") == [(10,)]
    commit.set()
    writer.join()
    for _ in range(2):
        project.run("run")
        assert route.place.rows("SELECT id FROM {accounts} WHERE id >= 1000") == [(1000,)]
        assert route.place.rows("SELECT count(*) FROM {accounts}") == [(11,)]
    specification = (project.folder / "data-pipeline-spec.md").read_text()
    assert "lookback 60 minutes" in specification
    assert "a transaction that was open for longer than the lookback" in specification
    # The one that came later than the spec allows for is what a backfill is there for.
    world.rows |= {within.id: within, beyond.id: beyond}
    world.versions.append([within, beyond])
    project.run("backfill", "--from", "2026-01-01", "--to", "2026-01-03")
    assert route.published() == expected(world, strategy)
