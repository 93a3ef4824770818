"""The loader publishes every table by its strategy: again without doubling anything, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fixtures.home import Home

from shop_orders.loaders.base_loader import LoadRequest, LoadResult
from shop_orders.loaders.warehouse_loader import WarehouseLoader
from shop_orders.settings import Settings, load_settings
from shop_orders.utils.retry import PipelineError

STAGED_AS = "{}__incoming"


def requests(settings: Settings, run_id: str) -> list[LoadRequest]:
    """Return the requests to publish what is staged, as one run makes them."""
    types = {
        table.staging_name: {column.name: column.type for column in table.landed_columns}
        for table in settings.tables
    }
    return [
        LoadRequest(name, STAGED_AS.format(name), loading, run_id, datetime.now(UTC), types.get(name, {}))
        for name, loading in settings.published()
    ]


def load(settings: Settings, request: LoadRequest) -> LoadResult | None:
    """Load as a run of its own; None where the load before has made the staged table itself the published one."""
    with WarehouseLoader(settings) as loader:
        try:
            loader.staging.query(
                f"SELECT 1 FROM {loader.staging.relation(loader.staging_schema, request.staged)} LIMIT 1"
            )
        except PipelineError:
            return None
        with loader.transaction():
            return loader.load(request)


def test_loading_again_doubles_nothing(staged: Home) -> None:
    settings = load_settings(staged.folder, staged.environment)
    for request in requests(settings, "once"):
        first, second = load(settings, request), load(settings, request)
        assert first is not None
        assert first.records_rejected == 0
        if second is not None:
            assert second.records_rejected == 0
            assert second.table_rows == first.table_rows, request.table


def test_a_load_that_fails_leaves_nothing_behind(home: Home) -> None:
    home.run("stage", "extraction", "--run-id", "broken")
    settings = load_settings(home.folder, home.environment)
    with (
        WarehouseLoader(settings) as loader,
        pytest.raises(RuntimeError, match="power cut"),
        loader.transaction(),
    ):
        for request in requests(settings, "broken"):
            loader.load(request)
        raise RuntimeError("power cut")
    assert all(home.published(name) == [] for name, _ in settings.published())
