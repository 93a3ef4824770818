"""kill -9 at every named point of a run, for every strategy: the next run puts everything right, nothing twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import loading
from tests.runtime.core.test_replicate import LISTED, orders, project, truth

CHILD = """
import os, pathlib, signal, sys
from templates.src.pipeline import Pipeline
from templates.src.settings import load_settings
def observe(point, subject):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
pipeline = Pipeline(load_settings(pathlib.Path(sys.argv[1]), {}), observer=observe)
pipeline.backfill("2024-01-01", "2024-02-01") if sys.argv[2] == "mid_backfill" else pipeline.run()
"""
STRATEGIES = ["append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"]
POINTS = [
    "after_extract_batch",
    "after_staging",
    "before_publish",
    "mid_publish",
    "after_commit",
    "mid_backfill",
]


def die_at(point: str, home: Path) -> None:
    """Run the project in a process that is killed at a point."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), point], check=False, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_run_killed_anywhere_loses_and_doubles_nothing(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    key = [] if strategy == "append" else ["id"]
    made = project(tmp_path, place, loading(strategy, *key, tracked_columns=["note"]), lookback=0)
    orders(source, *((i, i, f"n{i}", f"2024-01-01 00:00:{i:02d}") for i in range(20)))
    for stamp, point in enumerate(POINTS, start=1):
        for _ in range(2):
            die_at(point, tmp_path)
        rows = [(100 * stamp + i, i, "new", f"2024-01-02 {stamp:02d}:00:00") for i in range(5)]
        if strategy not in ("append", "scd2"):
            rows.append((stamp, 77, "changed", f"2024-01-02 {stamp:02d}:00:01"))
        orders(source, *rows)
    made.run()
    assert place.rows("orders", LISTED) == truth(source)
    made.run()
    assert place.rows("orders", LISTED) == truth(source)
