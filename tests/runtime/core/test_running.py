"""One run at a time, stages as processes of their own, backfill, replay, breaker."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from templates.src.loaders import open_loader
from templates.src.utils.dead_letters import DeadLetters
from templates.src.utils.retry import ConfigurationError, LockHeldError, QualityCheckError
from templates.src.utils.state import State
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, loading, slowly
from tests.runtime.core.test_replicate import LISTED, orders, project, truth

HOLD = """
import sys, pathlib
from templates.src.settings import load_settings
from templates.src.loaders import open_loader
from templates.src.utils.lock import RunLock
from templates.src.utils.state import State
settings = load_settings(pathlib.Path(sys.argv[1]), {})
with open_loader(settings) as loader:
    with loader.transaction():
        State(loader.engine, settings.meta_schema).ensure()
    RunLock(loader.engine, settings.meta_schema, "other", sys.argv[2], 60).acquire()
    print("held", flush=True)
    if sys.argv[2] == "process":
        sys.stdin.readline()
"""


def letters(made: Project) -> list[dict[str, object]]:
    with open_loader(made.settings) as loader:
        return DeadLetters(loader.engine, made.settings.meta_schema).list()


@pytest.mark.slow
def test_a_second_process_is_refused_and_a_dead_one_is_not_in_the_way(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.run()
    orders(source, (2, 2, "b", "2024-01-02 00:00:00"))
    command = [sys.executable, "-c", HOLD, str(tmp_path), "process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockHeldError) as refused:
            made.run()
        assert refused.value.exit_code == 75
        holder.kill()
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_an_orchestrated_run_keeps_others_out_between_its_stages(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.pipeline().stage("extraction", "first")
    with pytest.raises(LockHeldError):
        made.run()
    for stage in ("pre_transform_quality", "transformation", "post_transform_quality", "loading"):
        made.pipeline().stage(stage, "first")
    assert place.rows("orders", LISTED) == truth(source)
    with pytest.raises(LockHeldError):
        made.run()
    made.pipeline().stage("final_quality", "first")
    made.run()


def test_a_stage_does_not_publish_what_another_run_has_staged(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.run()
    with pytest.raises(ConfigurationError, match="start again"):
        made.pipeline().stage("loading", "never-extracted")


@pytest.mark.slow
def test_a_stage_that_is_tried_again_publishes_once(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("append"))
    orders(source, *((i, 1, "a", "2024-01-01 00:00:00") for i in range(5)))
    for stage in ("extraction", "extraction", "pre_transform_quality", "loading", "loading", "final_quality"):
        made.pipeline().stage(stage, "one")
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["upsert", "overwrite", "append", "merge"])
def test_backfill_equals_a_full_load_and_leaves_the_watermark(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    made = project(tmp_path, place, loading(strategy, *(["id"] if strategy != "append" else [])))
    orders(source, *((i, i, f"n{i}", f"2024-01-{i + 1:02d} 12:00:00") for i in range(10)))
    made.run()
    orders(source, (100, 5, "late", "2024-01-03 06:00:00"), (101, 6, "late", "2024-01-05 00:00:00"))
    with_windows = made.pipeline().backfill("2024-01-02", "2024-01-06", timedelta(days=1))
    assert with_windows.total("extracted") == 6
    assert place.rows("orders", LISTED) == truth(source)
    with open_loader(made.settings) as loader:
        state = State(loader.engine, "_shop").tables()["orders"]
    assert state.watermark == "2024-01-10 12:00:00"
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_a_backfill_that_was_cut_off_goes_on_where_it_stopped(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    orders(source, *((i, i, f"n{i}", f"2024-01-{i + 1:02d} 12:00:00") for i in range(10)))

    class CutOffError(BaseException):
        pass

    def cut(point: str, subject: str) -> None:
        if point == "mid_backfill":
            raise CutOffError

    with pytest.raises(CutOffError):
        made.pipeline(cut).backfill("2024-01-01", "2024-01-11", timedelta(days=5))
    assert len(place.rows("orders")) == 5
    record = made.pipeline().backfill("2024-01-01", "2024-01-11", timedelta(days=5))
    assert record.total("extracted") == 5
    assert place.rows("orders", LISTED) == truth(source)
    assert made.pipeline().backfill("2024-01-01", "2024-01-11", timedelta(days=5)).total("extracted") == 10


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["upsert", *slowly("append")])
def test_rejected_rows_are_replayed_exactly_once(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    source.execute("CREATE TABLE orders (id INTEGER, amount, note TEXT, updated_at TEXT)")
    rows = [(i, "12,5" if i in (3, 7) else i, "x", "2024-01-01 00:00:00") for i in range(20)]
    source.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    made = project(tmp_path, place, loading(strategy, *(["id"] if strategy == "upsert" else [])))
    record = made.run()
    assert (record.total("loaded"), record.total("rejected")) == (18, 2)
    assert sorted(str(letter["offending_value"]) for letter in letters(made)) == ["12,5", "12,5"]
    staging = tmp_path / "sql/staging/orders_staging.sql"
    staging.write_text(
        staging.read_text().replace(
            'TRY_CAST("amount" AS', "TRY_CAST(replace(CAST(amount AS VARCHAR), ',', '.') AS"
        )
    )
    made.pipeline().replay()
    assert len(place.rows("orders")) == 20
    assert letters(made) == []
    assert made.pipeline().replay().tables == ()
    made.run()
    assert len(place.rows("orders")) == 20


def test_a_replay_that_fails_again_stays_open(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    source.execute("CREATE TABLE orders (id INTEGER, amount, note TEXT, updated_at TEXT)")
    source.execute("INSERT INTO orders VALUES (1, 'abc', 'x', '2024-01-01'), (2, 5, 'y', '2024-01-01')")
    made = project(tmp_path, place, loading("upsert", "id"))
    made.run()
    made.pipeline().replay()
    (letter,) = letters(made)
    assert letter["offending_value"] == "abc"
    assert int(str(letter["attempts"])) >= 2


def test_too_many_rejected_rows_publish_nothing(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    source.execute("CREATE TABLE orders (id INTEGER, amount, note TEXT, updated_at TEXT)")
    rows = [(i, "bad" if i % 2 else i, "x", "2024-01-01 00:00:00") for i in range(400)]
    source.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    made = project(tmp_path, place, loading("upsert", "id"))
    with pytest.raises(QualityCheckError) as stopped:
        made.run()
    assert stopped.value.exit_code == 3
    with open_loader(made.settings) as loader:
        assert not loader.published("orders")
        assert State(loader.engine, "_shop").tables() == {}
        assert DeadLetters(loader.engine, "_shop").count() == 200
