"""The help: every action with its keys and one line, filtered as one types."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from .keymap import Action, all_actions, bind, key_label, keymap_path
from .steps.base import STEPS
from .widgets.dialog import ListDialog

GROUPS = {info.id: info.title for info in STEPS} | {
    "app": "Anywhere",
    "wizard": "In the wizard",
    "welcome": "Welcome",
    "choice": "Choosing a value",
    "columns": "Choosing columns",
    "files": "Trees of files",
    "form": "Forms",
    "list": "Lists",
    "output": "Output of a transform",
    "starter": "New transform",
    "suggestions": "Suggestions",
    "table": "Tables",
}
HIDDEN = {"dialog", "confirm", "why", "help"}


class HelpScreen(ListDialog[None]):
    """Lists every key by the step it belongs to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("help.close", "escape,f1", "close", "Close", "Close the help", show=True),
        bind("help.down", "down", "move(1)", "Down", "Move down the list"),
        bind("help.up", "up", "move(-1)", "Up", "Move up the list"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._actions = sorted(all_actions(), key=_rank)

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        self.rows_around = ListDialog.rows_around + 1
        with Vertical(id="help-box", classes="dialog-box -tall") as box:
            box.border_title = "Help: every key"
            box.border_subtitle = Content(f"remap: {_short(keymap_path())} · esc close")
            yield Input(placeholder="type to filter, as “undo” or “source”", compact=True, id="help-filter")
            yield OptionList(id="help-list", compact=True, markup=False)

    def on_mount(self) -> None:
        """Start in the filter."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        self.fill()

    def fill(self) -> None:
        """List what the filter leaves, under headings."""
        words = self.query_one(Input).value.lower().split()
        options: list[Option] = []
        group = ""
        for action in self._actions:
            keys = self._keys(action)
            text = f"{action.label} {action.help} {GROUPS.get(action.group, action.group)} {keys}".lower()
            if action.group in HIDDEN or not all(word in text for word in words):
                continue
            if action.group != group:
                group = action.group
                heading = GROUPS.get(group, group.replace("_", " ").capitalize())
                options.append(Option(Content.styled(heading, "bold $text-primary"), disabled=True))
            options.append(Option(self._line(keys, action)))
        self.query_one(OptionList).set_options(options)

    def _line(self, keys: str, action: Action) -> Content:
        """Return keys, name and help in columns; a long help goes on under itself."""
        room = max(20, self.wrapped_for - 31)
        first, *rest = wrap(action.help, room) or [""]
        line = Content.assemble((f" {keys:<11} ", "$text-accent"), f"{action.label:<14} ", (first, "$quiet"))
        return Content("\n").join([line, *(Content.styled(" " * 28 + more, "$quiet") for more in rest)])

    def _keys(self, action: Action) -> str:
        keys = self.app._keymap.get(action.id, action.keys)
        return " ".join(key_label(key.strip()) for key in keys.split(","))


def _rank(action: Action) -> tuple[int, str]:
    order = ["wizard", *(info.id for info in STEPS), "welcome", "app"]
    return (order.index(action.group) if action.group in order else len(order), action.group)


def _short(path: Path) -> str:
    """Return a path with the home folder as ``~``."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
