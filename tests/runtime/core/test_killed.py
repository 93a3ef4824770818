"""kill -9 at every named point of a run of a table without a key: the next run puts everything right, nothing twice.

Tables with a key die in `tests.faults`, under every strategy.
"""

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
def test_a_run_killed_anywhere_loses_and_doubles_nothing(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("append"), lookback=0)
    orders(source, *((i, i, f"n{i}", f"2024-01-01 00:00:{i:02d}") for i in range(20)))
    for stamp, point in enumerate(POINTS, start=1):
        die_at(point, tmp_path)
        orders(source, *((100 * stamp + i, i, "new", f"2024-01-02 {stamp:02d}:00:00") for i in range(5)))
    for _ in range(2):
        made.run()
        assert place.rows("orders", LISTED) == truth(source)
