"""Retention deletes what is due, in every place it lies, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.world import Row

TODAY = datetime.now(UTC).replace(tzinfo=None, microsecond=0)


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_retention_deletes_what_is_due_and_nothing_else(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    design = route.design
    design.requirements.retention_days = 30
    design.destination.loading.partition_field = "updated_at"
    project = make(design, tmp_path / "project")
    ages = {1: 400, 2: 31, 3: 29, 4: 0}
    route.source.put([Row(key, "a", 1, TODAY - timedelta(days=days)) for key, days in ages.items()])
    project.run("run")
    runs = len(project.status()["runs"])
    project.run("retention", "--dry-run")
    assert len(route.published()) == 4
    project.run("retention")
    assert [row[0] for row in route.place.rows("SELECT id FROM {accounts} ORDER BY id")] == [3, 4]
    assert len(project.status()["runs"]) == runs
    project.run("run")
    assert [row[0] for row in route.place.rows("SELECT id FROM {accounts} ORDER BY id")] == [3, 4]
