from pathlib import Path

import pytest

from generator.demo import demo_design
from generator.design.models import PipelineDesign, Source, Table
from generator.sql.design_tables import design_tables
from generator.sql.parse import check_sql
from tui.views.live_query import python_problems
from tui.views.starters import STARTERS, StarterTable, quote, start, starter_tables

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
