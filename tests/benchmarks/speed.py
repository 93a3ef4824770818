"""Generated pipelines against their peers and against the limit, in one run.

    uv run python -m tests.benchmarks.speed [--rows 1000000] [--rounds 3] [--only full incremental ...]

Starts its own PostgreSQL, makes the table, generates the projects, runs everything interleaved, prints Markdown as it
goes and writes it, with a picture, to `tests/benchmarks/results`. Every tool lives in an environment of its own below
the user's cache folder, made with uv on first use. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import lineitem
from tests.benchmarks.measure import ServerClock
from tests.benchmarks.report import goals_table, picture
from tests.benchmarks.scenarios import SCENARIOS, Outcome, Place
from tests.servers.postgres import running_postgres

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run the scenarios that are asked for, print their tables and keep them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for speed.md and speed.svg")
    parser.add_argument("--server", type=Path, help="another PostgreSQL, as /usr/lib/postgresql/15")
    wanted = parser.parse_args()
    began = time.monotonic()
    with (
        running_postgres("shared_buffers=512MB", "max_wal_size=4GB", programs=wanted.server) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        source, target = server.create_database("source"), server.create_database("target")
        version = source.query("show server_version")[0][0]
        lineitem.create(source.url, "li", wanted.rows)
        with source.connect() as session:
            clock = ServerClock(session.info.backend_pid)
        place = Place(source, target, clock, wanted.rows, wanted.rounds, Path(folder))
        outcomes: dict[str, Outcome] = {}
        for name in wanted.only:
            work = place.work / name
            work.mkdir()
            print(f"\n### {SCENARIOS[name].__doc__}\n", flush=True)
            outcomes[name] = SCENARIOS[name](replace(place, work=work))
            print(outcomes[name].text, flush=True)
    about = (
        f"{wanted.rows:,} rows, {wanted.rounds} rounds, {os.cpu_count()} processors, PostgreSQL {version},"
        f" Python {platform.python_version()}"
    )
    reached = goals_table([goal for outcome in outcomes.values() for goal in outcome.goals])
    print(f"\n### Goals ({about})\n\n{reached}\n\n{time.monotonic() - began:.0f} seconds in all", flush=True)
    keep(wanted.results, wanted.rows, about, reached, outcomes)


def keep(folder: Path, rows: int, about: str, reached: str, outcomes: dict[str, Outcome]) -> None:
    """Write what was measured to ``speed.md`` and ``speed.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    titles = {name: str(SCENARIOS[name].__doc__).rstrip(".") for name in outcomes}
    tables = "\n".join(f"\n## {titles[name]}\n\n{outcome.text}" for name, outcome in outcomes.items())
    head = "# Speed\n\nPrinted by `uv run python -m tests.benchmarks.speed`: "
    (folder / "speed.md").write_text(f"{head}{about}.\n\n{reached}\n{tables}\n", encoding="utf-8")
    drawn = {titles[name]: outcome.cases for name, outcome in outcomes.items() if name != "memory"}
    if drawn:
        (folder / "speed.svg").write_text(picture(drawn, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
