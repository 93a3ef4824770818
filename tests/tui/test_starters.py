from pathlib import Path

import pytest

from generator.demo import demo_design
from generator.design.models import PipelineDesign, Source, Table
from generator.sql.design_tables import design_tables
from generator.sql.parse import check_sql
from tui.views.live_query import python_problems
from tui.views.starter_tables import StarterTable, linked_pair, quote, starter_tables
from tui.views.starters import STARTERS, start

FOREIGN_KEYS = {
    "orders": [(("customer_id",), "customers", ("customer_id",))],
    "order_items": [(("order_id",), "orders", ("order_id",)), (("product_id",), "products", ("product_id",))],
}


@pytest.fixture
def design() -> PipelineDesign:
    return demo_design(Path("/nowhere"))


@pytest.mark.parametrize("starter", [starter.id for starter in STARTERS])
def test_every_starter_gives_a_transform_that_holds_together(design: PipelineDesign, starter: str) -> None:
    tables = starter_tables(design, FOREIGN_KEYS)
    picked = tables if starter == "join" else [table for table in tables if table.name == "orders"]
    transform = start(design, starter, picked)
    if transform.type == "python":
        assert python_problems(transform.code or "") == ()
    else:
        errors = [p for p in check_sql(transform.sql or "", design_tables(design)) if p.severity == "error"]
        assert errors == []


def test_a_join_follows_the_foreign_keys_from_the_most_detailed_table(design: PipelineDesign) -> None:
    sql = start(design, "join", starter_tables(design, FOREIGN_KEYS)).sql or ""
    assert "FROM staging.order_items" in sql
    assert sql.count("LEFT JOIN") == 3
    assert "CROSS JOIN" not in sql


def test_an_scd2_dimension_keeps_history_by_key_and_version(design: PipelineDesign) -> None:
    customers = next(table for table in starter_tables(design) if table.name == "customers")
    loading = start(design, "scd2", [customers]).loading
    assert loading is not None
    assert (loading.strategy, loading.key, loading.version_column) == ("scd2", ["customer_id"], "updated_at")


def test_personal_data_that_is_dropped_never_enters_a_starter(design: PipelineDesign) -> None:
    customers = next(table for table in starter_tables(design) if table.name == "customers")
    assert "phone" not in (start(design, "blank", [customers]).sql or "")


@pytest.mark.parametrize("name", ["order", "Two Words", 'a"b', "x; DROP TABLE y", "[/x]", "ünï"])
def test_hostile_names_are_quoted(name: str) -> None:
    table = Table.model_validate(
        {"table": name, "primary_key": [name], "schema": [{"name": name, "type": "text"}]}
    )
    design = PipelineDesign(sources=[Source(name="s", type="sqlite", tables=[table])])
    transform = start(design, "blank", starter_tables(design))
    errors = [p for p in check_sql(transform.sql or "", design_tables(design)) if p.severity == "error"]
    assert errors == []


def test_plain_names_stay_bare() -> None:
    assert quote("order_id") == "order_id"
    assert quote("select") == '"select"'


def test_a_design_without_tables_still_starts() -> None:
    assert start(PipelineDesign(), "blank", []).sql
    assert start(PipelineDesign(), "python", [StarterTable("t", ())]).code


def test_a_staging_schema_of_another_name_is_written_everywhere(design: PipelineDesign) -> None:
    design.destination.staging_schema = "Raw Zone"
    tables = starter_tables(design, FOREIGN_KEYS)
    for starter in STARTERS:
        transform = start(design, starter.id, tables if starter.id == "join" else tables[:1])
        assert all(name.startswith("Raw Zone.") for name in transform.input_tables)
        if transform.sql:
            problems = check_sql(transform.sql, design_tables(design))
            assert [problem for problem in problems if problem.severity == "error"] == []


def test_the_pair_to_join_is_found_among_thousands_of_tables() -> None:
    tables = [StarterTable(f"t{number}", (("id", "bigint"),)) for number in range(5_000)]
    tables.append(StarterTable("child", (("id", "bigint"),), links=((("id",), "t7", ("id",)),)))
    assert linked_pair(tables, [5_000]) == [5_000, 7]
    assert linked_pair(tables, [9]) == [9, 0]
