"""Keys, watermarks, extraction, loading, types, layout: one row per rule."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from generator.advice.extraction import advise_extraction, advise_watermark
from generator.advice.keys import advise_primary_key
from generator.advice.layout import advise_clusters, advise_partition
from generator.advice.loading import advise_loading, advise_output_key, advise_output_loading
from generator.advice.orchestrator import advise_orchestrator
from generator.advice.target_types import advise_target_type
from generator.connectors.base import Capabilities
from generator.connectors.catalog import ColumnProfile, ProbedColumn, ProbedTable, Profile, Sample
from generator.demo import demo_design
from generator.design.models import PipelineDesign
from generator.design.types import SIMPLE_TYPES


def table(
    name: str, *columns: tuple[str, str], rows: int | None = 50_000, key: tuple[str, ...] = ()
) -> ProbedTable:
    return ProbedTable(
        name=name, columns=tuple(ProbedColumn(name=c, type=t) for c, t in columns), rows=rows, primary_key=key
    )


def profile(rows: int, *, complete: bool = False, **columns: tuple[float, int]) -> Profile:
    return Profile(
        table="t",
        sampled_rows=rows,
        complete=complete,
        columns={
            name: ColumnProfile(null_rate=nulls, distinct=distinct)
            for name, (nulls, distinct) in columns.items()
        },
    )


@pytest.mark.parametrize(
    ("columns", "rows", "facts", "key"),
    [
        ([("id", "bigint"), ("x", "text")], 5000, {"id": (0, 5000), "x": (0, 9)}, ("id",)),
        (
            [("code", "text"), ("order_id", "bigint")],
            5000,
            {"code": (0, 5000), "order_id": (0, 5000)},
            ("order_id",),
        ),
        ([("id", "bigint")], 5000, {"id": (0.01, 4950)}, None),
        ([("id", "bigint")], 5000, {"id": (0, 4999)}, None),
        ([("id", "bigint")], 5, {"id": (0, 5)}, None),
        ([("created_at", "timestamp")], 5000, {"created_at": (0, 5000)}, None),
        ([("comment", "text")], 5000, {"comment": (0, 5000)}, None),
        ([("amount", "double")], 5000, {"amount": (0, 5000)}, None),
        ([("reading", "integer")], 100, {"reading": (0, 100)}, None),
        ([("sku", "text")], 100, {"sku": (0, 100)}, ("sku",)),
    ],
)
def test_a_key_is_only_taken_from_what_is_unique_and_looks_like_one(
    columns: list[tuple[str, str]],
    rows: int,
    facts: dict[str, tuple[float, int]],
    key: tuple[str, ...] | None,
) -> None:
    advice = advise_primary_key(table("orders", *columns), profile(rows, **facts))
    assert (advice.choice if advice else None) == key
    if advice:
        assert "sample of" in advice.reason
        assert "no proof" in advice.reason


def test_a_declared_key_is_taken_and_a_combination_is_found_in_rows() -> None:
    assert advise_primary_key(table("t", ("a", "text"), key=("a",))).rule == "key.declared"
    rows = tuple((str(order), str(line), "same") for order in range(15) for line in range(2))
    lines = table("lines", ("order_id", "bigint"), ("line_no", "bigint"), ("note", "text"))
    advice = advise_primary_key(lines, None, Sample(columns=("order_id", "line_no", "note"), rows=rows))
    assert advice is not None
    assert advice.choice == ("order_id", "line_no")


@pytest.mark.parametrize(
    ("name", "columns", "watermark"),
    [
        ("orders", [("created_at", "timestamp"), ("updated_at", "timestamp")], "updated_at"),
        ("orders", [("LastModifiedDate", "timestamptz")], "LastModifiedDate"),
        ("orders", [("modified", "date")], "modified"),
        ("orders", [("modified", "date"), ("changed_on", "timestamp")], "changed_on"),
        ("orders", [("row_version", "bigint")], "row_version"),
        ("orders", [("created_at", "timestamp")], None),
        ("page_events", [("created_at", "timestamp")], "created_at"),
        ("audit_log", [("id", "bigint")], "id"),
        ("orders", [("updated_at", "text")], None),
        ("orders", [("valid_until", "timestamp")], None),
    ],
)
def test_the_watermark_is_a_column_that_grows_with_every_change(
    name: str, columns: list[tuple[str, str]], watermark: str | None
) -> None:
    key = ("id",) if columns[0][0] == "id" else ()
    advice = advise_watermark(table(name, *columns, key=key))
    assert (advice.choice if advice else None) == watermark


@pytest.mark.parametrize(
    ("nulls", "distinct", "taken"), [(0.0, 900, True), (0.04, 900, True), (0.06, 900, False), (0.0, 1, False)]
)
def test_a_watermark_with_many_nulls_or_one_value_is_none(nulls: float, distinct: int, taken: bool) -> None:
    advice = advise_watermark(
        table("t", ("updated_at", "timestamp")), profile(1000, updated_at=(nulls, distinct))
    )
    assert (advice is not None) is taken


@pytest.mark.parametrize(
    ("rows", "columns", "choice", "rule"),
    [
        (50_000, [("updated_at", "timestamp")], "incremental", "extraction.incremental"),
        (None, [("updated_at", "timestamp")], "incremental", "extraction.incremental"),
        (1_000, [("updated_at", "timestamp")], "full", "extraction.small"),
        (50_000, [("x", "text")], "full", "extraction.no_watermark"),
    ],
)
def test_extraction(rows: int | None, columns: list[tuple[str, str]], choice: str, rule: str) -> None:
    advice = advise_extraction(table("t", *columns, rows=rows))
    assert (advice.choice, advice.rule) == (choice, rule)


def test_a_source_without_increments_is_copied_whole() -> None:
    advice = advise_extraction(table("t", ("updated_at", "timestamp")), offered=frozenset({"full"}))
    assert advice.choice == "full"


@pytest.mark.parametrize(
    ("extraction", "key", "append_only", "offered", "choice"),
    [
        ("full", ["id"], False, None, "overwrite"),
        ("full", [], False, None, "overwrite"),
        ("incremental", ["id"], False, None, "upsert"),
        ("incremental", [], False, None, "append"),
        ("incremental", ["id"], True, None, "append"),
        ("incremental", ["id"], False, {"append", "overwrite"}, "append"),
        ("full", ["id"], False, {"append"}, "append"),
    ],
)
def test_loading(
    extraction: str, key: list[str], append_only: bool, offered: set[str] | None, choice: str
) -> None:
    more = {"offered": frozenset(offered)} if offered else {}
    advice = advise_loading(extraction, key, append_only=append_only, **more)
    assert advice.choice == choice
    assert advice.reason


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("SELECT a AS day, r, sum(x) FROM t GROUP BY 1, 2", ("day", "r")),
        ("SELECT date_trunc('day', a) AS day, sum(x) AS s FROM t GROUP BY date_trunc('day', a)", ("day",)),
        ("SELECT t.a, sum(x) FROM t GROUP BY t.a", ("a",)),
        ("SELECT a, sum(x) AS s FROM t GROUP BY ALL", ("a",)),
        ("SELECT sum(x) FROM t GROUP BY a", None),
        ("SELECT a, sum(x) FROM t GROUP BY ROLLUP (a)", None),
        ("SELECT DISTINCT a, b FROM t", ("a", "b")),
        ("SELECT a FROM t", None),
        ("SELECT FROM", None),
    ],
)
def test_the_key_of_an_output_is_what_it_groups_by(sql: str, key: tuple[str, ...] | None) -> None:
    advice = advise_output_key(sql)
    assert (advice.choice if advice else None) == key


def test_outputs_are_upserted_by_key_overwritten_without_and_dimensions_keep_history() -> None:
    assert advise_output_loading(["a"], []).choice == "overwrite"
    assert advise_output_loading(["a"], ["a"]).choice == "upsert"
    assert advise_output_loading(["a", "updated_at"], ["a"], dimension=True).choice == "scd2"


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "kind", [*SIMPLE_TYPES, "decimal(10,2)", "decimal(50,2)", "decimal(5,-2)", "text[]", "decimal(9,9)[]"]
)
def test_target_types_are_ones_duckdb_knows_and_reasons_say_what_is_lost(
    database: duckdb.DuckDBPyConnection, kind: str
) -> None:
    spelled = advise_target_type(kind, "duckdb").choice
    database.execute(f"CREATE OR REPLACE TABLE t (c {spelled})")
    for destination in ("duckdb", "postgres", "files"):
        assert advise_target_type(kind, destination).reason


def test_decimals_never_become_inexact() -> None:
    assert advise_target_type("decimal", "duckdb").choice == "VARCHAR"
    assert advise_target_type("decimal", "postgres").choice == "numeric"
    assert advise_target_type("decimal(50,2)", "duckdb").choice == "VARCHAR"
    assert advise_target_type("decimal(50,2)", "postgres").choice == "numeric(50,2)"
    assert advise_target_type("decimal(50,2)", "files").choice == "STRING"


def test_partitions_only_where_there_are_some_and_rows_enough() -> None:
    parquet, database = Capabilities(partitions=True), Capabilities()
    columns = {"id": "bigint", "at_time": "timestamp", "day": "date"}
    assert advise_partition(columns, database).choice is None
    assert advise_partition(columns, parquet, rows=100).choice is None
    assert advise_partition(columns, parquet, rows=5_000_000).choice == "day"
    assert advise_partition({"at_time": "timestamp"}, parquet, rows=5_000_000).choice is None
    assert advise_clusters(columns, Capabilities(clusters=True), key=["id"]).choice == ("id",)
    assert advise_clusters(columns, database, key=["id"]).choice == ()


def test_orchestrator() -> None:
    assert advise_orchestrator(PipelineDesign()).choice == "cron"
    design = demo_design("demo")
    assert advise_orchestrator(design).choice == "cron"
    design.pipeline.depends_on = ["crm"]
    assert advise_orchestrator(design).choice == "airflow"
