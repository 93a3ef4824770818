"""Quality gates in a run: warn publishes, error publishes nothing, critical suspends until somebody has looked."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from templates.src.loaders import open_loader
from templates.src.stages import ORDER
from templates.src.utils.retry import QualityCheckError
from templates.src.utils.state import State
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, slowly, table
from tests.runtime.core.test_replicate import COLUMNS, LISTED, orders, truth


def checked(
    tmp_path: Path, place: Place, severity: str, stage: str = "pre_transform", query: str = ""
) -> Project:
    item = table("orders", COLUMNS, key=["id"], watermark="updated_at", loading=loading("upsert", "id"))
    check: dict[str, Any] = {
        "check": "custom_sql",
        "name": "no_negative",
        "table": "orders",
        "severity": severity,
    }
    quality = {"thresholds": {"min_row_count_ratio": 0}, stage: [check]}
    made = Project(
        tmp_path, config(item, destination=place.destination, pattern=place.pattern, quality=quality)
    )
    relation = "staging.orders__incoming" if stage == "pre_transform" else "analytics.orders"
    (tmp_path / "sql/quality_checks/no_negative.sql").write_text(
        query or "SELECT count(*), count(*) FILTER (WHERE amount < 0), CAST(NULL AS VARCHAR) FROM " + relation
    )
    return made


def recorded(made: Project) -> tuple[str, int, int]:
    """Return status, extracted and loaded of the last run on record."""
    with open_loader(made.settings) as loader:
        last = State(loader.engine, "_shop").runs(limit=1)[0]
        return last["status"], last["extracted"], last["loaded"]


@pytest.mark.parametrize("severity", ["warn", "error", *slowly("critical")])
def test_severities_have_different_outcomes(
    tmp_path: Path, source: sqlite3.Connection, place: Place, severity: str
) -> None:
    made = checked(tmp_path, place, severity)
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.run()
    before = place.rows("orders", LISTED)
    orders(source, (2, -5, "b", "2024-01-02 00:00:00"))
    if severity == "warn":
        made.run()
        assert place.rows("orders", LISTED) == truth(source)
        return
    with pytest.raises(QualityCheckError) as stopped:
        made.run()
    assert stopped.value.exit_code == 3
    assert place.rows("orders", LISTED) == before
    assert recorded(made) == ("blocked", 2, 0)
    orders(source, (2, 5, "b", "2024-01-02 00:00:00"))
    if severity == "critical":
        with pytest.raises(QualityCheckError, match="suspended"):
            made.run()
        with open_loader(made.settings) as loader, loader.transaction():
            assert State(loader.engine, "_shop").acknowledge("ada") == 1
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_a_crashed_check_blocks(tmp_path: Path, source: sqlite3.Connection, place: Place) -> None:
    made = checked(tmp_path, place, "warn", query="SELECT no_such_column FROM staging.orders__incoming")
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    with pytest.raises(QualityCheckError, match="crashed"):
        made.run()
    with open_loader(made.settings) as loader:
        assert not loader.published("orders")


def test_a_final_check_judges_what_is_published(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = checked(tmp_path, place, "error", stage="final")
    orders(source, (1, -1, "a", "2024-01-01 00:00:00"))
    with pytest.raises(QualityCheckError, match="published already") as stopped:
        made.run()
    assert stopped.value.exit_code == 3
    assert place.rows("orders", LISTED) == truth(source)
    assert recorded(made) == ("success", 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("extract", ["full", "incremental"])
def test_reconciliation_compares_with_the_source_itself(
    tmp_path: Path, source: sqlite3.Connection, place: Place, extract: str
) -> None:
    how = loading("upsert", "id")
    item = table("orders", COLUMNS, key=["id"], watermark="updated_at", extract=extract, loading=how)
    check = {
        "check": "reconciliation",
        "name": "same",
        "table": "orders",
        "columns": ["amount"],
        "severity": "error",
    }
    quality = {"thresholds": {"min_row_count_ratio": 0}, "final": [check]}
    made = Project(
        tmp_path, config(item, destination=place.destination, pattern=place.pattern, quality=quality)
    )
    (tmp_path / "sql/quality_checks/same.sql").write_text(
        "SELECT count(*), 0, CAST(count(*) AS VARCHAR) || ' ' || coalesce(CAST(sum(amount) AS VARCHAR), '0')"
        " FROM analytics.orders"
    )
    orders(source, *((i, i * 0.1, "a", f"2024-01-01 00:00:{i:02d}") for i in range(30)))
    made.run()
    orders(source, (40, 4.25, "b", "2024-01-02 00:00:00"))
    made.run()
    with open_loader(made.settings) as loader:
        loader.engine.execute(f"DELETE FROM {loader.engine.relation('analytics', 'orders')} WHERE id = 3")
    if extract == "incremental":
        with pytest.raises(QualityCheckError, match="rows: 30 here, 31 at the source"):
            made.run()
    else:
        made.run()
        assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.parametrize(("point", "loaded"), [("mid_publish", 0), ("after_commit", 2)])
def test_run_on_record_as_failed_loaded_what_it_committed(
    tmp_path: Path, source: sqlite3.Connection, place: Place, point: str, loaded: int
) -> None:
    made = checked(tmp_path, place, "error")
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"), (2, 1, "b", "2024-01-01 00:00:00"))

    def dies(at: str, subject: str) -> None:
        if at == point:
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        made.pipeline(dies).run()
    assert recorded(made) == ("success" if loaded else "failed", 2, loaded)
    made.run()
    assert place.rows("orders", LISTED) == truth(source)


@pytest.mark.slow
def test_final_stage_that_fails_in_a_process_of_its_own_leaves_the_balance_on_record(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = checked(tmp_path, place, "error", stage="final")
    orders(source, (1, -1, "a", "2024-01-01 00:00:00"))
    for stage in ORDER[:-1]:
        made.pipeline().stage(stage, "r1")
    with pytest.raises(QualityCheckError, match="published already"):
        made.pipeline().stage(ORDER[-1], "r1")
    assert recorded(made) == ("success", 1, 1)


@pytest.mark.slow
def test_tables_that_are_not_extracted_are_not_checked_before_publishing(
    tmp_path: Path, source: sqlite3.Connection, place: Place
) -> None:
    made = checked(tmp_path, place, "error")
    source.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, v INTEGER)")
    source.execute("INSERT INTO notes VALUES (1, 1)")
    item = table("notes", {"id": "bigint", "v": "bigint"}, key=["id"], loading=loading("upsert", "id"))
    made.config["sources"][0]["tables"].append(item)
    query = (tmp_path / "sql/quality_checks/no_negative.sql").read_text()
    made.write()
    (tmp_path / "sql/quality_checks/no_negative.sql").write_text(query)
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"))
    made.run()
    made.run(tables=["notes"])
    assert place.rows("notes", "id, v") == [("1", "1")]
