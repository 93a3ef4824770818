"""A PostgreSQL shop copied as the advice would have it: first run, unchanged, changed; equal to the source each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end import shop_postgres
from tests.end_to_end.designing import designed
from tests.end_to_end.truth import DuckDBTarget, PostgresTarget, Target, assert_equals_source
from tests.generated import GeneratedProject, make
from tests.servers.postgres import PostgresDatabase, PostgresServer

pytestmark = pytest.mark.slow
ROUTES = [
    ("duckdb", "batch_elt"),
    ("duckdb", "batch_etl"),
    ("postgres", "batch_elt"),
    ("postgres", "batch_etl"),
]
VISITS = "SELECT * FROM mart.visits ORDER BY ALL"
ROWS = {"customers": 2000, "orders": 20_000, 'Order "Lines"; odd': 20_000, "visits": 3100}


def target_of(kind: str, folder: Path, server: PostgresServer) -> Target:
    """Return a fresh destination."""
    return (
        PostgresTarget(server.create_database())
        if kind == "postgres"
        else DuckDBTarget(folder / "warehouse.duckdb")
    )


def snapshot(project: GeneratedProject) -> dict[str, object]:
    """Return how far each table has been published, as ``status --json`` tells."""
    return {name: (table["watermark"], table["rows"]) for name, table in project.status()["tables"].items()}


@pytest.mark.parametrize(("kind", "pattern"), ROUTES)
def test_a_replica_equals_its_source_after_every_run(
    kind: str,
    pattern: str,
    tmp_path: Path,
    postgres_database: PostgresDatabase,
    postgres_server: PostgresServer,
) -> None:
    shop_postgres.create(postgres_database.url)
    target = target_of(kind, tmp_path, postgres_server)
    design = designed("postgres", postgres_database.connection, target.design, pattern=pattern)
    design.quality.thresholds.min_row_count_ratio = 0.5
    project = make(design, tmp_path / "project")

    project.run("run")
    assert assert_equals_source(design, postgres_database.url, target) == ROWS
    published = snapshot(project)

    project.run("run")
    assert assert_equals_source(design, postgres_database.url, target) == ROWS
    assert snapshot(project) == published

    shop_postgres.change(postgres_database.url)
    project.run("run")
    changed = assert_equals_source(design, postgres_database.url, target)
    assert changed["orders"] == 21_000
    assert changed["visits"] < 3100


def test_a_table_that_lost_a_quarter_of_its_rows_is_not_published_by_default(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    shop_postgres.create(postgres_database.url)
    target = DuckDBTarget(tmp_path / "warehouse.duckdb")
    design = designed("postgres", postgres_database.connection, target.design)
    project = make(design, tmp_path / "project")
    project.run("run")
    before = assert_equals_source(design, postgres_database.url, target)
    visits = target.rows(VISITS)

    shop_postgres.change(postgres_database.url)
    stopped = project.run("run", check=3)

    assert "row_count_ratio_visits" in stopped.stderr
    assert target.rows(VISITS) == visits
    assert target.rows("SELECT count(*) FROM mart.orders") == [(before["orders"],)]
