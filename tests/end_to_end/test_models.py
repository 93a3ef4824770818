"""Two transformations over incremental extracts of a PostgreSQL shop: what they publish equals a query of the source."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import shop_postgres
from tests.end_to_end.designing import designed
from tests.end_to_end.test_replicas import ROUTES, snapshot, target_of
from tests.end_to_end.truth import Target, postgres_rows
from tests.generated import make
from tests.servers.postgres import PostgresDatabase, PostgresServer

pytestmark = pytest.mark.slow

REVENUE = """
SELECT CAST(o.ordered_at AS DATE) AS day, c.region, SUM(o.amount) AS revenue, COUNT(*) AS orders,
       COUNT(DISTINCT o.customer_id) AS customers, MIN(o.amount) AS smallest
FROM {0}.orders AS o JOIN {0}.customers AS c ON c.customer_id = o.customer_id
WHERE o.status = 'paid' GROUP BY CAST(o.ordered_at AS DATE), c.region
"""
LINES = """
SELECT o.channel{1} AS channel, COUNT(*) AS "line s", SUM(l."prix €") AS "total €", COUNT(l."select") AS named,
       MAX(l."line no") AS highest
FROM {0}."Order ""Lines""; odd" AS l JOIN {0}.orders AS o ON o.order_id = l.order_id
GROUP BY o.channel
"""
TRANSFORMATIONS: list[dict[str, Any]] = [
    {
        "name": "daily_revenue",
        "input_tables": ["staging.orders", "staging.customers"],
        "output_table": "mart.daily_revenue",
        "sql": REVENUE.format("staging"),
        "loading": {"strategy": "merge", "key": ["day", "region"]},
    },
    {
        "name": "channel_lines",
        "input_tables": ["staging.orders", 'staging.Order "Lines"; odd'],
        "output_table": "mart.channel_lines",
        "sql": LINES.format("staging", ""),
        "loading": {"strategy": "overwrite"},
    },
]


OUTPUTS = {
    "daily_revenue": (REVENUE.format("sales"), "day, region, revenue, orders, customers, smallest"),
    "channel_lines": (LINES.format("sales", "::text"), 'channel, "line s", "total €", named, highest'),
}


def assert_models_equal_source(url: str, target: Target) -> None:
    """Compare each output, whole and value by value, with its query run on the source itself."""
    for table, (query, columns) in OUTPUTS.items():
        expected, found = postgres_rows(url, query), target.rows(f"SELECT {columns} FROM mart.{table}")
        assert Counter(found) == Counter(expected), table
        assert len(found) > 2


@pytest.mark.parametrize(("kind", "pattern"), ROUTES)
def test_aggregates_over_incremental_extracts_equal_the_source(
    kind: str,
    pattern: str,
    tmp_path: Path,
    postgres_database: PostgresDatabase,
    postgres_server: PostgresServer,
) -> None:
    url = postgres_database.url
    shop_postgres.create(url)
    target = target_of(kind, tmp_path, postgres_server)
    design = designed(
        "postgres", postgres_database.connection, target.design, pattern=pattern, transformations=TRANSFORMATIONS,
        chosen=lambda table: table.name != "visits",
    )  # fmt: skip
    extractions = [table.extraction for table in design.sources[0].tables]
    assert [extraction and extraction.strategy for extraction in extractions] == ["incremental"] * 3
    project = make(design, tmp_path / "project")

    project.run("run")
    assert_models_equal_source(url, target)
    published = snapshot(project)

    project.run("run")
    assert_models_equal_source(url, target)
    assert snapshot(project) == published

    shop_postgres.change(url)
    project.run("run")
    assert_models_equal_source(url, target)
    moved = [run["extracted"] for run in project.status()["runs"]]
    assert moved[0] < 5000, "the changed run must not have read everything again"

    project.wipe_state()
    project.run("run")
    assert_models_equal_source(url, target)
