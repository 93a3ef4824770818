"""Small designs for the tests of generation."""

from __future__ import annotations

from typing import Any

from generator.design.models import PipelineDesign

ORDERS_SCHEMA = [
    {"name": "order_id", "type": "bigint", "nullable": False, "source_type": "bigint"},
    {"name": "customer_id", "type": "bigint", "nullable": True, "source_type": "bigint"},
    {"name": "status", "type": "text", "nullable": False, "source_type": "text"},
    {"name": "amount", "type": "decimal(10,2)", "nullable": True, "source_type": "numeric(10,2)"},
    {
        "name": "updated_at",
        "type": "timestamp",
        "nullable": False,
        "source_type": "timestamp without time zone",
    },
]
CUSTOMERS_SCHEMA = [
    {"name": "customer_id", "type": "bigint", "nullable": False, "source_type": "bigint"},
    {"name": "email", "type": "text", "nullable": True, "source_type": "text"},
    {"name": "region", "type": "text", "nullable": True, "source_type": "text"},
]
REVENUE_SQL = """\
SELECT c.region, COUNT(*) AS orders, SUM(o.amount) AS revenue
FROM staging.orders AS o JOIN staging.customers AS c ON c.customer_id = o.customer_id
WHERE o.status = 'paid'
GROUP BY c.region
"""


def orders_table(**more: Any) -> dict[str, Any]:
    """Return the table orders, incremental by updated_at unless told otherwise."""
    return {"table": "orders", "primary_key": ["order_id"], "schema": ORDERS_SCHEMA, **more}


def customers_table(**more: Any) -> dict[str, Any]:
    """Return the table customers, full unless told otherwise."""
    return {
        "table": "customers",
        "primary_key": ["customer_id"],
        "schema": CUSTOMERS_SCHEMA,
        "extraction": {"strategy": "full"},
        **more,
    }


def connection(kind: str, prefix: str) -> dict[str, Any]:
    """Return a connection of references to environment variables."""
    if kind == "postgres":
        names = ("host", "database", "username", "password")
        return {name: f"${{{prefix}_{name.upper()}}}" for name in names} | {"port": 5432}
    return {"path": f"${{{prefix}_PATH}}"}


def design(
    source: str = "sqlite",
    destination: str = "duckdb",
    *,
    name: str = "shop_orders",
    modelled: bool = True,
    **more: Any,
) -> PipelineDesign:
    """Return a complete design over two tables; ``more`` replaces top-level parts of it."""
    document: dict[str, Any] = {
        "pipeline": {"name": name, "description": "Revenue per region", "owner": "data-engineering"},
        "sources": [
            {
                "name": "shop",
                "type": source,
                "connection": connection(source, "SHOP"),
                "extraction": {"strategy": "incremental", "watermark_column": "updated_at"},
                "tables": [orders_table(), customers_table()],
            }
        ],
        "destination": {
            "name": "warehouse",
            "type": destination,
            "connection": connection(destination, "WAREHOUSE"),
            "loading": {"strategy": "upsert" if destination != "files" else "overwrite"},
        },
        "transformations": [],
        "quality": {"pre_transform": [{"check": "not_null", "table": "orders", "column": "order_id"}]},
        "technology": {"orchestrator": "airflow"},
    }
    if modelled:
        document["transformations"] = [
            {
                "name": "revenue",
                "description": "Paid revenue per region",
                "output_table": "analytics.revenue",
                "sql": REVENUE_SQL,
                "loading": {"strategy": "overwrite", "key": ["region"]},
            }
        ]
    document.update(more)
    return PipelineDesign.model_validate(document)
