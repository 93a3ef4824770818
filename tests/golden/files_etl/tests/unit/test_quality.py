"""Every quality check can be carried out, and one that cannot is no pass."""

from __future__ import annotations

import pytest
from fixtures.home import Home

from shop_orders.loaders.warehouse_loader import WarehouseLoader
from shop_orders.quality.checks import CheckStatus, QualitySuiteResult
from shop_orders.quality.runner import run_suite
from shop_orders.settings import load_settings

STAGES = ["pre_transform"]


def suite(home: Home, stage: str) -> QualitySuiteResult:
    """Run the checks of a stage on what is staged."""
    settings = load_settings(home.folder, home.environment)
    with WarehouseLoader(settings) as loader:
        schema = settings.destination.staging_schema
        return run_suite(
            loader.staging, settings, stage, "test", lambda table: loader.staging.relation(schema, table)
        )


@pytest.mark.parametrize("stage", STAGES)
def test_every_check_can_be_carried_out(staged: Home, stage: str) -> None:
    result = suite(staged, stage)
    errored = [item.message for item in result.results if item.status is CheckStatus.ERRORED]
    assert errored == []


@pytest.mark.parametrize("stage", STAGES)
def test_sample_data_meet_the_checks_that_stop_a_run(staged: Home, stage: str) -> None:
    result = suite(staged, stage)
    assert not result.blocking, result.verdict()


def test_a_check_that_cannot_be_carried_out_blocks(home: Home) -> None:
    home.run("stage", "extraction", "--run-id", "blocked")
    table = home.tables[0].get("alias") or home.tables[0]["table"]
    check = {
        "check": "custom_sql",
        "name": "cannot_be",
        "table": table,
        "sql": "SELECT 1",
        "severity": "error",
    }
    home.config.setdefault("quality", {})["pre_transform"] = [check]
    home.save()
    (home.folder / "sql" / "quality_checks").mkdir(parents=True, exist_ok=True)
    (home.folder / "sql" / "quality_checks" / "cannot_be.sql").write_text(
        "SELECT nothing\n", encoding="utf-8"
    )
    assert suite(home, "pre_transform").blocking
