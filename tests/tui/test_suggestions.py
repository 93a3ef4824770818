"""Suggestions and caveats on Sources: each with its reason one key away, taken one by one, never over a choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.demo import shop_file
from generator.design.models import Extraction, PipelineDesign, Source, Table
from tui.app import PipewizardApp
from tui.steps import sources_probes
from tui.steps.sources import SourcesStep
from tui.steps.suggestions import advise
from tui.steps.suggestions_dialog import SuggestionsDialog
from tui.widgets.advice_line import in_lines
from tui.widgets.connection_tester import ConnectionTester

from .conftest import new_app, ready, screen_text, until

INFINITE = "infinity and years after 294246 are carried as NULL and counted"
ACCOUNTS = ProbedTable(
    namespace="public",
    name="accounts",
    columns=(
        ProbedColumn(name="id", type="bigint", nullable=False, source_type="bigint"),
        ProbedColumn(name="email", type="text", source_type="text"),
        ProbedColumn(name="updated_at", type="timestamptz", source_type="timestamptz", caveat=INFINITE),
        ProbedColumn(name="modified_on", type="date", source_type="date", caveat="infinity is carried as NULL"),
    ),
    primary_key=("id",),
    rows=50_000,
    warnings=("No index helps the cursor.",),
)  # fmt: skip


def step_of(app: PipewizardApp) -> SourcesStep:
    """Return the Sources step."""
    assert app.wizard is not None
    return app.wizard.query_one(SourcesStep)


def table_of(app: PipewizardApp) -> Table:
    """Return the first picked table."""
    return step_of(app).design.sources[0].tables[0]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> PipelineDesign:
    """A design over a server whose catalogue is known; nothing is picked yet."""

    async def known(*_: Any) -> Catalog:
        return Catalog(connector="postgres", system="PostgreSQL 16", tables=(ACCOUNTS,))

    monkeypatch.setattr(sources_probes, "probe", known)
    monkeypatch.setenv("CRM_PASSWORD", "x")
    connection = {"host": "db", "database": "crm", "username": "reader", "password": "${CRM_PASSWORD}"}
    return PipelineDesign(sources=[Source(name="crm", type="postgres", connection=dict(connection))])


async def looked(pilot: Pilot[None], app: PipewizardApp) -> None:
    """Wait for the first look."""
    await until(
        pilot, lambda: ready(app) and app.wizard and app.wizard.query(ConnectionTester).first().phase == "ok"
    )


async def test_what_cannot_be_carried_is_marked_at_its_column_and_told_in_full(
    server: PipelineDesign,
) -> None:
    app = new_app(server)
    async with app.run_test(size=(80, 24)) as pilot:
        await looked(pilot, app)
        assert "▵ 2 columns not exact" in screen_text(app)
        await pilot.press("t", "enter", "home", "down", "down")
        assert "timestamptz ▵" in screen_text(app)
        assert "▵ infinity and years after 294246" in screen_text(app)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, SuggestionsDialog) and ready(app))
        await until(pilot, lambda: "updated_at  timestamptz" in screen_text(app))
        told = " ".join(screen_text(app).replace("│", " ").split())
        assert INFINITE in told
        await pilot.press("escape")
        await pilot.press("t", "space")
        assert [column.caveat for column in table_of(app).columns_probed][2] == INFINITE


async def test_suggestions_are_taken_one_by_one_by_keys(server: PipelineDesign) -> None:
    app = new_app(server)
    async with app.run_test(size=(80, 24)) as pilot:
        await looked(pilot, app)
        await pilot.press("t", "space", "w")
        await until(pilot, lambda: isinstance(app.screen, SuggestionsDialog) and "✦" in screen_text(app))
        assert "nearest alternative: full copy each run" in screen_text(app)
        await pilot.press("enter")
        assert table_of(app).extraction == Extraction(strategy="incremental", watermark_column="updated_at")
        assert table_of(app).pii == {}
        assert "incremental by updated_at   taken" in screen_text(app)
        await pilot.press("a")
        assert table_of(app).pii == {"email": "tokenize"}
        await pilot.press("escape", "u")
        assert table_of(app).pii == {}
        await pilot.press("u")
        assert table_of(app).extraction is None


async def test_suggestions_are_taken_by_mouse_and_pick_their_table(server: PipelineDesign) -> None:
    app = new_app(server)
    async with app.run_test(size=(100, 30)) as pilot:
        await looked(pilot, app)
        await pilot.click("#table-advice")
        await until(
            pilot, lambda: isinstance(app.screen, SuggestionsDialog) and "✦ key id" in screen_text(app)
        )
        listing = app.screen.query_one(OptionList)
        row = next(y for y, line in enumerate(screen_text(app).splitlines()) if "✦ key id" in line)
        await pilot.click(offset=(listing.region.x + 4, row))
        assert table_of(app).primary_key == ["id"]


async def test_a_choice_wins_over_advice_and_survives_a_new_look(server: PipelineDesign) -> None:
    chosen = Table(
        namespace="public",
        table="accounts",
        primary_key=["email"],
        extraction=Extraction(strategy="full"),
        pii={"email": "drop"},
    )
    server.sources[0].tables = [chosen]
    app = new_app(server)
    async with app.run_test(size=(80, 24)) as pilot:
        await looked(pilot, app)
        await pilot.press("t", "w")
        await until(
            pilot, lambda: isinstance(app.screen, SuggestionsDialog) and "you chose" in screen_text(app)
        )
        assert "you chose full copy each run" in screen_text(app)
        await pilot.press("escape", "A", "ctrl+t")
        await looked(pilot, app)
        now = table_of(app)
        assert (now.primary_key, now.pii) == (["email"], {"email": "drop"})
        assert now.extraction == Extraction(strategy="full")
        assert len(now.columns_probed) == 4


def test_every_kind_of_advice_has_a_reason_and_where_there_is_one_an_alternative() -> None:
    source = Source(name="crm", type="postgres")
    advice = advise(PipelineDesign(sources=[source]), source, None, ACCOUNTS, None, None)
    by_part = {one.part: one for one in advice.suggestions}
    assert set(by_part) == {"key", "extraction", "loading", "personal.email"}
    assert all(one.reason for one in advice.suggestions)
    cursor = next(one for one in advice.suggestions if one.what == "cursor updated_at")
    assert cursor.alternative == "modified_on"
    assert by_part["personal.email"].alternative == "drop"
    assert next(note.text for note in advice.notes) == "No index helps the cursor."


def test_a_choice_for_a_table_without_a_namespace_counts_in_its_advice() -> None:
    table = Table(table="accounts", primary_key=["email"], extraction=Extraction(strategy="full"))
    source = Source(name="crm", type="postgres", tables=[table])
    advice = advise(PipelineDesign(sources=[source]), source, table, ACCOUNTS, None, None)
    assert advice.advice is not None
    assert advice.advice.loading is not None
    assert advice.advice.loading.choice == "overwrite", "a full copy replaces the last one"


async def test_the_settings_of_a_table_have_a_view_of_their_own(shop_folder: Path) -> None:
    source = Source(name="shop", type="sqlite", connection={"path": str(shop_file(shop_folder))})
    app = new_app(PipelineDesign(sources=[source]))
    async with app.run_test(size=(80, 24)) as pilot:
        await looked(pilot, app)
        await pilot.press("t", "space", "e", "right", "right")
        await until(pilot, lambda: "Type conflict" in screen_text(app))
        assert table_of(app).extraction == Extraction(strategy="incremental")
        assert step_of(app).focus_path("sources[0].tables[0].extraction.watermark_column")
        assert step_of(app).focus_path("sources[0].tables[0].primary_key")
        assert step_of(app).view_name == "table"


@pytest.mark.parametrize("width", [20, 36, 52, 100])
def test_suggestions_never_break_across_lines(width: int) -> None:
    from textual.content import Content

    parts = [Content(f"✦ suggestion {number}") for number in range(9)] + [Content("w why")]
    lines = in_lines(parts, width)
    assert len(lines) <= 3
    assert all(line.cell_length <= width for line in lines)
    assert all("suggestion" not in line.plain or "✦" in line.plain for line in lines)
