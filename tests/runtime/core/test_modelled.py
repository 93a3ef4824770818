"""Transformations over staging: a GROUP BY over an incremental extract sees whole tables."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table

COLUMNS = {"id": "bigint", "day": "date", "amount": "decimal(12,2)", "updated_at": "timestamp"}
REVENUE = "SELECT day, SUM(amount) AS revenue, COUNT(*) AS orders FROM staging.orders GROUP BY day"


def modelled(
    tmp_path: Path, place: Place, strategy: str = "upsert", *, key: tuple[str, ...] = ("id",)
) -> Project:
    item = table("orders", COLUMNS, key=key, watermark="updated_at")
    transformation = {
        "name": "revenue", "type": "sql", "input_tables": ["staging.orders"], "output_table": "analytics.revenue",
        "sql_file": "sql/transformations/revenue.sql", "loading": loading(strategy, "day"),
    }  # fmt: skip
    made = config(
        item, destination=place.destination, pattern=place.pattern, transformations=[transformation]
    )
    return Project(tmp_path, made, {"revenue": REVENUE})


def fill(source: sqlite3.Connection, start: int, count: int, stamp: str) -> None:
    source.execute(
        "CREATE TABLE IF NOT EXISTS orders (id INTEGER, day TEXT, amount NUMERIC, updated_at TEXT)"
    )
    rows = [
        (i, f"2024-01-{i % 9 + 1:02d}", i * 0.25, f"{stamp} {i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}")
        for i in range(start, start + count)
    ]
    source.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)


def truth(source: sqlite3.Connection) -> list[tuple[str, str, str]]:
    query = "SELECT day, printf('%.2f', SUM(amount)), CAST(COUNT(*) AS TEXT) FROM orders GROUP BY day ORDER BY day"
    return source.execute(query).fetchall()


@pytest.mark.parametrize("strategy", ["upsert", *slowly("overwrite", "merge")])
def test_an_aggregate_over_an_incremental_extract_is_right(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    made = modelled(tmp_path, place, strategy)
    fill(source, 0, 100, "2024-01-01")
    made.run()
    assert place.rows("revenue", "day, revenue, orders") == truth(source)
    fill(source, 100, 50, "2024-01-02")
    source.execute("UPDATE orders SET amount = 1000, updated_at = '2024-01-02 00:10:01' WHERE id = 3")
    assert made.run().total("extracted") == 52
    assert place.rows("revenue", "day, revenue, orders") == truth(source)
    made.run()
    assert place.rows("revenue", "day, revenue, orders") == truth(source)


@pytest.mark.slow
def test_a_table_without_a_key_is_kept_in_step_by_its_tail(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = modelled(tmp_path, place, key=())
    fill(source, 0, 40, "2024-01-01")
    made.run()
    source.execute("INSERT INTO orders SELECT * FROM orders WHERE id = 39")
    fill(source, 500, 5, "2024-01-03")
    made.run()
    source.execute("DELETE FROM orders WHERE id = 504")
    made.run()
    assert place.rows("revenue", "day, revenue, orders") == truth(source)


@pytest.mark.slow
def test_losing_staging_costs_a_full_extract_and_nothing_else(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = modelled(tmp_path, place)
    fill(source, 0, 60, "2024-01-01")
    made.run()
    shutil.rmtree(tmp_path / ".state")
    fill(source, 60, 6, "2024-01-02")
    record = made.run()
    assert record.total("extracted") == (66 if place.pattern == "batch_etl" else 7)
    assert place.rows("revenue", "day, revenue, orders") == truth(source)
    assert made.run().total("extracted") == 1


def test_a_failed_transformation_publishes_nothing_and_holds_the_watermark(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    from templates.src.utils.retry import TransformationError

    made = modelled(tmp_path, place)
    fill(source, 0, 30, "2024-01-01")
    made.run()
    before = place.rows("revenue")
    fill(source, 30, 30, "2024-01-02")
    made.transforms["revenue"] = "SELECT nothing FROM staging.orders"
    made.write()
    with pytest.raises(TransformationError):
        made.run()
    assert place.rows("revenue") == before
    made.transforms["revenue"] = REVENUE
    made.write()
    assert made.run().total("extracted") >= 30
    assert place.rows("revenue", "day, revenue, orders") == truth(source)
