"""Loading strategies keep their word on every route: newer wins, older never does, what is deleted stays deleted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from generator.design.models import PipelineDesign
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.sources import ACCOUNTS
from tests.faults.world import START, Row

WEEK = 7 * 24 * 60
MONDAY, TUESDAY, WEDNESDAY = (START + timedelta(days=day) for day in range(3))


def looking_back(route: Route) -> PipelineDesign:
    """Return a design that reads a week again in every run."""
    design = route.design
    design.sources[0].extraction.lookback_minutes = WEEK
    return design


@pytest.mark.slow
@pytest.mark.routes("upsert", "merge", "scd1", "scd3", "scd2", "append")
def test_older_versions_never_overwrite_newer_ones_and_repeated_ones_change_nothing(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project = make(looking_back(route), tmp_path / "project")
    newer, other = Row(1, "newer", 200, TUESDAY), Row(2, "other", 100, TUESDAY)
    route.source.put([newer, other])
    project.run("run")
    before = route.published()
    project.run("run")
    assert route.published() == before
    older = Row(1, "older", 100, MONDAY)
    route.source.put([older])
    project.run("run")
    if strategy == "append":
        assert route.published() == [older, newer, other]
    elif strategy == "scd2":
        assert route.published() == [(older, MONDAY, TUESDAY), (newer, TUESDAY, None), (other, TUESDAY, None)]
    else:
        assert route.published() == before


@pytest.mark.slow
@pytest.mark.routes("merge", "scd2")
def test_deleted_row_stays_deleted_until_a_newer_version_brings_it_back(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """A row is deleted when it has a name: the flag is a date or a text in many systems."""
    route = make_route(origin, target, pattern, strategy)
    design = looking_back(route)
    design.destination.loading.deleted_column = "name"
    project = make(design, tmp_path / "project")
    stayer = Row(2, None, 100, MONDAY)
    route.source.put([Row(1, None, 100, MONDAY), stayer])
    project.run("run")
    for row, ids in [
        (Row(1, "deleted", 100, TUESDAY), [2]),
        (Row(1, None, 50, MONDAY - timedelta(hours=1)), [2]),
        (Row(1, None, 300, WEDNESDAY), [1, 2]),
    ]:
        route.source.put([row])
        project.run("run")
        current = " WHERE is_current" if strategy == "scd2" else ""
        assert route.place.rows(f"SELECT id FROM {{accounts}}{current} ORDER BY id") == [(n,) for n in ids]


@pytest.mark.slow
@pytest.mark.routes("overwrite", "merge")
def test_full_extract_replaces_what_was_there_unless_nearly_all_of_it_is_gone(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    design = route.design
    design.sources[0].extraction.strategy = "full"
    project = make(design, tmp_path / "project")
    route.source.put([Row(key, "a", key, MONDAY) for key in range(1, 41)])
    project.run("run")
    left = [Row(1, "changed", 1, TUESDAY), *(Row(key, "a", key, MONDAY) for key in range(2, 39))]
    route.source.fill("accounts", ACCOUNTS, [])
    route.source.put(left)
    for _ in range(2):
        project.run("run")
        assert route.published() == left
    route.source.fill("accounts", ACCOUNTS, [])
    assert "90 %" in project.run("run", check=3).stderr
    assert route.published() == left
