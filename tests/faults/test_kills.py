"""SIGKILL anywhere, for every strategy, the local disk kept or wiped: the next run makes it right, nothing twice.

Seeded: the same seed kills at the same points and after the same times. ``PIPEWIZARD_KILLS=2000`` runs longer.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import MakeRoute
from tests.faults.places import STRATEGIES
from tests.faults.world import World
from tests.generated import GeneratedProject, kill, make

POINTS = ("after_extract_batch", "after_staging", "before_publish", "mid_publish", "after_commit")
DYING = Path(__file__).with_name("dying.py")
ROUTES = [
    ("sqlite", "duckdb", "batch_etl"),
    ("sqlite", "duckdb", "batch_elt"),
    ("sqlite", "files", "batch_etl"),
    ("postgres", "duckdb", "batch_elt"),
    ("postgres", "postgres", "batch_elt"),
    ("postgres", "postgres", "batch_etl"),
]
LEAST_KILLS = int(os.environ.get("PIPEWIZARD_KILLS", "210"))
KILLS_PER_CASE = -(-LEAST_KILLS // (len(ROUTES) * len(STRATEGIES)))


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


def die(project: GeneratedProject, chance: random.Random) -> int:
    """Run the pipeline and kill it, at a named point or after a random time; return its exit code."""
    if chance.random() < 0.6:
        words = [sys.executable, str(DYING), project.name, chance.choice(POINTS), "1", "run"]
        done = subprocess.run(
            words, cwd=project.folder, env=project.environment(), capture_output=True, check=False
        )
        return done.returncode
    process = project.start("run")
    time.sleep(chance.uniform(0.05, 0.6))
    kill(process)
    return process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
def test_killed_runs_lose_and_double_nothing(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    chance = random.Random(f"{origin}-{target}-{pattern}-{strategy}")
    route = make_route(origin, target, pattern, strategy)
    source = route.source
    project = make(route.design, tmp_path / "project")
    world, killed = World(seed=len(strategy)), 0
    while killed < KILLS_PER_CASE or len(world.versions) < 3:
        source.put(world.next_day())
        for _ in range(min(2, max(1, KILLS_PER_CASE - killed))):
            killed += die(project, chance) == -signal.SIGKILL
            if chance.random() < 0.5:
                project.wipe_state()
        project.run("run")
        assert route.published() == expected(world, strategy)
    assert killed >= min(2, KILLS_PER_CASE)
