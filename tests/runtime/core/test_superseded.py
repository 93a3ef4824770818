"""A rejected row that came again since is not loaded over what came: the run that publishes it closes its dead letter."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from templates.src.loaders import open_loader
from templates.src.utils.dead_letters import DeadLetters
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table
from tests.runtime.core.test_replicate import COLUMNS, LISTED, orders, project, truth

DAY = "2024-01-0{} 00:00:00"


def statuses(made: Project) -> dict[str, int]:
    """Return the number of dead letters by status."""
    with open_loader(made.settings) as loader:
        letters = DeadLetters(loader.engine, made.settings.meta_schema)
        return dict(Counter(str(row["status"]) for row in letters.list(status=None, limit=1000)))


def misreading(made: Project, name: str = "orders") -> None:
    """Have the staging query reject sound rows: those whose amount is 7."""
    path = made.home / f"sql/staging/{name}_staging.sql"
    wrong = 'CASE WHEN "amount" = 7 THEN NULL ELSE TRY_CAST("amount" AS DECIMAL(12,2)) END AS "amount"'
    path.write_text(path.read_text().replace('TRY_CAST("amount" AS DECIMAL(12,2)) AS "amount"', wrong))
    assert wrong in path.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["upsert", *slowly("scd1", "merge", "scd3", "overwrite")])
@pytest.mark.parametrize("extract", ["incremental", *slowly("full")])
def test_replay_never_puts_an_old_row_over_the_newer_one(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str, extract: str
) -> None:
    made = project(tmp_path, place, loading(strategy, "id"), extract=extract)
    misreading(made)
    orders(source, (1, 7, "old", DAY.format(1)), (2, 1, "a", DAY.format(1)), (3, 7, "still", DAY.format(1)))
    made.run()
    assert statuses(made) == {"open": 2}
    orders(source, (1, 8, "fixed", DAY.format(2)))
    made.run()
    assert statuses(made) == {"open": 1, "superseded": 1}
    made.write()
    assert made.pipeline().replay().total("loaded") == 1
    assert place.rows("orders", LISTED) == truth(source)
    assert made.pipeline().replay().tables == ()
    assert statuses(made) == {"replayed": 1, "superseded": 1}


@pytest.mark.slow
def test_row_without_a_version_that_was_read_again_in_full_is_not_replayed(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"), watermark=None)
    misreading(made)
    orders(source, (1, 7, "old", DAY.format(1)), (2, 7, "gone", DAY.format(1)), (3, 2, "c", DAY.format(1)))
    made.run()
    orders(source, (1, 8, "fixed", DAY.format(1)))
    source.execute("DELETE FROM orders WHERE id = 2")
    made.run()
    assert statuses(made) == {"superseded": 2}
    made.write()
    assert made.pipeline().replay().tables == ()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
@pytest.mark.parametrize("key", [(), ("id",)])
def test_row_of_an_incremental_read_that_changed_in_place_is_not_doubled(
    tmp_path: Path, source: sqlite3.Connection, place: Place, key: tuple[str, ...]
) -> None:
    item = table("orders", COLUMNS, key=key, watermark="updated_at", loading=loading("append", *key))
    made = Project(tmp_path, config(item, destination=place.destination, pattern=place.pattern))
    misreading(made)
    orders(source, (1, 7, "old", DAY.format(1)), (2, 1, "a", DAY.format(1)))
    made.run()
    orders(source, (1, 8, "fixed", DAY.format(1)))
    made.run()
    assert statuses(made) == {"superseded": 1}
    made.write()
    made.pipeline().replay()
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["scd2", *slowly("append")])
def test_history_gets_the_missing_version_late_and_in_its_place(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    made = project(tmp_path, place, loading(strategy, "id"))
    misreading(made)
    orders(source, (1, 7, "first", DAY.format(1)), (2, 1, "a", DAY.format(1)))
    made.run()
    orders(source, (1, 8, "second", DAY.format(2)))
    made.run()
    assert statuses(made) == {"open": 1}
    made.write()
    made.pipeline().replay()
    versions = sorted(
        [("1", "7.00", "first", DAY.format(1)), ("1", "8.00", "second", DAY.format(2)), ("2", "1.00", "a", DAY.format(1))]
    )  # fmt: skip
    assert place.rows("orders", LISTED) == versions
    if strategy == "scd2":
        ends = {row[0]: row[1] for row in place.rows("orders", "note, valid_to")}
        assert ends == {"first": DAY.format(2), "second": None, "a": None}
    made.run(full_refresh=True)
    assert statuses(made) == {"replayed": 1}


@pytest.mark.slow
def test_row_that_stays_bad_is_waiting_once_in_its_newest_version(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    misreading(made)
    for day in (1, 2, 2, 3):
        orders(source, (1, 7, f"day {day}", DAY.format(day)), (2, day, "a", DAY.format(day)))
        made.run()
    assert statuses(made) == {"open": 1, "superseded": 2}
    made.write()
    made.pipeline().replay()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_run_that_is_stopped_closes_no_dead_letter(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    misreading(made)
    orders(source, (1, 7, "old", DAY.format(1)))
    made.run()
    orders(source, (1, 8, "fixed", DAY.format(2)))

    def dies(point: str, subject: str) -> None:
        if point == "mid_publish":
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        made.pipeline(dies).run()
    assert statuses(made) == {"open": 1}
    made.run()
    assert statuses(made) == {"superseded": 1}


def test_modelled_table_keeps_the_newer_row(tmp_path: Path, source: sqlite3.Connection, place: Place) -> None:
    item = table("orders", COLUMNS, key=["id"], watermark="updated_at")
    model: dict[str, Any] = {
        "name": "copy", "type": "sql", "output_table": "analytics.copy", "input_tables": ["staging.orders"],
        "sql_file": "sql/transformations/copy.sql", "loading": loading("overwrite"),
    }  # fmt: skip
    made = Project(
        tmp_path,
        config(item, destination=place.destination, pattern=place.pattern, transformations=[model]),
        {"copy": "SELECT id, amount, note, updated_at FROM staging.orders"},
    )
    misreading(made)
    orders(source, (1, 7, "old", DAY.format(1)), (2, 1, "a", DAY.format(1)))
    made.run()
    orders(source, (1, 8, "fixed", DAY.format(2)))
    made.run()
    assert statuses(made) == {"superseded": 1}
    made.write()
    assert made.pipeline().replay().tables == ()
    assert place.rows("copy", LISTED) == truth(source)


@pytest.mark.slow
def test_backfill_closes_the_letters_of_the_rows_it_loads(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = project(tmp_path, place, loading("upsert", "id"))
    misreading(made)
    orders(source, (1, 7, "old", DAY.format(1)), (2, 1, "a", DAY.format(3)))
    made.run()
    orders(source, (1, 8, "fixed", DAY.format(1)))
    made.run()
    assert statuses(made) == {"open": 1}
    made.pipeline().backfill("2024-01-01", "2024-01-03")
    assert statuses(made) == {"superseded": 1}
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.parametrize("strategy", ["upsert", *slowly("append", "scd2", "overwrite")])
def test_replayed_row_has_the_columns_that_were_taken_along(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str
) -> None:
    """A column that the contract does not know yet is in the dead letter, too, and of the type it was published in."""
    made = project(tmp_path, place, loading(strategy, "id"))
    misreading(made)
    orders(source, (1, 7, "before", DAY.format(1)), (2, 1, "a", DAY.format(1)))
    made.run()
    for name, kind in {"remark": "TEXT", "rank": "INTEGER", "share": "REAL"}.items():
        source.execute(f"ALTER TABLE orders ADD COLUMN {name} {kind}")
    rows = [
        (key, amount, "c", DAY.format(2), f"n{key}", key * 10, key + 0.5) for key, amount in ((3, 7), (4, 2))
    ]
    source.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    made.run()
    assert statuses(made)["open"] == 2
    made.write()
    made.pipeline().replay()
    assert statuses(made)["replayed"] == 2
    assert "open" not in statuses(made)
    assert place.rows("orders", "id, remark, rank, share") == [
        ("1", None, None, None), ("2", None, None, None), ("3", "n3", "30", "3.5"), ("4", "n4", "40", "4.5"),
    ]  # fmt: skip
