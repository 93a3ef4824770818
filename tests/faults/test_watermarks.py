"""Watermarks: ties, rows without one, clocks that are wrong; they never move back and move only with a publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generator.design.models import Check, PipelineDesign
from tests.faults.conftest import MakeRoute
from tests.faults.test_kills import expected
from tests.faults.test_kills_of_repairs import watermarks
from tests.faults.world import START, CsvSource, Row, Source, World
from tests.generated import make

ROUTES = [
    ("sqlite", "duckdb", "batch_elt"),
    ("csv", "files", "batch_etl"),
    ("postgres", "postgres", "batch_elt"),
]
NOON = START + timedelta(hours=12)


def with_range_check(design: PipelineDesign) -> PipelineDesign:
    """Return a design with a check that no balance is negative."""
    design.quality.pre_transform += [
        Check(check="range", table="accounts", column="balance", min=0, severity="error")
    ]
    return design


def put_unstamped(source: Source, key: int) -> None:
    """Add a row without a watermark."""
    if isinstance(source, CsvSource):
        with source.file.open("a", encoding="utf-8") as file:
            file.write(f'"{key}","never stamped","1",\n')
    else:
        source.execute(f"insert into accounts values ({key}, 'never stamped', 1, null)")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["append", "upsert", "scd2"])
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
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
@pytest.mark.parametrize("strategy", ["append", "upsert"])
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
def test_rows_without_a_watermark_arrive_and_are_counted(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    design = route.design
    design.sources[0].tables[0].columns_probed[3].nullable = True
    if origin == "postgres":
        route.source.execute("alter table accounts alter updated_at drop not null")
    if origin == "sqlite":
        route.source.execute(
            "drop table accounts",
            "create table accounts (id bigint primary key, name text, balance numeric(12,2), updated_at timestamp)",
        )
    project = make(design, tmp_path / "project")
    route.source.put([Row(1, "a", 100, NOON)])
    project.run("run")
    for key in (2, 3):
        put_unstamped(route.source, key)
        done = project.run("run")
        assert f'"null_watermarks": {key - 1}' in done.stderr
    project.run("run")
    assert route.place.rows("SELECT id, count(*) FROM {accounts} GROUP BY id ORDER BY id") == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
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
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
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
@pytest.mark.parametrize(("target", "pattern"), [("duckdb", "batch_etl"), ("postgres", "batch_elt")])
def test_failed_audit_of_a_modelled_pipeline_is_made_good_by_the_next_run(
    target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("sqlite", target, pattern)
    project = make(with_range_check(route.modelled), tmp_path / "project")
    query = "SELECT id, CAST(balance * 100 AS BIGINT) FROM {accounts} ORDER BY 1"
    route.source.put([Row(1, "a", 100, NOON)])
    project.run("run")
    route.source.put([Row(2, "b", -100, NOON + timedelta(hours=1))])
    project.run("run", check=3)
    assert route.place.rows(query, "ledger") == [(1, 100)]
    route.source.put([Row(2, "b", 300, NOON + timedelta(hours=2))])
    project.run("run")
    assert route.place.rows(query, "ledger") == [(1, 100), (2, 300)]
