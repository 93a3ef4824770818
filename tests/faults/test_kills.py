"""SIGKILL anywhere, for every strategy, the local disk kept or wiped: the next run makes it right, nothing twice.

Seeded: the same kills at the same points and after the same times. ``--long`` goes on for more days, on more routes.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import STRATEGIES
from tests.faults.routes import PAIRS, Wanted
from tests.faults.world import Row, World

POINTS = ("after_extract_batch", "after_staging", "before_publish", "mid_publish", "after_commit")
DEATHS = tuple(itertools.product(POINTS, (False, True)))
"""A point to die at, and whether the local disk is lost then."""
NAMED, DAYS, LONG_DAYS = 4, 3, 12


def expected(world: World, strategy: str) -> list[Any]:
    """Return what a destination must hold, from the world's own account."""
    if strategy == "append":
        return sorted(world.every_version, key=lambda r: (r.id, r.updated_at, r.name or "", r.balance))
    if strategy == "scd2":
        return world.history()
    if strategy == "scd3":
        changed = {row.id: previous(world, row.id) for row in world.current}
        return [(row, changed[row.id]) for row in world.current]
    return world.current


def previous(world: World, key: int) -> int | None:
    """Return the balance an account had before its last change, None where it never changed."""
    balances = [row.balance for day in world.versions for row in day if row.id == key]
    return balances[-2] if len(balances) > 1 else None


def deaths(origin: str, target: str, strategy: str) -> itertools.cycle[tuple[str, bool]]:
    """Return the named deaths of a route: over the nine routes each strategy dies each of them, and more than once."""
    first = NAMED * PAIRS.index((origin, target)) + STRATEGIES.index(strategy)
    return itertools.cycle(DEATHS[(first + number) % len(DEATHS)] for number in range(len(DEATHS)))


def test_ci_kills_every_strategy_at_every_point_with_local_disk_kept_and_wiped() -> None:
    cases = list(Wanted(STRATEGIES, every=True).cases(long=False))
    died = {strategy: list[tuple[str, bool]]() for strategy in STRATEGIES}
    for origin, target, _, strategy in cases:
        died[strategy] += itertools.islice(deaths(origin, target, strategy), NAMED)
    assert all(set(mine) == set(DEATHS) for mine in died.values())
    assert sum(map(len, died.values())) >= 200


@pytest.mark.slow
@pytest.mark.routes(*STRATEGIES, every=True)
def test_killed_runs_lose_and_double_nothing(
    origin: str, target: str, pattern: str, strategy: str,
    tmp_path: Path, make_route: MakeRoute, pytestconfig: pytest.Config,
) -> None:  # fmt: skip
    chance, due = random.Random(f"{origin}-{target}-{strategy}"), deaths(origin, target, strategy)
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=len(strategy))
    for day in range(LONG_DAYS if pytestconfig.getoption("--long") else DAYS):
        route.source.put(world.next_day())
        for point, wiped in itertools.islice(due, 2 if day == 1 else 1):
            project.die(point, 1, "run")
            if wiped:
                project.wipe_state()
        project.die_after(chance.uniform(0.02, 0.5), "run")
        project.run("run")
        assert route.published() == expected(world, strategy)


@pytest.mark.slow
@pytest.mark.routes
def test_killed_runs_of_a_modelled_pipeline_publish_all_of_its_outputs_or_none(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project, world = make(route.modelled, tmp_path / "project"), World(seed=3)
    due = deaths(origin, target, "upsert")
    for _ in range(3):
        before = world.current
        route.source.put(world.next_day(30, 10))
        for point, wiped in [next(due), ("mid_publish", bool(len(world.versions) % 2))]:
            project.die(point, 1, "run")
            shown = before if point != "after_commit" else world.current
            before = shown
            assert models(route.place.rows, bool(shown)) == model_of(shown)
            if wiped:
                project.wipe_state()
        project.run("run")
        assert models(route.place.rows, True) == model_of(world.current)


def models(rows: Any, there: bool) -> tuple[list[Row], list[tuple[Any, ...]]]:
    """Return what both outputs of the modelled pipeline hold; nothing where they are not there yet."""
    if not there:
        return [], []
    found = rows(
        "SELECT id, name, CAST(balance * 100 AS BIGINT), updated_at FROM {accounts} ORDER BY 1", "ledger"
    )
    sums = rows("SELECT bucket, CAST(total * 100 AS BIGINT) FROM {accounts} ORDER BY 1", "totals")
    return [Row(*row) for row in found], sums


def model_of(rows: list[Row]) -> tuple[list[Row], list[tuple[Any, ...]]]:
    """Return what both outputs must hold."""
    buckets = sorted({row.id % 7 for row in rows})
    return rows, [(bucket, sum(row.balance for row in rows if row.id % 7 == bucket)) for bucket in buckets]


@pytest.mark.slow
@pytest.mark.routes("append", "overwrite", "scd2", targets=("files",))
def test_files_that_a_dead_run_left_are_read_by_nobody_and_removed_by_the_next(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=4)
    route.source.put(world.next_day())
    project.run("run")
    left = []
    for live in [*(tmp_path / "lake").rglob("*.parquet")]:
        left.append(live.with_name(f"part-dead-{len(left)}.parquet"))
        shutil.copyfile(live, left[-1])
    assert route.published() == expected(world, strategy)
    route.source.put(world.next_day())
    project.run("run")
    assert route.published() == expected(world, strategy)
    manifest = json.loads((tmp_path / "lake" / "_manifest.json").read_text())
    written = {tmp_path / "lake" / file for entry in manifest["tables"] for file in entry["files"]}
    kept = {tmp_path / "lake" / file for file in manifest["retired"]}
    assert set((tmp_path / "lake").rglob("*.parquet")) == written | kept
