"""Clocks that jump between runs: the order of runs, leases, freshness and watermarks do not go wrong with them."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from templates.src.loaders import open_loader
from templates.src.utils.retry import LockHeldError, QualityCheckError
from templates.src.utils.state import State, TableState
from templates.src.utils.status import collect
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table
from tests.runtime.core.test_replicate import LISTED, orders, project, truth

CLOCKS = ("pipeline", "run_context", "publishing", "utils.state", "utils.lock", "utils.dead_letters")
Jump = Callable[[timedelta], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Set the clock of the pipeline ahead or back, against the true one."""

    def by(delta: timedelta) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                there = datetime.now(tz) + delta
                return cls.fromtimestamp(there.timestamp(), tz)

        for name in CLOCKS:
            monkeypatch.setattr(importlib.import_module(f"templates.src.{name}"), "datetime", Clock)

    return by


@contextmanager
def state_of(made: Project) -> Iterator[State]:
    with open_loader(made.settings) as loader:
        yield State(loader.engine, made.settings.meta_schema)


YEARS = timedelta(days=4 * 365)


@pytest.mark.slow
@pytest.mark.parametrize("delta", [YEARS, pytest.param(-YEARS, marks=pytest.mark.slow)])
def test_last_run_is_the_one_that_came_last(
    tmp_path: Path, source: sqlite3.Connection, place: Place, jump: Jump, delta: timedelta
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"), watermark=None)
    made.config["quality"]["thresholds"]["min_row_count_ratio"] = 0.5
    made.config["requirements"]["freshness_minutes"] = 60
    made.write()
    orders(source, *((i, i, "a", "2024-01-01") for i in range(4)))
    made.run(run_id="r1")
    jump(delta)
    orders(source, *((i, i, "a", "2024-01-01") for i in range(12)))
    made.run(run_id="r2")
    jump(timedelta())
    source.execute("DELETE FROM orders WHERE id > 7")
    made.run(run_id="r3")
    with open_loader(made.settings) as loader:
        told = collect(loader.engine, made.settings, now=datetime.now(UTC) + timedelta(hours=3))
    assert [run["run_id"] for run in told["runs"]] == ["r3", "r2", "r1"]
    assert told["fresh"] is False
    assert 170 < told["age_minutes"] < 190
    source.execute("DELETE FROM orders WHERE id > 3")
    made.run(run_id="r4")
    source.execute("DELETE FROM orders WHERE id > 0")
    with pytest.raises(QualityCheckError, match="1 rows, 4 when last published"):
        made.run(run_id="r5")


def test_lease_of_a_clock_far_ahead_keeps_nobody_out(
    tmp_path: Path, source: sqlite3.Connection, place: Place, jump: Jump
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    jump(YEARS)
    made.pipeline().stage("extraction", "dead")
    jump(timedelta())
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [-20, 0, 20])
def test_lease_outlives_a_clock_that_is_put_right_by_minutes(
    tmp_path: Path, source: sqlite3.Connection, place: Place, jump: Jump, minutes: int
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.pipeline().stage("extraction", "alive")
    jump(timedelta(minutes=minutes))
    with pytest.raises(LockHeldError, match="alive"):
        made.run()
    for stage in (
        "pre_transform_quality",
        "transformation",
        "post_transform_quality",
        "loading",
        "final_quality",
    ):
        made.pipeline().stage(stage, "alive")
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


def test_run_whose_lease_was_taken_over_publishes_nothing(
    tmp_path: Path, source: sqlite3.Connection, place: Place, jump: Jump
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "old", "2024-01-01 00:00:00"))
    made.pipeline().stage("extraction", "slow")
    jump(YEARS)
    orders(source, (1, 2, "new", "2024-01-02 00:00:00"))
    made.run()
    jump(timedelta())
    with pytest.raises(Exception, match=r"staging holds no rows|taken over"):
        made.pipeline().stage("loading", "slow")
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["upsert", *slowly("append", "merge")])
def test_watermark_of_a_wrong_clock_hides_no_row(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    made = project(tmp_path, place, loading(strategy, "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.run()
    with open_loader(made.settings) as loader, loader.transaction():
        state = State(loader.engine, made.settings.meta_schema)
        known = state.tables()["orders"]
        state.save("orders", TableState("2099-01-01 00:00:00", known.generation, known.rows, known.run_id))
    orders(source, (2, 2, "b", "2024-01-02 00:00:00"))
    for _ in range(2):
        made.run()
        assert place.rows("orders", LISTED) == truth(source)
    with state_of(made) as state:
        assert state.tables()["orders"].watermark == "2099-01-01 00:00:00"


@pytest.mark.slow
def test_history_by_the_time_of_runs_has_no_overlap_though_the_clock_goes_back(
    tmp_path: Path, source: sqlite3.Connection, place: Place, jump: Jump
) -> None:
    source.execute("CREATE TABLE states (id INTEGER PRIMARY KEY, v INTEGER)")
    item = table("states", {"id": "bigint", "v": "bigint"}, key=["id"], loading=loading("scd2", "id"))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    for value, delta in enumerate([timedelta(), YEARS, timedelta(), -YEARS]):
        source.execute("INSERT OR REPLACE INTO states VALUES (1, ?)", [value])
        jump(delta)
        made.run()
    rows = sorted(place.rows("states", "v, valid_from, valid_to, is_current"))
    assert [row[0] for row in rows] == ["0", "1", "2", "3"]
    assert [row[2] for row in rows] == [*(row[1] for row in rows[1:]), None]
    assert all(str(row[1]) < str(row[2]) for row in rows[:-1])
    assert [row[3] for row in rows] == ["false", "false", "false", "true"]
