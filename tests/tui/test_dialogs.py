"""Dialogs in a small terminal: nothing is cut off, one thing has the focus, and there is a way out."""

from __future__ import annotations

import pytest
from textual.widgets import Button, Static

from generator.project.files.variables import Variable
from tui.steps.write_variables import VariablesDialog
from tui.widgets.columns_choice import ColumnsDialog, SuggestedColumns

from .conftest import new_app, ready, screen_text, until

NAMES = ("CRM_PRODUCTION_REPLICA_HOST", "CRM_PRODUCTION_REPLICA_DATABASE", "CRM_PRODUCTION_REPLICA_PASSWORD")
LONG = "a_column_whose_name_has_more_letters_than_a_line_of_a_dialog_has_room_for"
COLUMNS = [
    (LONG, "text"),
    ("名前_フルネーム", "text"),
    *((f"measure_{n:02d}", "decimal(18,4)") for n in range(58)),
]


async def test_the_variables_dialog_shows_long_names_whole_and_marks_one_field() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        app.push_screen(VariablesDialog([Variable(name, "Part of crm") for name in NAMES]))
        await until(pilot, lambda: "not set" in screen_text(app) and ready(app))
        assert all(name in screen_text(app) for name in NAMES)
        labels = list(app.screen.query(".form-label").results(Static))
        for here in range(len(labels)):
            bold = [number for number, label in enumerate(labels) if label.styles.text_style.bold]
            assert bold == [here]
            await pilot.press("tab")
            await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (140, 45), (60, 18)], ids=["small", "large", "tiny"])
async def test_the_columns_dialog_keeps_its_buttons_and_one_line_for_each_column(
    size: tuple[int, int],
) -> None:
    app = new_app()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: ready(app))
        suggested = SuggestedColumns(("measure_02",), "declared as the key")
        app.push_screen(ColumnsDialog("Key", COLUMNS, (), suggested, single=False, what="columns"))
        await until(pilot, lambda: "declared as the key" in screen_text(app) and ready(app))
        box = app.screen.query_one(".dialog-box").region
        assert all(box.contains_region(button.region) for button in app.screen.query(Button))
        lines = screen_text(app).splitlines()
        start = next(number for number, line in enumerate(lines) if "[ ] a_column_whose" in line)
        assert "…" in lines[start]
        assert "名前" in lines[start + 1]
        assert "[ ] measure_00" in lines[start + 2]
        types = {
            line.index("text")
            for line in (lines[start], lines[start + 1].replace("名前_フルネーム", "x" * 15))
        }
        assert len(types) == 1, "the types stand under each other"
