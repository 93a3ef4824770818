"""What is run side by side, and the goals its times are held against."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from tests.benchmarks import cases, lineitem
from tests.benchmarks.measure import Case, ServerClock, interleave, table
from tests.servers.postgres import PostgresDatabase

BACKENDS = ("connectorx", "pyarrow")
_MEMORY_FACTOR = 5


@dataclass(frozen=True)
class Goal:
    """Something to be reached: a measured number and the most it may be.

    ``processor`` is the same ratio of processor times, which other processes on the machine hardly change.
    """

    what: str
    measured: float
    most: float
    unit: str = ""
    processor: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the number is small enough."""
        return self.measured <= self.most


def ratio(what: str, mine: Case, other: Case, most: float) -> Goal:
    """Return the goal that our time is at most a part, or a multiple, of another's."""
    return Goal(what, mine.best / other.best, most, processor=mine.work / other.work)


@dataclass(frozen=True)
class Outcome:
    """What a scenario measured: a Markdown table, its cases and the goals they are held against."""

    text: str
    cases: list[Case]
    goals: list[Goal]


@dataclass(frozen=True)
class Place:
    """Where scenarios run: two databases and their server's clock, the number of rows of the table ``li``, rounds, a folder.

    ``known`` keeps what one scenario has measured for another.
    """

    source: PostgresDatabase
    target: PostgresDatabase
    clock: ServerClock
    rows: int
    rounds: int
    work: Path
    known: dict[str, float] = field(default_factory=dict)


def full(place: Place) -> Outcome:
    """PostgreSQL -> DuckDB, the whole table into an empty destination."""
    source, work = place.source, place.work
    mine, path = cases.into_duckdb(source, "li", "full", "overwrite", work)
    mine.prepare = partial(cases.forget, path, work / "project/.state")
    bare, bare_path = cases.into_duckdb(source, "li", "full", "overwrite", work / "bare", checks=False)
    bare.name, bare.prepare = (
        "pipewizard without checks",
        partial(cases.forget, bare_path, work / "bare/project/.state"),
    )
    limit, peers = cases.copy_out(source, "li"), _peers(place, "li")
    everything = [limit, mine, bare, *peers, cases.pandas(source, "li", work)]
    interleave(everything, place.rounds, place.clock)
    _same_rows(path, "li", place.rows)
    place.known["peak"] = mine.peak
    checks = Goal(
        "quality checks, share of a full load",
        (mine.best - bare.best) / mine.best * 100,
        15,
        " %",
        (mine.work - bare.work) / mine.work * 100,
    )
    goals = [
        ratio("full load, ratio to dlt's fastest", mine, cases.fastest(peers), 0.55),
        ratio("full load, ratio to COPY binary to nowhere", mine, limit, 2.4),
        checks,
    ]
    return Outcome(table(everything, limit), everything, goals)


def incremental(place: Place) -> Outcome:
    """Upsert with 10 % changed and 2 % new, from the same saved state every round."""
    rows = place.rows
    place.source.execute(
        "drop table if exists inc",
        "create table inc (like li including all)",
        "insert into inc select * from li",
        "analyze inc",
    )
    mine, peers, path = _loaded(place, "inc")
    lineitem.change(place.source.url, "inc", rows)
    _keep_state([mine, *peers], place.work)
    interleave([mine, *peers], place.rounds, place.clock)
    _same_rows(path, "inc", rows + rows // 50)
    best = cases.fastest(peers)
    goal = ratio("incremental upsert, ratio to dlt's fastest", mine, best, 0.4)
    return Outcome(table([mine, *peers], best), [mine, *peers], [goal])


def nothing(place: Place) -> Outcome:
    """An incremental run that finds nothing new."""
    mine, peers, path = _loaded(place, "li")
    interleave([mine, *peers], place.rounds, place.clock)
    _same_rows(path, "li", place.rows)
    best = cases.fastest(peers)
    goal = ratio("nothing to do, ratio to dlt's fastest", mine, best, 0.4)
    return Outcome(table([mine, *peers], best), [mine, *peers], [goal])


def small(place: Place) -> Outcome:
    """A hundred rows into an empty destination: what a run costs at the least, interpreter start included."""
    place.source.execute(
        "drop table if exists tiny",
        "create table tiny (like li including all)",
        "insert into tiny select * from li order by id limit 100",
    )
    mine, path = cases.into_duckdb(place.source, "tiny", "full", "overwrite", place.work)
    mine.prepare = partial(cases.forget, path, place.work / "project/.state")
    peers = _peers(place, "tiny")
    interleave([mine, *peers], place.rounds, place.clock)
    _same_rows(path, "tiny", 100)
    best = cases.fastest(peers)
    goal = ratio("100 rows, ratio to dlt's fastest", mine, best, 0.5)
    return Outcome(table([mine, *peers], best), [mine, *peers], [goal])


def postgres(place: Place) -> Outcome:
    """PostgreSQL -> PostgreSQL, the whole table into an empty, keyed one."""
    source, target, work = place.source, place.target, place.work
    target.execute("drop table if exists piped", lineitem.DDL.format(table="piped"))
    limit, mine = cases.copy_over(source, target, "li"), cases.into_postgres(source, target, "li", work)
    # dlt asks for a password, although the server does not.
    address = replace(target.server, password="unused").url(target.database)
    peer = cases.dlt(source, "connectorx", "replace", "li", work, address)
    peer.prepare = partial(_fresh_postgres, target, work / "dlt_connectorx")
    everything = [limit, mine, peer]
    interleave(everything, place.rounds, place.clock)
    counted = target.query("select count(*), count(distinct id) from analytics.li")
    if counted != [(place.rows, place.rows)]:
        raise RuntimeError(f"the benchmark's own rows are not all there: {counted}")
    goal = ratio("PostgreSQL -> PostgreSQL, ratio to a psql binary pipe", mine, limit, 2.2)
    return Outcome(table(everything, limit), everything, [goal])


def memory(place: Place) -> Outcome:
    """Peak memory of a full load of five times the rows, once."""
    rows = place.rows * _MEMORY_FACTOR
    lineitem.create(place.source.url, "large", rows)
    mine, path = cases.into_duckdb(place.source, "large", "full", "overwrite", place.work)
    mine.name = f"pipewizard, {rows:,} rows"
    mine.run(place.clock)
    _same_rows(path, "large", rows)
    place.source.execute("drop table large")
    if "peak" not in place.known:
        once, _ = cases.into_duckdb(place.source, "li", "full", "overwrite", place.work / "once")
        once.run(place.clock)
        place.known["peak"] = once.peak
    before = place.known["peak"]
    goals = [
        Goal(f"peak at {rows:,} rows", mine.peak, 400, " MB"),
        Goal(f"peak at {rows:,} rows, ratio to {place.rows:,} ({before:.0f} MB)", mine.peak / before, 1.5),
    ]
    return Outcome(table([mine], mine), [mine], goals)


def _peers(place: Place, name: str) -> list[Case]:
    """Return dlt's full runs, each into a folder that is empty before every round."""
    peers = [cases.dlt(place.source, backend, "replace", name, place.work) for backend in BACKENDS]
    for peer, backend in zip(peers, BACKENDS, strict=True):
        peer.prepare = partial(_fresh, place.work / f"dlt_{backend}")
    return peers


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _fresh_postgres(target: PostgresDatabase, folder: Path) -> None:
    _fresh(folder)
    target.execute("drop schema if exists raw cascade", "drop schema if exists raw_staging cascade")


def _loaded(place: Place, name: str) -> tuple[Case, list[Case], Path]:
    """Return incremental cases of ours and of dlt that have taken the whole table already."""
    mine, path = cases.into_duckdb(place.source, name, "incremental", "upsert", place.work)
    peers = [cases.dlt(place.source, backend, "merge", name, place.work) for backend in BACKENDS]
    interleave([mine, *peers], 1, place.clock)
    for case in (mine, *peers):
        case.forget()
    return mine, peers, path


def _keep_state(everything: list[Case], work: Path) -> None:
    """Make every round of the cases start from the state they are in now."""
    saved = work.with_name(work.name + "-saved")
    shutil.copytree(work, saved, symlinks=True)
    for case in everything:
        folders = ["project", "ours.duckdb"] if case.name == "pipewizard" else [f"dlt_{case.name[5:-1]}"]
        case.prepare = partial(_restore, [(saved / name, work / name) for name in folders])


def _restore(places: list[tuple[Path, Path]]) -> None:
    """Put saved files and folders back."""
    for saved, place in places:
        cases.forget(place)
        if saved.is_dir():
            shutil.copytree(saved, place, symlinks=True)
        else:
            shutil.copy2(saved, place)


def _same_rows(path: Path, name: str, rows: int) -> None:
    counted = cases.rows_in(path, name)[:2]
    if counted != (rows, rows):
        raise RuntimeError(f"{path}: {rows} rows were to be there, rows and keys are {counted}")


SCENARIOS: dict[str, Callable[[Place], Outcome]] = {
    scenario.__name__: scenario for scenario in (full, incremental, nothing, small, postgres, memory)
}
