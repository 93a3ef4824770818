"""A full disk, a read-only destination, too little memory: the run fails with a sentence, the data stays as it was."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import DuckDBPlace, FilesPlace, PostgresPlace, Route
from tests.faults.test_kills import expected
from tests.faults.world import World
from tests.generated import GeneratedProject


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own of a given size."""
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("mounting a small file system takes root and CAP_SYS_ADMIN")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def refuses(project: GeneratedProject, *command: str) -> str:
    """Run a command that must fail with one sentence and no traceback; return what it said."""
    done = project.run(*command, check=1)
    assert "Traceback" not in done.stderr
    return sentence(done.stderr)


def sentence(said: str) -> str:
    """Return the sentence a failed command ended with; it is none of an unexpected error."""
    (found,) = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "unexpected" not in found
    return found


@pytest.mark.slow
@pytest.mark.parametrize("target", ["duckdb", "files"])
@pytest.mark.parametrize("strategy", ["append", "scd2"])
def test_full_disk_leaves_the_published_data_as_it_was(
    target: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    with mounted(tmp_path / "small", 8) as disk:
        place = DuckDBPlace(disk / "w.duckdb") if target == "duckdb" else FilesPlace(disk / "lake")
        route = Route(make_route("sqlite", "files").source, place, strategy, "batch_etl")
        project, world = make(route.design, tmp_path / "project"), World(seed=4)
        route.source.put(world.next_day(50, 0))
        project.run("run")
        before = route.published()
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                pass
        route.source.put(world.next_day(20_000, 20))
        refuses(project, "run")
        assert route.published() == before
        filler.unlink()
        project.run("run")
        assert route.published() == expected(world, strategy)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["duckdb", "files"])
def test_read_only_destination_is_told_in_one_sentence(
    target: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    with mounted(tmp_path / "disk", 16) as disk:
        place = DuckDBPlace(disk / "w.duckdb") if target == "duckdb" else FilesPlace(disk / "lake")
        route = Route(make_route("sqlite", "files").source, place, "upsert", "batch_etl")
        project, world = make(route.design, tmp_path / "project"), World(seed=4)
        route.source.put(world.next_day(50, 0))
        project.run("run")
        before = route.published()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        route.source.put(world.next_day(50, 20))
        assert str(disk) in refuses(project, "run")
        assert route.published() == before
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        project.run("run")
        assert route.published() == world.current


@pytest.mark.slow
def test_postgres_that_may_not_be_written_is_told_in_one_sentence(
    tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("sqlite", "postgres", "batch_elt")
    project, world = make(route.design, tmp_path / "project"), World(seed=4)
    route.source.put(world.next_day(50, 0))
    project.run("run")
    before = route.published()
    assert isinstance(route.place, PostgresPlace)
    route.place.execute(f'ALTER DATABASE "{route.place.database}" SET default_transaction_read_only = on')
    assert "read-only" in refuses(project, "run")
    assert route.published() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "pattern"), [("duckdb", "batch_etl"), ("files", "batch_etl"), ("postgres", "batch_elt")]
)
def test_too_little_memory_fails_cleanly_and_the_next_run_puts_it_right(
    target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("sqlite", target, pattern, "append")
    project, world = make(route.design, tmp_path / "project"), World(seed=4)
    route.source.put(world.next_day(50, 0))
    project.run("run")
    before = route.published()
    route.source.put(world.next_day(12_000, 20))
    done = project.run("run", env={"PIPELINE_MEMORY_LIMIT": "2MB"}, check=None)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert "memory" in sentence(done.stderr).lower()
        assert route.published() == before
        project.run("run")
    assert route.published() == expected(world, "append")
