"""A full disk, a read-only destination, too little memory: the run fails with a sentence, the data stays as it was."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import DuckDBPlace, FilesPlace, Place, PostgresPlace, Route
from tests.faults.test_kills import expected
from tests.faults.world import World
from tests.generated import GeneratedProject
from tests.servers.postgres import NOBODY, PostgresDatabase, PostgresServer
from tests.servers.presence import absent


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own of a given size."""
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode:  # fmt: skip
        absent("the right to mount a small file system", "docker run --user root --cap-add SYS_ADMIN ...")
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


@contextmanager
def small_place(target: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Place, Path]]:
    """A destination on a small file system of its own; a database lies in a tablespace there."""
    if target != "postgres":
        with mounted(folder / "small", 8) as disk:
            yield DuckDBPlace(disk / "w.duckdb") if target == "duckdb" else FilesPlace(disk / "lake"), disk
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"small_{secrets.token_hex(4)}"
    # Not below pytest's own folder: the server's account may not look into that.
    with mounted(Path(tempfile.gettempdir()) / name, 48) as disk:
        space = disk / "space"
        space.mkdir()
        os.chown(space, NOBODY, NOBODY)
        with server.connect() as connection:
            connection.execute(f"CREATE TABLESPACE {name} LOCATION '{space}'".encode())
            connection.execute(f"CREATE DATABASE {name} TABLESPACE {name}".encode())
        try:
            yield PostgresPlace(PostgresDatabase(server, name)), disk
        finally:
            server.drop_database(name)
            with server.connect() as connection:
                connection.execute(f"DROP TABLESPACE {name}".encode())


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Fill a disk to the last byte, and make space again in the end."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    yield
    filler.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Let nobody write to a file system."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@contextmanager
def unwritable(place: PostgresPlace) -> Iterator[None]:
    """Let nobody write to a database."""
    place.execute(f'ALTER DATABASE "{place.database}" SET default_transaction_read_only = on')
    yield
    # Who sets it back is bound by it as well.
    reset = f'ALTER DATABASE "{place.database}" RESET default_transaction_read_only'
    place.execute("SET default_transaction_read_only = off", reset)


def is_refused_whole(
    route: Route, folder: Path, trouble: AbstractContextManager[None], env: Mapping[str, str] | None = None
) -> str:
    """Load, then load more rows than fit while there is trouble; return the sentence of that run.

    It changes nothing of what was published, and the run after the trouble puts it right.
    """
    project, world = make(route.design, folder, env), World(seed=4)
    route.source.put(world.next_day(50, 0))
    project.run("run")
    before = route.published()
    route.source.put(world.next_day(8_000, 20))
    with trouble:
        said = refuses(project, "run")
        assert route.published() == before
    project.run("run")
    assert route.published() == expected(world, route.strategy)
    return said


@pytest.mark.slow
@pytest.mark.parametrize("target", ["duckdb", "files", "postgres"])
@pytest.mark.parametrize("strategy", ["append", "scd2"])
def test_full_disk_leaves_the_published_data_as_it_was(
    target: str, strategy: str, tmp_path: Path, make_route: MakeRoute, request: pytest.FixtureRequest
) -> None:
    pattern = "batch_elt" if strategy == "scd2" and target != "files" else "batch_etl"
    with small_place(target, tmp_path, request) as (place, disk):
        route = Route(make_route("sqlite", "files").source, place, strategy, pattern)
        is_refused_whole(route, tmp_path / "project", full(disk))


@pytest.mark.slow
@pytest.mark.routes(origins=("csv",))
def test_full_disk_of_the_machine_itself_is_told_in_one_sentence(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    with mounted(tmp_path / "small", 8) as disk:
        state = {"PIPELINE_STATE_DIR": str(disk / "state")}
        is_refused_whole(make_route(origin, target, "batch_etl"), tmp_path / "project", full(disk), state)


@pytest.mark.slow
@pytest.mark.routes(origins=("csv",))
def test_read_only_disk_of_the_machine_itself_is_told_in_one_sentence(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    with mounted(tmp_path / "small", 16) as disk:
        state = {"PIPELINE_STATE_DIR": str(disk / "state")}
        route = make_route(origin, target, "batch_etl")
        assert str(disk) in is_refused_whole(route, tmp_path / "project", read_only(disk), state)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["duckdb", "files"])
def test_read_only_destination_is_told_in_one_sentence(
    target: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    with mounted(tmp_path / "disk", 16) as disk:
        place = DuckDBPlace(disk / "w.duckdb") if target == "duckdb" else FilesPlace(disk / "lake")
        route = Route(make_route("sqlite", "files").source, place, "upsert", "batch_etl")
        assert str(disk) in is_refused_whole(route, tmp_path / "project", read_only(disk))


@pytest.mark.slow
def test_postgres_that_may_not_be_written_is_told_in_one_sentence(
    tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("sqlite", "postgres", "batch_elt")
    assert isinstance(route.place, PostgresPlace)
    assert "read-only" in is_refused_whole(route, tmp_path / "project", unwritable(route.place))


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_too_little_memory_fails_cleanly_and_the_next_run_puts_it_right(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    project, world = make(route.design, tmp_path / "project"), World(seed=4)
    route.source.put(world.next_day(50, 0))
    project.run("run")
    before = route.published()
    route.source.put(world.next_day(12_000, 20))
    after = expected(world, strategy)
    codes = []
    for limit in ("300KB", "1MB", "2MB", "4MB"):
        done = project.run("run", env={"PIPELINE_MEMORY_LIMIT": limit}, check=None)
        codes.append(done.returncode)
        if done.returncode == 0:
            break
        assert "Traceback" not in done.stderr
        assert "PIPELINE_MEMORY_LIMIT higher" in sentence(done.stderr)
        # What comes after the commit may need memory, too.
        assert route.published() == (after if '"event": "published"' in done.stderr else before)
    assert codes[0] == 1
    # Memory that the system refuses ends a process in ways that no program has in hand.
    words = ["prlimit", f"--as={300 * 2**20}", sys.executable, "-m", project.name, "run"]
    died = subprocess.run(
        words, cwd=project.folder, env=project.environment(), capture_output=True, check=False
    )
    assert route.published() in ((before, after) if died.returncode else (after,))
    project.run("run")
    assert route.published() == after
