"""Staging types rows and takes personal data out; every transformation computes its table from what is staged."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.home import Home

from shop_orders.engines.types import ddl, from_duckdb
from shop_orders.loaders.warehouse_loader import WarehouseLoader
from shop_orders.settings import load_settings
from shop_orders.transformers.base_transformer import BaseTransformer
from shop_orders.transformers.customer_segments_transformer import CustomerSegmentsTransformer
from shop_orders.transformers.daily_revenue_transformer import DailyRevenueTransformer
from shop_orders.transformers.dim_customer_transformer import DimCustomerTransformer
from shop_orders.transformers.product_sales_transformer import ProductSalesTransformer

TRANSFORMERS: dict[str, type[BaseTransformer]] = {
    "daily_revenue": DailyRevenueTransformer,
    "dim_customer": DimCustomerTransformer,
    "product_sales": ProductSalesTransformer,
    "customer_segments": CustomerSegmentsTransformer,
}
STAGED_AS = "{}"


def test_staged_columns_are_those_of_the_contract(staged: Home) -> None:
    settings = load_settings(staged.folder, staged.environment)
    with WarehouseLoader(settings) as loader:
        for table in settings.tables:
            found = loader.staging.columns(
                settings.destination.staging_schema, STAGED_AS.format(table.staging_name)
            )
            assert {name for name, _ in found} >= {column.name for column in table.landed_columns}
            dropped = {column.name for column in table.columns if column.pii == "drop"}
            assert not dropped & {name for name, _ in found}


def test_every_table_has_a_staging_query(staged: Home) -> None:
    settings = load_settings(staged.folder, staged.environment)
    queries = list((Path(staged.folder) / "sql" / "staging").glob("*_staging.sql"))
    assert len(queries) == len(settings.tables)


def test_types_survive_being_spelled_for_the_engine(staged: Home) -> None:
    settings = load_settings(staged.folder, staged.environment)
    for table in settings.tables:
        for column in table.landed_columns:
            spelled = ddl(column.type, "duckdb")
            assert ddl(from_duckdb(spelled), "duckdb") == spelled


@pytest.mark.parametrize("name", list(TRANSFORMERS))
def test_a_transformation_gives_the_same_table_every_time(staged: Home, name: str) -> None:
    settings = load_settings(staged.folder, staged.environment)
    transformation = next(item for item in settings.transformations if item.name == name)
    with WarehouseLoader(settings) as loader:
        transformer = TRANSFORMERS[name](settings, transformation, loader.staging, loader.work)
        first, second = transformer.transform(), transformer.transform()
        assert transformer.validate_output(second) == []
    assert first.output_record_count == second.output_record_count
    assert first.lineage["output_fields"] == second.lineage["output_fields"]
