"""Quality gates: each severity ends differently, a crashed check blocks, readers see the old data meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from generator.design.models import Check
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.test_kills_of_repairs import watermarks
from tests.faults.world import START, Row
from tests.generated import GeneratedProject

LATER = START + timedelta(days=1)
READABLE = ("postgres", "files")
"""DuckDB lets no other process read a file that is being written; the others do."""
Severity = Literal["warn", "error", "critical"]


def checked(route: Route, folder: Path, severity: Severity, stage: str = "pre_transform") -> GeneratedProject:
    """Return a project that has published one account and checks that none is overdrawn; its source then gets one."""
    design = route.design
    check = Check(
        check="range", name="overdrawn", table="accounts", column="balance", min=0, severity=severity
    )
    getattr(design.quality, stage).append(check)
    project = make(design, folder)
    route.source.put([Row(1, "a", 100, START)])
    project.run("run")
    route.source.put([Row(2, "b", -100, LATER)])
    return project


def ids(route: Route) -> list[Any]:
    """Return the ids of the published accounts."""
    return [row[0] for row in route.place.rows("SELECT id FROM {accounts} ORDER BY id")]


@pytest.mark.slow
@pytest.mark.routes
def test_warning_publishes_and_tells(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", "warn")
    assert "overdrawn" in project.run("run").stderr
    assert ids(route) == [1, 2]
    assert project.status()["suspended"] is None


@pytest.mark.slow
@pytest.mark.routes
def test_error_publishes_nothing_and_holds_the_watermark(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", "error")
    held = watermarks(project)
    assert "overdrawn" in project.run("run", check=3).stderr.splitlines()[-1]
    assert (ids(route), watermarks(project), project.status()["suspended"]) == ([1], held, None)
    assert project.status()["runs"][0]["status"] == "blocked"
    route.source.put([Row(2, "b", 0, LATER)])
    project.run("run")
    assert ids(route) == [1, 2]


@pytest.mark.slow
@pytest.mark.routes
def test_critical_suspends_until_acknowledged(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", "critical")
    project.run("run", check=3)
    route.source.put([Row(2, "b", 0, LATER)])
    assert "ack" in project.run("run", check=3).stderr.splitlines()[-1]
    assert ids(route) == [1]
    assert "overdrawn" in project.status()["suspended"]
    project.run("ack", "--by", "ada")
    project.run("run")
    assert ids(route) == [1, 2]


@pytest.mark.slow
@pytest.mark.routes
def test_final_check_speaks_of_what_is_published(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    severity: Severity = "critical" if origin == "csv" else "error"
    project = checked(route, tmp_path / "project", severity, "final")
    assert "published already" in project.run("run", check=3).stderr.splitlines()[-1]
    assert ids(route) == [1, 2]
    assert (project.status()["suspended"] is not None) is (severity == "critical")
    project.run("check", check=3)


@pytest.mark.slow
@pytest.mark.routes
def test_check_that_crashes_blocks_even_as_a_warning(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", "warn")
    for crash in ("SELECT nonsense FROM nowhere", "not SQL at all", ""):
        (project.folder / "sql" / "quality_checks" / "overdrawn.sql").write_text(crash)
        done = project.run("run", check=3)
        assert '"status": "errored"' in done.stderr
        assert "Traceback" not in done.stderr
        assert ids(route) == [1]


@pytest.mark.slow
@pytest.mark.routes(targets=READABLE)
def test_readers_see_the_old_data_while_a_run_fails(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = checked(route, tmp_path / "project", "error")
    seen: list[list[Any]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(0.02):
            seen.append(ids(route))

    reader = threading.Thread(target=read)
    reader.start()
    project.run("run", check=3)
    stop.set()
    reader.join()
    assert len(seen) > 3
    assert all(found == [1] for found in seen)


@pytest.mark.slow
@pytest.mark.routes("overwrite", "append", "scd2", targets=READABLE)
def test_readers_see_old_or_new_data_and_never_none(
    strategy: str, origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project = make(route.design, tmp_path / "project")
    route.source.put([Row(key, "a", 100, START) for key in range(1, 2001)])
    project.run("run")
    route.source.put([Row(key, "a", 100, LATER) for key in range(2001, 4001)])
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(0.01):
            seen.add(route.place.rows("SELECT count(*) FROM {accounts}")[0][0])

    reader = threading.Thread(target=read)
    reader.start()
    project.run("run")
    stop.set()
    reader.join()
    assert seen <= {2000, 4000}
    assert 2000 in seen
