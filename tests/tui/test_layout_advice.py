"""Partitions and clusters on Destination: suggested from the tables that are published, taken by a key or a click."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from generator.connectors.catalog import Catalog, ProbedTable
from generator.connectors.registry import connector
from generator.design.models import Column, Destination, PipelineDesign, Source, Table, Transformation
from tui.state import Facts
from tui.steps.destination import DestinationStep
from tui.steps.destination_layout import CLUSTERS, PARTITION, advise_layout
from tui.steps.suggestions_dialog import SuggestionsDialog

from .conftest import new_app, ready, screen_text, until

COLUMNS = [
    Column(name="order_id", type="bigint", nullable=False),
    Column(name="order_date", type="date"),
    Column(name="amount", type="decimal(10,2)"),
]


def design(kind: str) -> PipelineDesign:
    """Return a copy of one table into a destination."""
    table = Table(table="orders", primary_key=["order_id"], columns_probed=COLUMNS)
    return PipelineDesign(
        sources=[Source(name="shop", type="postgres", tables=[table])],
        destination=Destination(name="lake", type=kind),
    )


def known(rows: int) -> dict[str, Facts]:
    """Return what a probe saw of it."""
    return {"shop": Facts(Catalog(connector="postgres", tables=(ProbedTable(name="orders", rows=rows),)))}


@pytest.mark.parametrize(("rows", "expected"), [(50_000_000, "order_date"), (15_000, None)])
def test_partitions_are_for_large_tables(rows: int, expected: str | None) -> None:
    advice = advise_layout(design("files"), connector("files").capabilities, known(rows))
    assert advice.partition == expected
    assert advice.open is (expected is not None)
    assert all(one.reason for one in advice.suggestions)


def test_where_there_are_no_partitions_the_reason_says_so() -> None:
    advice = advise_layout(design("duckdb"), connector("duckdb").capabilities, known(50_000_000))
    assert not advice.open
    assert [one.part for one in advice.suggestions] == [PARTITION, CLUSTERS]
    assert "no partitions" in advice.suggestions[0].reason


def test_the_output_of_a_query_is_what_is_published() -> None:
    modelled = design("files")
    modelled.transformations = [
        Transformation(
            name="daily",
            type="sql",
            sql="SELECT order_date AS day, SUM(amount) AS revenue FROM staging.orders GROUP BY order_date",
        )
    ]
    capabilities = connector("files").capabilities
    assert advise_layout(modelled, capabilities, known(50_000_000)).partition == "day"
    small = advise_layout(modelled, capabilities, known(15_000))
    assert small.partition is None
    assert "at most 15,000 rows" in small.suggestions[0].reason


@pytest.mark.parametrize("by", ["key", "mouse"])
async def test_a_layout_is_suggested_explained_and_taken(by: str) -> None:
    app = new_app(design("files"))
    async with app.run_test(size=(100, 34)) as pilot:
        await until(pilot, lambda: ready(app))
        assert app.wizard is not None
        app.wizard.state.facts.update(known(50_000_000))
        await app.wizard.show_step("destination")
        step = app.wizard.query_one(DestinationStep)
        await until(pilot, lambda: "✦ partition by order_date" in screen_text(app))
        if by == "key":
            await pilot.press("w")
        else:
            await pilot.click("#layout-advice")
        await until(
            pilot, lambda: isinstance(app.screen, SuggestionsDialog) and "a day is" in screen_text(app)
        )
        if by == "key":
            await pilot.press("escape", "a")
        else:
            listing = app.screen.query_one(OptionList)
            await pilot.click(offset=(listing.region.x + 4, listing.region.y))
        assert step.design.destination.loading.partition_field == "order_date"
        if by == "mouse":
            await pilot.press("escape")
        await until(pilot, lambda: "✦ partition" not in screen_text(app))
        await pilot.press("u")
        assert step.design.destination.loading.partition_field is None
