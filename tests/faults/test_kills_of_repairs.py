"""SIGKILL in the middle of a backfill or a replay: calling it again finishes it, nothing twice, watermarks untouched."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.children import ForkedProject, make
from tests.faults.conftest import MakeRoute
from tests.faults.places import STRATEGIES, Route
from tests.faults.test_kills import expected, model_of, models
from tests.faults.world import START, Row, World
from tests.generated import GeneratedProject

BACKFILL = ("2026-01-01", "2026-01-06")


def late_rows(world: World, count: int = 20) -> list[Row]:
    """Return rows that the source got late: stamped in a day whose watermarks have been passed."""
    chance = random.Random(world.seed)
    late = []
    for _ in range(count):
        stamp = START + timedelta(seconds=chance.randrange(1, 70_000))
        row = Row(len(world.rows) + 1, "late", chance.randrange(10**6), stamp)
        world.rows[row.id] = row
        late.append(row)
    world.versions.append(late)
    return late


def watermarks(project: GeneratedProject) -> dict[str, str]:
    """Return every table's watermark, as ``status`` tells them."""
    return {
        name: table["watermark"] for name, table in project.status()["tables"].items() if table["watermark"]
    }


def prepared(route: Route, folder: Path) -> tuple[ForkedProject, World]:
    """Return a project that has run for two days, and whose source then got late rows."""
    project, world = make(route.design, folder), World(seed=5)
    for _ in range(2):
        route.source.put(world.next_day(20, 10))
        project.run("run")
    route.source.put(late_rows(world))
    return project, world


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2", "merge", "scd1", "scd3")
def test_killed_backfill_goes_on_and_doubles_nothing(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = prepared(route, tmp_path / "project")
    before = watermarks(project)
    assert before
    project.die("mid_backfill", 1, "backfill", *BACKFILL)
    project.wipe_state()
    project.die("mid_publish", 1, "backfill", *BACKFILL)
    project.run("backfill", "--from", BACKFILL[0], "--to", BACKFILL[1])
    assert route.published() == expected(world, strategy)
    assert watermarks(project) == before


@pytest.mark.slow
@pytest.mark.routes
def test_killed_backfill_of_a_modelled_pipeline_publishes_the_whole_table(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = make(route.modelled, tmp_path / "project"), World(seed=5)
    route.source.put(world.next_day(20, 0))
    project.run("run")
    route.source.put(late_rows(world))
    project.die("before_publish", 1, "backfill", *BACKFILL)
    if origin != "csv":
        project.wipe_state()
    project.run("backfill", "--from", BACKFILL[0], "--to", BACKFILL[1])
    assert models(route.place.rows, True) == model_of(world.current)


@pytest.mark.slow
@pytest.mark.routes(*STRATEGIES)
def test_killed_replay_loads_the_rejected_rows_once(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    design = route.design
    design.quality.thresholds.max_failed_rows = 1000
    project, world = make(design, tmp_path / "project"), World(seed=9)
    staging = project.folder / "sql" / "staging" / "accounts_staging.sql"
    sound = staging.read_text()
    staging.write_text(misread(sound))
    route.source.put(world.next_day(40, 0))
    project.run("run")
    assert len(route.published()) < len(world.current)
    staging.write_text(sound)
    for point in ("mid_replay", "mid_publish"):
        project.die(point, 1, "replay")
        project.wipe_state()
    assert len(route.published()) < len(world.current)
    project.run("dlq", "replay")
    project.run("dlq", "replay")
    assert route.published() == expected(world, strategy)


def misread(sql: str) -> str:
    """Return a staging query that reads every balance that ends in 7 as NULL."""
    lines = sql.splitlines()
    at = next(n for n, line in enumerate(lines) if "balance" in line)
    comma = "," if lines[at].rstrip().endswith(",") else ""
    lines[at] = (
        f"  CASE WHEN NOT ends_with(CAST(balance AS VARCHAR), '7') THEN CAST(balance AS DECIMAL(12,2)) END AS balance{comma}"
    )
    return "\n".join(lines) + "\n"
