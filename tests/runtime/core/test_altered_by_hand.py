"""A published table that a person has changed is made whole again by the next run, or by a full refresh."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest

from tests.runtime.core.places import duckdb_place
from tests.runtime.core.project import Project, loading
from tests.runtime.core.test_replicate import LISTED, orders, project, truth

DAY = "2024-01-0{} 00:00:00"
STRATEGIES = ["upsert", "scd2", "append", "merge", "scd1", "scd3"]


def filled(made: Project, source: sqlite3.Connection) -> None:
    """Load three rows, of which one is changed later."""
    orders(source, (1, 1, "a", DAY.format(1)), (2, 2, "b", DAY.format(1)), (3, 3, "c", DAY.format(1)))
    made.run()
    orders(source, (2, 20, "b2", DAY.format(2)))
    made.run()


def by_hand(made: Project, *statements: str) -> None:
    """Change the destination."""
    with duckdb.connect(str(made.home / "warehouse.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_table_that_was_dropped_comes_back_whole(
    tmp_path: Path, source: sqlite3.Connection, strategy: str
) -> None:
    """A history is computed anew from its log when its table has been dropped."""
    place = duckdb_place(tmp_path, "batch_elt")
    made = project(tmp_path, place, loading(strategy, "id", tracked_columns=["amount"]))
    filled(made, source)
    before = made.rows("SELECT * FROM analytics.orders ORDER BY ALL")
    by_hand(made, "DROP TABLE analytics.orders")
    made.run()
    if strategy == "scd2":
        assert made.rows("SELECT * FROM analytics.orders ORDER BY ALL") == before
    else:
        assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name not in ("append", "scd2")])
def test_full_refresh_brings_back_deleted_rows_columns_and_values(
    tmp_path: Path, source: sqlite3.Connection, strategy: str
) -> None:
    place = duckdb_place(tmp_path, "batch_elt")
    made = project(tmp_path, place, loading(strategy, "id", tracked_columns=["amount"]))
    filled(made, source)
    by_hand(
        made,
        "DELETE FROM analytics.orders WHERE id = 2",
        "UPDATE analytics.orders SET amount = 99 WHERE id = 3",
        "ALTER TABLE analytics.orders DROP COLUMN note",
    )
    made.run(full_refresh=True)
    assert place.rows("orders", LISTED) == truth(source)
