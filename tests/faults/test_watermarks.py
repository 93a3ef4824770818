"""Watermarks: ties, rows without one, clocks that are wrong; they never move back and move only with a publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generator.design.models import Check, PipelineDesign
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.sources import UNSTAMPED, SqlSource
from tests.faults.test_kills import expected, model_of, models
from tests.faults.test_kills_of_repairs import watermarks
from tests.faults.world import START, Row, World

NOON = START + timedelta(hours=12)


def with_range_check(design: PipelineDesign) -> PipelineDesign:
    """Return a design with a check that no balance is negative."""
    design.quality.pre_transform += [
        Check(check="range", table="accounts", column="balance", min=0, severity="error")
    ]
    return design


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_rows_that_share_the_last_watermark_are_neither_lost_nor_doubled(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=1)
    for day in range(3):
        tied = [Row(100 * day + number, "tied", number, NOON) for number in range(1, 100)]
        world.rows |= {row.id: row for row in tied}
        world.versions.append(tied)
        route.source.put(tied)
        project.run("run")
        assert route.published() == expected(world, strategy)
    assert watermarks(project) == {"accounts": "2026-01-01 12:00:00"}


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd1")
def test_rows_without_a_watermark_arrive_and_are_counted(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    design = route.design
    design.sources[0].tables[0].columns_probed[3].nullable = True
    if isinstance(route.source, SqlSource):
        route.source.execute("drop table accounts")
    route.source.fill("accounts", UNSTAMPED, [])
    project = make(design, tmp_path / "project")
    route.source.put([Row(1, "a", 100, NOON)])
    project.run("run")
    for key in (2, 3):
        route.source.insert({"id": key, "name": "never stamped", "balance": 1, "updated_at": None})
        done = project.run("run")
        assert f'"null_watermarks": {key - 1}' in done.stderr
    project.run("run")
    assert route.place.rows("SELECT id, count(*) FROM {accounts} GROUP BY id ORDER BY id") == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]


@pytest.mark.slow
@pytest.mark.routes
def test_watermark_never_moves_back_and_no_wrong_clock_moves_it_ahead(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = make(route.design, tmp_path / "project")
    route.source.put([Row(1, "a", 100, NOON)])
    project.run("run")
    route.source.put(
        [Row(1, "a", 100, NOON - timedelta(hours=3)), Row(2, "b", 100, NOON - timedelta(hours=1))]
    )
    project.run("run")
    assert watermarks(project) == {"accounts": "2026-01-01 12:00:00"}
    ahead = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=400)
    route.source.put([Row(3, "from the future", 100, ahead)])
    project.run("run")
    assert watermarks(project) == {"accounts": "2026-01-01 12:00:00"}
    route.source.put([Row(4, "now", 100, NOON + timedelta(hours=1))])
    project.run("run")
    assert route.place.rows("SELECT id FROM {accounts} WHERE id > 2 ORDER BY id") == [(3,), (4,)]
    assert watermarks(project) == {"accounts": "2026-01-01 13:00:00"}


@pytest.mark.slow
@pytest.mark.routes
def test_failed_audit_holds_watermark_and_data(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = make(with_range_check(route.design), tmp_path / "project")
    route.source.put([Row(1, "a", 100, NOON)])
    project.run("run")
    before, held = route.published(), watermarks(project)
    route.source.put([Row(2, "b", -100, NOON + timedelta(hours=1))])
    for _ in range(2):
        project.run("run", check=3)
        assert (route.published(), watermarks(project)) == (before, held)
    route.source.put([Row(2, "b", 100, NOON + timedelta(hours=2))])
    project.run("run")
    assert [row.id for row in route.published()] == [1, 2]
    assert watermarks(project) == {"accounts": "2026-01-01 14:00:00"}


@pytest.mark.slow
@pytest.mark.routes
def test_failed_audit_of_a_modelled_pipeline_is_made_good_by_the_next_run(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern), World(seed=2)
    project = make(with_range_check(route.modelled), tmp_path / "project")

    def put(row: Row) -> None:
        world.rows[row.id] = row
        route.source.put([row])

    put(Row(1, "a", 100, NOON))
    project.run("run")
    before = model_of(world.current)
    put(Row(2, "b", -100, NOON + timedelta(hours=1)))
    project.run("run", check=3)
    assert models(route.place.rows, True) == before
    put(Row(2, "b", 300, NOON + timedelta(hours=2)))
    project.run("run")
    assert models(route.place.rows, True) == model_of(world.current)
