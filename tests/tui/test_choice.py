"""Dialogs with a list: filled once, at the width they have; a resize keeps the cursor where the person put it."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tui.help import HelpScreen
from tui.widgets.choice import ChoiceDialog, Item

from .conftest import new_app, ready, screen_text, until

HELP = "what it means, in a sentence that is longer than a line of a small dialog has room for"
ITEMS = [Item(f"value_{number}", f"Value {number}", HELP) for number in range(15)]


class Counting(ChoiceDialog):
    """Counts how often its list is filled."""

    filled = 0

    def fill(self) -> None:
        """List what there is to choose from."""
        self.filled += 1
        super().fill()


async def test_a_choice_fills_its_list_once_and_starts_on_the_value_in_force() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        dialog = Counting("Choose", ITEMS, "value_3")
        app.push_screen(dialog)
        await until(pilot, lambda: "Value 3" in screen_text(app) and ready(app))
        await pilot.pause(0.2)
        assert dialog.filled == 1
        assert dialog.query_one(OptionList).highlighted == 3


@pytest.mark.parametrize("size", [(60, 20), (140, 45)], ids=["smaller", "larger"])
async def test_a_resize_wraps_the_lines_anew_and_keeps_the_cursor(size: tuple[int, int]) -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        dialog = Counting("Choose", ITEMS, "value_3")
        app.push_screen(dialog)
        await until(pilot, lambda: "Value 3" in screen_text(app) and ready(app))
        await pilot.press("down", "down")
        listing = dialog.query_one(OptionList)
        assert listing.highlighted == 5
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: dialog.wrapped_for == listing.size.width)
        await pilot.pause(0.2)
        assert listing.highlighted == 5
        assert "Value 5" in screen_text(app)


async def test_the_help_keeps_its_place_when_the_terminal_is_resized() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and ready(app))
        await pilot.press(*["down"] * 30)
        listing = app.screen.query_one(OptionList)
        at = listing.highlighted
        assert at is not None
        assert at > 20
        await pilot.resize_terminal(120, 40)
        await pilot.pause(0.3)
        assert listing.highlighted == at


async def test_the_last_value_is_seen_whole_under_a_filter_in_a_small_terminal() -> None:
    items = [*ITEMS, Item("last", "The last", "it means: see me")]
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: ready(app))
        app.push_screen(ChoiceDialog("Choose", items, "value_3"))
        await until(pilot, lambda: "Value 3" in screen_text(app) and ready(app))
        for _ in range(5):
            await pilot.press("up")
        await until(pilot, lambda: "it means: see me" in screen_text(app))
