"""A connection that dies mid-copy or at COMMIT: the run tries again and nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.children import ForkedProject, make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.proxy import Proxy
from tests.faults.test_kills import expected
from tests.faults.world import World
from tests.servers.postgres import PostgresServer


@pytest.fixture
def proxy(postgres_server: PostgresServer) -> Iterator[Proxy]:
    """A proxy before the server."""
    made = Proxy(postgres_server.port)
    yield made
    made.close()


def through(proxy: Proxy, route: Route, folder: Path, *, source: bool) -> ForkedProject:
    """Return a project that reaches its source or its destination through the proxy."""
    design = route.design
    place = design.sources[0] if source else design.destination
    place.connection = {**place.connection, "host": "127.0.0.1", "port": proxy.port}
    design.requirements.retry.max_attempts = 3
    design.requirements.retry.initial_delay_seconds = 0.01
    return make(design, folder)


@pytest.mark.slow
@pytest.mark.routes(origins=("postgres",))
def test_source_connection_cut_mid_copy_is_read_again(
    origin: str, target: str, pattern: str, proxy: Proxy, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, "append")
    project, world = through(proxy, route, tmp_path / "project", source=True), World(seed=1)
    for _ in range(2):
        route.source.put(world.next_day(6000, 50))
        proxy.mischief.cuts, proxy.mischief.cut_after = 1, 60_000
        project.run("run")
        assert proxy.mischief.done.pop() == "download"
        assert route.published() == expected(world, "append")


@pytest.mark.slow
@pytest.mark.routes(targets=("postgres",))
def test_destination_connection_cut_mid_copy_doubles_nothing(
    origin: str, target: str, pattern: str, proxy: Proxy, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, "append")
    project, world = through(proxy, route, tmp_path / "project", source=False), World(seed=2)
    for _ in range(2):
        route.source.put(world.next_day(6000, 50))
        proxy.mischief.upload_cuts, proxy.mischief.cut_after = 1, 100_000
        project.run("run", check=None)
        assert proxy.mischief.done.pop() == "upload"
        project.run("run")
        assert route.published() == expected(world, "append")


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2", targets=("postgres",))
@pytest.mark.parametrize("kind", ["swallowed", "lost"])
def test_commit_whose_answer_never_comes_doubles_nothing(
    kind: str, origin: str, target: str, pattern: str, strategy: str,
    proxy: Proxy, tmp_path: Path, make_route: MakeRoute,
) -> None:  # fmt: skip
    route = make_route(origin, target, pattern, strategy)
    project, world = through(proxy, route, tmp_path / "project", source=False), World(seed=3)
    for _ in range(2):
        route.source.put(world.next_day(40, 20))
        setattr(proxy.mischief, kind, 1)
        project.run("run")
        assert proxy.mischief.done.pop() == kind
        assert route.published() == expected(world, strategy)
    assert [run["status"] for run in project.status()["runs"]] == ["success", "success"]


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2", targets=("postgres",))
@pytest.mark.parametrize("killed", [False, True])
def test_commit_that_is_answered_late_keeps_others_out_and_doubles_nothing(
    killed: bool, origin: str, target: str, pattern: str, strategy: str,
    proxy: Proxy, tmp_path: Path, make_route: MakeRoute,
) -> None:  # fmt: skip
    """Who dies while it waits for the answer does not know that it has published."""
    route = make_route(origin, target, pattern, strategy)
    project, world = through(proxy, route, tmp_path / "project", source=False), World(seed=5)
    for _ in range(2):
        route.source.put(world.next_day(40, 20))
        proxy.mischief.late = 3
        proxy.mischief.committing.clear()
        child = project.begin("run")
        assert proxy.mischief.committing.wait(60)
        project.run("run", check=75)
        if killed:
            child.kill()
            project.killed.append("commit")
            child.finished()
            project.run("run")
        else:
            assert child.finished().returncode == 0
        assert route.published() == expected(world, strategy)
