"""Asks which check to add, and on which table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.views import check_rows as view
from tui.widgets.choice import ChoiceDialog, Item

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

Done = Callable[[view.StageName, str, str], None]
"""Told stage, type and table."""


def ask_for_check(
    app: App[Any], design: PipelineDesign, stage: view.StageName, table: str | None, done: Done
) -> None:
    """Show the types that may stand at a stage, then its tables; nothing happens when either is closed.

    Args:
        app: Shows the dialogs.
        design: Whose tables are offered.
        stage: Where the check will stand.
        table: The table to start on.
        done: Told the answers.
    """
    from generator.checks.catalogue import CHECKS

    when = view.STAGE_TITLES[stage].lower()
    kinds = [
        Item(entry.id, entry.title, entry.help, "" if stage in entry.stages else f"not {when}")
        for entry in CHECKS.values()
    ]

    def kind_chosen(kind: str | None) -> None:
        if kind is None:
            return
        tables = view.tables_at(design, stage)
        if len(tables) <= 1:
            done(stage, kind, next(iter(tables), ""))
            return
        items = [Item(name, name, f"{len(names)} columns" if names else "") for name, names in tables.items()]
        app.push_screen(
            ChoiceDialog("Which table?", items, table or ""), lambda name: table_chosen(kind, name)
        )

    def table_chosen(kind: str, name: str | None) -> None:
        if name is not None:
            done(stage, kind, name)

    app.push_screen(ChoiceDialog(f"Add a check: {when}", kinds, ""), kind_chosen)
