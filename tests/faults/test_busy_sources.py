"""A source that is written to while it is read: what is published is the source as of one moment, over all its tables."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.design.models import PipelineDesign
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.sources import ACCOUNTS, SqliteSource, SqlSource
from tests.faults.world import START

ACCOUNT_COUNT, RUNS = 4_000, 4
TOTAL = 2 * ACCOUNT_COUNT * 100


def with_savings(route: Route) -> PipelineDesign:
    """Return a design that copies the accounts and, of the same form, the savings."""
    design = route.design
    (accounts,) = design.sources[0].tables
    design.sources[0].tables.append(accounts.model_copy(update={"table": "savings"}, deep=True))
    design.sources[0].extraction.batch_size = 500
    return design


@contextmanager
def busy(transfer: Callable[[int], None]) -> Iterator[list[int]]:
    """Have a thread move money all the time; give the list of what it has done so far."""
    stop, done = threading.Event(), list[int]()

    def work() -> None:
        while not stop.is_set():
            transfer(len(done) % ACCOUNT_COUNT + 1)
            done.append(len(done))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def transfers(source: SqlSource) -> Callable[[int], None]:
    """Return how one unit goes from an account to its savings: in one transaction, both rows stamped."""

    def transfer(key: int) -> None:
        try:
            source.execute(
                f"update savings set balance = balance + 1, updated_at = '2026-01-02 00:00:00' where id = {key}",
                f"update accounts set balance = balance - 1, updated_at = '2026-01-02 00:00:00' where id = {key}",
            )
        except sqlite3.OperationalError:
            return  # the file is being read: nothing was moved

    return transfer


@pytest.mark.slow
@pytest.mark.routes("overwrite", "upsert", "merge", origins=("sqlite", "postgres"))
def test_money_that_moves_while_tables_are_read_is_published_once(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    source = route.source
    assert isinstance(source, SqlSource)
    for table in ("accounts", "savings"):
        source.fill(table, ACCOUNTS, [(key, "x", 100, START) for key in range(1, ACCOUNT_COUNT + 1)])
    if isinstance(source, SqliteSource):
        with sqlite3.connect(source.path) as db:
            db.execute("pragma journal_mode = wal")
        db.close()
    project = make(with_savings(route), tmp_path / "project")

    def total() -> int:
        sums = [
            route.place.rows("SELECT CAST(sum(balance) AS BIGINT) FROM {accounts}", table)[0][0]
            for table in ("accounts", "savings")
        ]
        return sum(sums)

    with busy(transfers(source)) as done:
        for _ in range(RUNS):
            before = len(done)
            project.run("run")
            assert len(done) > before, "it was not written to meanwhile"
            assert total() == TOTAL
    project.run("run")
    assert total() == TOTAL
    moved = route.place.rows("SELECT CAST(sum(balance) AS BIGINT) FROM {accounts}", "savings")[0][0]
    assert moved > ACCOUNT_COUNT * 100
