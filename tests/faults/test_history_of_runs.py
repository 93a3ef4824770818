"""History (scd2) over several whole runs of a generated pipeline: any order gives the in-order history, which is dbt's, too."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from generator.design.models import PipelineDesign
from tests.environments import environment
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.sources import ACCOUNTS
from tests.faults.test_history import Span, Version, in_order
from tests.faults.world import START, Row, World

FEED = {"id": "bigint", "value": "text", "gone": "boolean", "updated_at": "timestamp"}
MONTH = 31 * 24 * 60
DBT = ("dbt-duckdb>=1.9,<2", "dbt-core>=1.10,<1.11")


def design(route: Route) -> PipelineDesign:
    """Return a design whose every run reads all versions that the feed shows, however old they are."""
    return PipelineDesign.model_validate(
        {
            "pipeline": {"name": "ledger", "description": "Versions", "owner": "tests"},
            "sources": [
                {
                    "name": "bank", "type": route.source.type, "connection": route.source.connection,
                    "extraction": {
                        "strategy": "incremental", "watermark_column": "updated_at", "lookback_minutes": MONTH,
                    },
                    "tables": [
                        {"table": "feed", "schema": [{"name": name, "type": kind} for name, kind in FEED.items()]}
                    ],
                }
            ],
            "destination": {
                **route.place.design, "loading": {"strategy": "scd2", "key": ["id"], "deleted_column": "gone"},
            },
            "requirements": {"retry": {"max_attempts": 1}},
            "technology": {"orchestrator": "cron", "pattern": route.pattern},
        }
    )  # fmt: skip


def versions(chance: random.Random) -> list[Version]:
    """Return versions of six rows, some deleted and some reinserted after that."""
    made = []
    for key in range(1, 7):
        for hour in chance.sample(range(100), chance.randint(1, 6)):
            gone = chance.random() < 0.3
            value = chance.choice([None, "", "a", "b"])
            made.append(Version(key, value, gone, START + timedelta(hours=hour)))
    return made


def spans(route: Route) -> list[Span]:
    """Return the published history, which has no overlaps and one current row at most for each key."""
    found: list[Any] = route.place.rows(
        "SELECT id, value, valid_from, valid_to, is_current FROM {accounts} ORDER BY id, valid_from", "feed"
    )
    for _, group in itertools.groupby(found, key=lambda row: row[0]):
        mine = list(group)
        assert sum(row[4] for row in mine) <= 1
        assert all(row[4] is (row[3] is None) for row in mine)
        assert all(row[2] < (row[3] or datetime.max) for row in mine)
        assert all(before[3] <= after[2] for before, after in itertools.pairwise(mine))
    return sorted((row[:4] for row in found), key=repr)


@pytest.mark.slow
@pytest.mark.routes
def test_shuffled_repeated_late_deleted_and_reinserted_versions_give_the_history_of_the_orderly_feed(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, chance = make_route(origin, target, pattern, "scd2"), random.Random(f"{origin}-{target}")
    known = versions(chance)
    shuffled = chance.sample(known, len(known))
    first, second = sorted(chance.sample(range(1, len(known)), 2))
    batches = [
        shuffled[:first],
        shuffled[first:second],
        [*shuffled[second:], *chance.sample(known, 5)],
        known[:4],
    ]
    seen: list[Version] = []
    project = None
    for batch in batches:
        seen += batch
        route.source.fill("feed", FEED, batch)
        project = project or make(design(route), tmp_path / "project")
        project.run("run")
        assert spans(route) == in_order(seen)


@pytest.mark.slow
def test_history_of_an_orderly_feed_is_the_one_dbt_snapshots_make(
    tmp_path: Path, make_route: MakeRoute
) -> None:
    """Timestamps that tie with the day before's are no matter to dbt either; a late version would be lost on it."""
    route, world = make_route("sqlite", "duckdb", "batch_elt", "scd2"), World(seed=12)
    project, states = make(route.design, tmp_path / "project"), []
    for _ in range(3):
        route.source.put(world.next_day(12, 6))
        project.run("run")
        states.append([(*row[:3], str(row.updated_at)) for row in world.current])
    theirs = snapshots_of_dbt(states, tmp_path)
    assert [(Row(*row[:4]), *row[4:]) for row in theirs] == route.published()
    assert len(theirs) > len(world.rows)


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_history_of_rows_that_vanish_and_come_back_is_the_one_dbt_snapshots_make(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """When a row was seen to be gone is a matter of when each of the two looked."""
    route, states = make_route(origin, target, pattern, "scd2"), list[list[list[Any]]]()
    made = route.design
    made.sources[0].extraction.strategy = "full"
    made.quality.thresholds.min_row_count_ratio = 0
    project = make(made, tmp_path / "project")
    rows = {key: Row(key, "a", 100 * key, START) for key in range(1, 7)}
    for changed, gone in [
        ({}, []),
        ({1: Row(1, "b", 101, START + timedelta(days=1)), 7: Row(7, "new", 7, START + timedelta(days=1))}, [2, 3]),
        ({2: Row(2, "back", 222, START + timedelta(days=2))}, [4]),
        ({}, []),
    ]:  # fmt: skip
        rows = {key: row for key, row in (rows | changed).items() if key not in gone}
        route.source.fill("accounts", ACCOUNTS, [])
        route.source.put(rows.values())
        project.run("run")
        states.append([[*row[:3], str(row.updated_at)] for row in rows.values()])
    theirs = [(Row(*row[:4]), row[4], row[5] is None) for row in snapshots_of_dbt(states, tmp_path)]
    assert theirs == [(row, since, until is None) for row, since, until in route.published()]
    assert sum(current for *_, current in theirs) == len(rows)


def snapshots_of_dbt(states: Sequence[Any], folder: Path) -> list[tuple[Any, ...]]:
    """Return the history that dbt makes of the states of a table, a version a row, with its begin and end."""
    (folder / "states.json").write_text(json.dumps(states))
    (folder / "dbt").mkdir()
    done = subprocess.run(
        [environment("dbt", *DBT) / "bin/python", Path(__file__).with_name("snapshots_of_dbt.py"),
         folder / "dbt", folder / "states.json"],
        capture_output=True, text=True, check=False, env={**os.environ, "DO_NOT_TRACK": "1"}, cwd=folder / "dbt",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with duckdb.connect(str(folder / "dbt/warehouse.duckdb"), read_only=True) as database:
        return database.execute(
            "SELECT id, name, balance, updated_at, dbt_valid_from, dbt_valid_to FROM history ORDER BY 1, 5"
        ).fetchall()
