"""The finished design over the sample shop: every step filled in, runnable as it is."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from generator.design.models import (
    Check,
    Column,
    Destination,
    Extraction,
    Loading,
    PipelineDesign,
    PipelineInfo,
    Quality,
    Requirements,
    Source,
    Table,
    Transformation,
)

from .queries import CAVEATS, CUSTOMER_SEGMENTS, DAILY_REVENUE, DIM_CUSTOMER, PRODUCT_SALES, SCHEMAS

PII_KEY = "PII_TOKEN_KEY"
"""The environment variable that holds the key of tokenised columns."""


def shop_file(folder: Path | str) -> Path:
    """Return the path of the demo's source database."""
    return Path(folder) / "shop.sqlite"


def warehouse_file(folder: Path | str) -> Path:
    """Return the path of the demo's destination database."""
    return Path(folder) / "warehouse.duckdb"


def demo_environment(folder: Path | str) -> dict[str, str]:
    """Return every environment variable the demo's project needs, with a fresh key for tokenised columns."""
    place = Path(folder).resolve()
    return {
        "SHOP_PATH": str(shop_file(place)),
        "WAREHOUSE_PATH": str(warehouse_file(place)),
        PII_KEY: secrets.token_hex(32),
    }


def write_environment(folder: Path | str, project: Path | str) -> Path:
    """Write the project's ``.env`` (mode 0600) and return its path; values already there are kept.

    Keeping them matters for the key: another key would give every customer another token.
    """
    target = Path(project) / ".env"
    lines = target.read_text(encoding="utf-8").splitlines() if target.exists() else []
    present = {line.split("=", 1)[0].removeprefix("export ").strip() for line in lines if "=" in line}
    wanted = demo_environment(folder)
    lines += [f"{name}={_env_literal(value)}" for name, value in wanted.items() if name not in present]
    fresh = target.with_name(".env.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    fresh.replace(target)
    return target


def _env_literal(value: str) -> str:
    """Quote a value as dotenv and a shell both read it: plain where it can be, else in single quotes."""
    if value and all(c.isalnum() or c in "/._-+:@,%" for c in value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"


def demo_design(folder: Path | str) -> PipelineDesign:
    """Return the design of the demo whose files lie in ``folder``.

    It is the same for every folder: it reaches both databases through the variables of `demo_environment`.
    """
    return PipelineDesign(
        pipeline=PipelineInfo(
            name="shop_orders",
            description="Revenue, customers and product sales of the web shop",
            owner="data-engineering",
            tags=["shop", "demo"],
            schedule="0 6 * * *",
            timezone="UTC",
            max_runtime_minutes=30,
        ),
        sources=[
            Source(
                name="shop",
                type="sqlite",
                connection={"path": "${SHOP_PATH}"},
                extraction=Extraction(
                    strategy="incremental",
                    watermark_column="updated_at",
                    lookback_minutes=60,
                    batch_size=50_000,
                ),
                tables=_tables(),
            )
        ],
        destination=Destination(
            name="warehouse",
            type="duckdb",
            connection={"path": "${WAREHOUSE_PATH}"},
            dataset="analytics",
            loading=Loading(strategy="upsert"),
        ),
        transformations=_transformations(),
        quality=_quality(),
        requirements=Requirements(
            freshness_minutes=1500,
            expected_rows_per_day=500,
            expected_runtime_minutes=1,
            retention_days=730,
            compliance=["gdpr"],
        ),
    )


def _tables() -> list[Table]:
    def table(name: str, key: list[str], **more: object) -> Table:
        columns = [
            Column(
                name=column,
                type=kind,
                nullable=nullable,
                source_type=source,
                caveat=CAVEATS.get((name, column), ""),
            )
            for column, kind, nullable, source in SCHEMAS[name]
        ]
        return Table.model_validate({"table": name, "primary_key": key, "schema": columns, **more})

    return [
        table(
            "customers",
            ["customer_id"],
            pii={"full_name": "mask", "email": "tokenize", "phone": "drop", "birth_date": "drop"},
        ),
        table("products", ["product_id"], extraction=Extraction(strategy="full")),
        table("orders", ["order_id"]),
        table("order_items", ["order_id", "line_no"]),
    ]


def _transformations() -> list[Transformation]:
    return [
        Transformation(
            name="daily_revenue",
            description="Paid and shipped revenue per day and region; bookings below zero are left out",
            input_tables=["staging.orders", "staging.customers"],
            output_table="analytics.daily_revenue",
            sql=DAILY_REVENUE,
            loading=Loading(strategy="upsert", key=["day", "region"]),
        ),
        Transformation(
            name="dim_customer",
            description="Customers with their history: one row per customer and period of validity",
            input_tables=["staging.customers"],
            output_table="analytics.dim_customer",
            sql=DIM_CUSTOMER,
            loading=Loading(strategy="scd2", key=["customer_id"], version_column="updated_at"),
        ),
        Transformation(
            name="product_sales",
            description="Units and revenue per product, net of discounts, from paid and shipped orders",
            input_tables=["staging.products", "staging.order_items", "staging.orders"],
            output_table="analytics.product_sales",
            sql=PRODUCT_SALES,
            loading=Loading(strategy="overwrite", key=["product_id"]),
        ),
        Transformation(
            name="customer_segments",
            type="python",
            description="Each buying customer as lapsed, vip, loyal, new or regular",
            input_tables=["staging.orders"],
            output_table="analytics.customer_segments",
            code=CUSTOMER_SEGMENTS,
            loading=Loading(strategy="overwrite", key=["customer_id"]),
        ),
    ]


def _quality() -> Quality:
    statuses: list[str | int | float | bool | None] = ["paid", "pending", "shipped", "cancelled", "refunded"]
    segments: list[str | int | float | bool | None] = ["lapsed", "vip", "loyal", "new", "regular"]
    return Quality(
        pre_transform=[
            Check(check="not_null", table="orders", column="order_id", severity="critical"),
            Check(check="unique", table="orders", columns=["order_id"], severity="error"),
            Check(check="row_count", table="orders", min_rows=1, severity="critical"),
            Check(check="freshness", table="orders", column="updated_at", max_age_hours=48, severity="warn"),
            Check(
                check="accepted_values", table="orders", column="status", values=statuses, severity="error"
            ),
            Check(check="range", table="orders", column="amount", min=0, severity="warn"),
            Check(check="unique", table="order_items", columns=["order_id", "line_no"], severity="error"),
            Check(
                check="referential_integrity",
                table="order_items",
                column="order_id",
                reference_table="orders",
                reference_column="order_id",
                severity="warn",
            ),
            Check(check="null_rate", table="customers", column="region", max_percent=10, severity="warn"),
        ],
        post_transform=[
            Check(check="unique", table="daily_revenue", columns=["day", "region"], severity="error"),
            Check(check="range", table="daily_revenue", column="revenue", min=0, severity="error"),
            Check(check="not_null", table="dim_customer", column="customer_id", severity="critical"),
            Check(check="unique", table="product_sales", columns=["product_id"], severity="error"),
            Check(check="accepted_values", table="customer_segments", column="segment", values=segments),
        ],
        final=[
            Check(check="row_count", table="daily_revenue", min_rows=1, severity="error"),
            Check(
                check="volume_anomaly", table="daily_revenue", max_percent=50, min_history=5, severity="warn"
            ),
        ],
    )
