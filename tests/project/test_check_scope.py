"""Which checks look at the table as it will be published: project and runtime must agree, or a check would find nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator import generate
from generator.checks.catalogue import CHECKS
from generator.design.models import PipelineDesign
from templates.src.quality.expectations import expectations, judged_when_loading
from templates.src.settings import load_settings

COLUMNS = [
    {"name": "id", "type": "bigint", "nullable": False},
    {"name": "name", "type": "text"},
    {"name": "updated_at", "type": "timestamp", "nullable": False},
]
CHECKED: dict[str, dict[str, Any]] = {
    "unique": {"column": "name"}, "freshness": {"column": "updated_at", "max_age_hours": 1},
    "row_count": {"min_rows": 1}, "volume_anomaly": {}, "reconciliation": {}, "schema": {},
    "referential_integrity": {"column": "id", "reference_table": "others", "reference_column": "id"},
    "null_rate": {"column": "name", "max_percent": 1}, "not_null": {"column": "name"},
}  # fmt: skip


def design(strategy: str, extraction: str, modelled: bool) -> PipelineDesign:
    """Return a design with every kind of check on a table before the transformation."""
    table = {"primary_key": ["id"], "schema": COLUMNS}
    checks = [{"check": kind, "table": "orders", **fields} for kind, fields in CHECKED.items()]
    transformation = {
        "name": "current", "input_tables": ["staging.orders"], "output_table": "analytics.current",
        "sql": "SELECT id FROM staging.orders", "loading": {"strategy": "overwrite"},
    }  # fmt: skip
    return PipelineDesign.model_validate(
        {
            "pipeline": {"name": "shop", "description": "Orders", "owner": "tests"},
            "sources": [
                {
                    "name": "shop", "type": "sqlite", "connection": {"path": "shop.db"},
                    "extraction": {"strategy": extraction, "watermark_column": "updated_at" if extraction != "full" else None},
                    "tables": [{"table": "orders", **table}, {"table": "others", **table}],
                }
            ],
            "destination": {
                "name": "warehouse", "type": "postgres", "schema": "analytics",
                "connection": {"host": "db", "database": "shop", "username": "loader", "password": "${PASSWORD}"},
                "loading": {"strategy": strategy, "key": ["id"]},
            },
            "transformations": [transformation] if modelled else [],
            "quality": {"pre_transform": [*checks, {"check": "unique", "name": "keys", "table": "orders", "column": "id"}]},
            "technology": {"orchestrator": "cron", "pattern": "batch_etl"},
        }
    )  # fmt: skip


@pytest.mark.parametrize("modelled", [False, True])
@pytest.mark.parametrize("extraction", ["incremental", "full"])
@pytest.mark.parametrize("strategy", ["append", "upsert", "merge", "scd2"])
def test_a_check_looks_where_its_stage_finds_its_table(
    strategy: str, extraction: str, modelled: bool, tmp_path: Path
) -> None:
    generate(design(strategy, extraction, modelled), tmp_path / "shop")
    settings = load_settings(tmp_path / "shop", {})
    for check in settings.quality.pre_transform:
        text = (tmp_path / "shop" / "sql" / "quality_checks" / f"{check.name}.sql").read_text()
        published = '"analytics"."orders"' in text
        assert judged_when_loading(settings, check) is published, check.name
    both = {item.name for stage in ("pre_transform", "loading") for item in expectations(settings, stage)}
    assert both == {check.name for check in settings.quality.pre_transform}


def test_what_judges_a_whole_table_is_known_to_the_runtime(tmp_path: Path) -> None:
    generate(design("append", "incremental", False), tmp_path / "shop")
    settings = load_settings(tmp_path / "shop", {})
    late = {check.check for check in settings.quality.pre_transform if judged_when_loading(settings, check)}
    assert late == {name for name, kind in CHECKS.items() if kind.whole_table} | {"referential_integrity"}


def test_rows_that_are_loaded_by_their_key_are_unique_when_they_arrive(tmp_path: Path) -> None:
    generate(design("upsert", "incremental", False), tmp_path / "shop")
    settings = load_settings(tmp_path / "shop", {})
    assert "keys" in {item.name for item in expectations(settings, "pre_transform_quality")}
