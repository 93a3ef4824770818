"""A DuckDB in memory, and settings made in Python, for what stands around the core of a generated pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.settings import Settings
from templates.src.utils.config_file import parse

CHECKED = '"staging"."orders"'


def config(**changes: Any) -> dict[str, Any]:
    """Return a resolved configuration of two tables, with changes at its top level."""
    customers = {
        "table": "customers",
        "primary_key": ["customer_id"],
        "columns": ["customer_id", "email", "city"],
        "extraction": {"strategy": "full"},
        "pii": {"email": "tokenize"},
        "schema": [
            {"name": "customer_id", "type": "bigint"},
            {"name": "email", "type": "text"},
            {"name": "city", "type": "text"},
        ],
    }
    orders = {
        "table": "orders",
        "primary_key": ["order_id"],
        "columns": ["order_id", "customer_id", "amount", "ordered_at"],
        "extraction": {"strategy": "incremental", "watermark_column": "ordered_at"},
        "loading": {"strategy": "upsert", "key": ["order_id"], "partition_field": "ordered_at"},
        "schema": [
            {"name": "order_id", "type": "bigint"},
            {"name": "customer_id", "type": "bigint"},
            {"name": "amount", "type": "decimal(12,2)"},
            {"name": "ordered_at", "type": "timestamptz"},
        ],
    }
    return {
        "version": 1,
        "pipeline": {"name": "shop"},
        "sources": [
            {"name": "shop", "type": "sqlite", "connection": {"path": "${SHOP_PATH}"}, "tables": [customers, orders]}
        ],
        "destination": {
            "name": "warehouse", "type": "duckdb", "connection": {"path": "${WAREHOUSE_PATH}"},
            "loading": {"strategy": "upsert", "key": []},
        },
        **changes,
    }  # fmt: skip


def settings(home: Path, environment: dict[str, str] | None = None, **changes: Any) -> Settings:
    """Return settings with their home in a folder."""
    return parse(config(**changes), home, environment or {})


def engine() -> DuckDBEngine:
    """Return a DuckDB with the pipeline's schemas."""
    made = DuckDBEngine(duckdb.connect())
    for schema in ("staging", "analytics", "_shop"):
        made.create_schema(schema)
    return made


def with_checks(home: Path, checks: list[dict[str, Any]], files: dict[str, str], **changes: Any) -> Settings:
    """Return settings with checks before transformation, their SQL files written."""
    folder = home / "sql" / "quality_checks"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return settings(
        home, quality={"pre_transform": checks, "thresholds": {"min_row_count_ratio": 0.9}}, **changes
    )
