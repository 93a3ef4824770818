"""Generated pipelines against their peers and against the limit, in one run.

    uv run python -m tests.benchmarks.speed [--rows 1000000] [--rounds 3] [--only full incremental ...]

Starts its own PostgreSQL, makes the table, generates the projects, runs everything interleaved and prints Markdown.
Peers live in environments of their own below the user's cache folder, made with uv on first use.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import cases, lineitem
from tests.benchmarks.measure import Case, interleave, table
from tests.servers.postgres import PostgresDatabase, running_postgres

BACKENDS = ("connectorx", "pyarrow")


def full(source: PostgresDatabase, target: PostgresDatabase, rows: int, rounds: int, work: Path) -> str:
    """PostgreSQL -> DuckDB, the whole table into an empty destination."""
    mine, path = cases.into_duckdb(source, "li", "full", "overwrite", work)
    mine.prepare = lambda: cases.forget(path, work / "project/.state")
    bare, bare_path = cases.into_duckdb(source, "li", "full", "overwrite", work / "bare", checks=False)
    bare.name, bare.prepare = (
        "pipewizard without checks",
        lambda: cases.forget(bare_path, work / "bare/project/.state"),
    )
    peers = [cases.dlt(source, backend, "replace", "li", work) for backend in BACKENDS]
    for peer, backend in zip(peers, BACKENDS, strict=True):
        peer.prepare = fresh(work / f"dlt_{backend}")
    everything = [cases.copy_out(source, "li"), mine, bare, *peers, cases.pandas(source, "li", work)]
    interleave(everything, rounds)
    assert cases.rows_in(path, "li")[:2] == (rows, rows)
    return table(everything, "COPY to nowhere")


def fresh(folder: Path) -> Callable[[], None]:
    """Return what empties a peer's folder."""
    return lambda: (shutil.rmtree(folder, ignore_errors=True), folder.mkdir(parents=True))[1]


def incremental(
    source: PostgresDatabase, target: PostgresDatabase, rows: int, rounds: int, work: Path
) -> str:
    """Upsert with 10 % changed and 2 % new, from the same saved state every round."""
    source.execute(
        "drop table if exists inc",
        "create table inc (like li including all)",
        "insert into inc select * from li",
    )
    everything, path = loaded(source, "inc", work)
    lineitem.change(source.url, "inc", rows)
    keep_state(everything, work)
    interleave(everything, rounds)
    assert cases.rows_in(path, "inc")[:2] == (rows + rows // 50,) * 2
    return table(everything, everything[1].name)


def nothing(source: PostgresDatabase, target: PostgresDatabase, rows: int, rounds: int, work: Path) -> str:
    """An incremental run that finds nothing new."""
    everything, _ = loaded(source, "li", work)
    interleave(everything, rounds)
    return table(everything, everything[1].name)


def small(source: PostgresDatabase, target: PostgresDatabase, rows: int, rounds: int, work: Path) -> str:
    """A hundred rows into an empty destination: what a run costs at the least, interpreter start included."""
    source.execute(
        "drop table if exists tiny",
        "create table tiny (like li including all)",
        "insert into tiny select * from li order by id limit 100",
    )
    mine, path = cases.into_duckdb(source, "tiny", "full", "overwrite", work)
    mine.prepare = lambda: cases.forget(path, work / "project/.state")
    peers = [cases.dlt(source, backend, "replace", "tiny", work) for backend in BACKENDS]
    for peer, backend in zip(peers, BACKENDS, strict=True):
        peer.prepare = fresh(work / f"dlt_{backend}")
    interleave([mine, *peers], rounds)
    return table([mine, *peers], peers[0].name)


def postgres(source: PostgresDatabase, target: PostgresDatabase, rows: int, rounds: int, work: Path) -> str:
    """PostgreSQL -> PostgreSQL into a keyed table."""
    target.execute(lineitem.DDL.format(table="piped"))
    mine = cases.into_postgres(source, target, "li", work)
    peer = cases.dlt(source, "connectorx", "replace", "li", work, target.url)
    peer.prepare = lambda: (
        fresh(work / "dlt_connectorx")(),
        target.execute("drop schema if exists raw cascade"),
    )[0]
    everything = [cases.copy_over(source, target, "li"), mine, peer]
    interleave(everything, rounds)
    assert target.query("select count(*), count(distinct id) from analytics.li") == [(rows, rows)]
    return table(everything, "psql binary pipe")


def loaded(source: PostgresDatabase, name: str, work: Path) -> tuple[list[Case], Path]:
    """Return incremental cases of ours and of dlt that have taken the whole table already."""
    mine, path = cases.into_duckdb(source, name, "incremental", "upsert", work)
    everything = [mine, *(cases.dlt(source, backend, "merge", name, work) for backend in BACKENDS)]
    interleave(everything, 1)
    for case in everything:
        case.seconds.clear()
        case.megabytes.clear()
    return everything, path


def keep_state(everything: list[Case], work: Path) -> None:
    """Make every round of the cases start from the state they are in now."""
    saved = work.with_name(work.name + "-saved")
    shutil.copytree(work, saved, symlinks=True)
    for case in everything:
        folders = ["project", "ours.duckdb"] if case.name == "pipewizard" else [f"dlt_{case.name[5:-1]}"]
        case.prepare = lambda names=folders: [restore(saved / n, work / n) for n in names]


def restore(saved: Path, place: Path) -> None:
    """Put a saved file or folder back."""
    cases.forget(place)
    shutil.copytree(saved, place, symlinks=True) if saved.is_dir() else shutil.copy2(saved, place)


SCENARIOS = {scenario.__name__: scenario for scenario in (full, incremental, nothing, small, postgres)}


def main() -> None:
    """Run the scenarios that are asked for and print their tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    wanted = parser.parse_args()
    with (
        running_postgres("shared_buffers=512MB", "max_wal_size=4GB") as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        source, target = server.create_database("source"), server.create_database("target")
        lineitem.create(source.url, "li", wanted.rows)
        for name in wanted.only:
            work = Path(folder) / name
            work.mkdir()
            print(f"\n### {SCENARIOS[name].__doc__} ({wanted.rows:,} rows)\n", flush=True)
            print(SCENARIOS[name](source, target, wanted.rows, wanted.rounds, work), flush=True)


if __name__ == "__main__":
    main()
