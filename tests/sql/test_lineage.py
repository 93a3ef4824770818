"""Column lineage and output types, compared with what one reads in the query."""

from __future__ import annotations

from generator.demo import demo_design
from generator.sql.design_tables import design_tables, ordered
from generator.sql.lineage import column_lineage


def test_every_output_column_leads_to_its_sources() -> None:
    design = demo_design("demo")
    sql = design.transformations[0].sql or ""
    found = {item.column: item for item in column_lineage(sql, design_tables(design))}
    assert {name: item.sources for name, item in found.items()} == {
        "day": (("staging.orders", "ordered_at"),),
        "region": (("staging.customers", "region"),),
        "orders": (),
        "customers": (("staging.orders", "customer_id"),),
        "revenue": (("staging.orders", "amount"),),
    }
    assert found["revenue"].type == "decimal(18,2)"
    assert found["day"].type == "date"


def test_bare_names_stars_and_odd_spellings() -> None:
    tables = {"staging.t": {"Odd Name": "text", "b": "bigint"}}
    found = column_lineage('SELECT * , b + 1 AS "More B" FROM t', tables)
    assert [(item.column, item.sources) for item in found] == [
        ("Odd Name", (("staging.t", "Odd Name"),)),
        ("b", (("staging.t", "b"),)),
        ("More B", (("staging.t", "b"),)),
    ]


def test_a_query_that_does_not_parse_has_no_lineage() -> None:
    assert column_lineage("SELECT FROM", {}) == []


def test_transformations_come_after_those_they_read() -> None:
    design = demo_design("demo")
    first, second = design.transformations[0], design.transformations[1]
    first.sql = "SELECT * FROM analytics.dim_customer"
    assert [item.name for item in ordered([first, second], design)] == [second.name, first.name]
    second.sql = "SELECT * FROM analytics.daily_revenue"
    assert [item.name for item in ordered([first, second], design)] == [first.name, second.name]


def test_outputs_of_transformations_have_the_engines_columns() -> None:
    tables = design_tables(demo_design("demo"))
    assert tables["analytics.product_sales"]["units"] == "bigint"
    assert tables["analytics.customer_segments"] == {}
    assert "phone" not in tables["staging.customers"]
    assert tables["staging.customers"]["full_name"] == "text"
