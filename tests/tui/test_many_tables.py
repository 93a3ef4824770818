"""Thousands of tables: what is worked out apart from the screen is the same, and only what changed is new."""

from __future__ import annotations

from typing import Any

import pytest

from generator.advice.merge import merge_catalog
from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.design.models import Column, Destination, PipelineDesign, Source, Table
from tests.tui.conftest import new_app, screen_text, until
from tui.history import fork
from tui.steps.bulk import accepting, picking
from tui.steps.destination_columns import MOST, ColumnItems, column_items
from tui.steps.many_tables import MANY
from tui.steps.tables import change_table, pick, table_rows
from tui.views.rendering import GivenUpError, Rendering


def catalog(number: int) -> Catalog:
    columns = (ProbedColumn(name="id", type="bigint"), ProbedColumn(name="email", type="text"))
    named = [("sales", f"t{n}") for n in range(number)] + [("stock", "t0")]
    tables = [
        ProbedTable(namespace=namespace, name=name, columns=columns, primary_key=("id",))
        for namespace, name in named
    ]
    return Catalog(connector="postgres", tables=tuple(tables))


def design(*tables: Table) -> PipelineDesign:
    source = Source(name="big", type="postgres", tables=list(tables))
    return PipelineDesign(sources=[source], destination=Destination(type="duckdb"))


def test_tables_picked_together_are_those_picked_one_by_one() -> None:
    one_by_one, together = design(), design()
    for row in table_rows(one_by_one.sources[0], catalog(5)):
        pick(0, [row])(one_by_one)
    bulk = picking(together, 0, table_rows(together.sources[0], catalog(5)))
    assert bulk.change is not None
    bulk.change(together)
    assert together == one_by_one
    names = [table.staging_name for table in together.sources[0].tables]
    assert len(set(names)) == len(names) == 6


def test_a_table_whose_name_another_source_has_gets_a_name_of_its_own_in_staging() -> None:
    def two() -> PipelineDesign:
        found = design(Table(table="t0"))
        found.sources.append(Source(name="second", type="postgres"))
        return found

    one_by_one, together = two(), two()
    rows = [row for row in table_rows(one_by_one.sources[1], catalog(1)) if row.namespace == "sales"]
    pick(1, rows)(one_by_one)
    assert [table.staging_name for table in one_by_one.sources[1].tables] == ["sales_t0"]
    bulk = picking(together, 1, rows)
    assert bulk.change is not None
    bulk.change(together)
    assert together == one_by_one


def test_suggestions_accepted_together_leave_the_design_before_as_it_was() -> None:
    before = design()
    pick(0, table_rows(before.sources[0], catalog(5)))(before)
    kept = before.model_copy(deep=True)
    rows = table_rows(before.sources[0], catalog(5))
    bulk = accepting(before, 0, [(row, None, None) for row in rows])
    after = fork(before, "sources[0].tables[]")
    assert bulk.change is not None
    bulk.change(after)
    assert before == kept
    assert bulk.label == "accept suggestions for 6 tables"
    assert all(table.pii == {"email": "tokenize"} and table.loading for table in after.sources[0].tables)
    assert accepting(after, 0, [(row, None, None) for row in rows]).change is None


def test_a_probe_that_brings_nothing_new_leaves_every_table_itself() -> None:
    before = design()
    pick(0, table_rows(before.sources[0], catalog(3)))(before)
    change_table(0, 1, lambda table: setattr(table, "columns_probed", [Column(name="id", type="integer")]))(
        before
    )
    kept = before.model_copy(deep=True)
    merged = merge_catalog(before.sources[0], catalog(3)).source
    assert before == kept
    same = [table is old for table, old in zip(merged.tables, before.sources[0].tables, strict=True)]
    assert same == [True, False, True, True]


def test_columns_of_few_tables_are_counted_not_listed() -> None:
    tables = [
        Table(table=f"t{n}", columns_probed=[Column(name=name) for name in ("id", f"own_{n}")])
        for n in range(MOST + 9)
    ]
    items = column_items(tables, "")
    assert len(items) == MOST + 1
    assert "id" in [item.value for item in items]
    assert items[-1].label == "and 10 that fewer tables have"
    assert items[-1].blocked
    known = ColumnItems()
    assert known.of(tables, "") is known.of(list(tables), "")
    assert [item.value for item in known.of(tables[:1], "")] == ["id", "own_0"]


def test_a_rendering_ends_once_nobody_waits() -> None:
    class Screen:
        said: list[object]

        def call_later(self, *call: object) -> None:
            raise AssertionError("nothing takes long here")

    app: Any = Screen()
    rendering = Rendering(app, print)
    rendering.progress("rendering", 1, 2)
    rendering.give_up()
    with pytest.raises(GivenUpError):
        rendering.progress("rendering", 2, 2)


async def test_hundreds_of_tables_are_picked_and_advised_on_with_a_sign() -> None:
    found = catalog(MANY + 50)
    app = new_app(design())
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.wizard and app.wizard.state.problems_are_current)
        assert app.wizard is not None
        state = app.wizard.state
        state.facts_of("big").catalog = found
        state.facts_changed("big")
        await pilot.press("t", "asterisk")
        assert "picking 251 tables" in screen_text(app) or len(state.design.sources[0].tables) == 251
        await until(pilot, lambda: len(state.design.sources[0].tables) == 251)
        await pilot.press("A")
        await until(pilot, lambda: all(table.pii for table in state.design.sources[0].tables))
        await until(
            pilot, lambda: "…" not in str(app.wizard.current.query_one("#source-detail").border_title)
        )
        state.undo()
        assert not any(table.pii for table in state.design.sources[0].tables)
        state.undo()
        assert state.design.sources[0].tables == []
