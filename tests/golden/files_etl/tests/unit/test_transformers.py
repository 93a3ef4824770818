"""Staging types rows and takes personal data out; every transformation computes its table from what is staged."""

from __future__ import annotations

from pathlib import Path

from fixtures.home import Home

from shop_orders.engines.types import ddl, from_duckdb
from shop_orders.loaders.warehouse_loader import WarehouseLoader
from shop_orders.settings import load_settings

STAGED_AS = "{}__incoming"


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
