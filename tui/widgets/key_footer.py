"""The last line: at most six keys, those that matter now, all of them visible and clickable."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui.keymap import key_label

LIMIT = 6


class KeyFooter(Widget):
    """Shows the keys of whatever has the focus, nearest first; ``first`` and ``last`` always have a place.

    Textual's own footer silently drops what does not fit. This one leaves out whole keys, the least near first.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    can_focus = False

    keys: reactive[tuple[tuple[str, str, str], ...]] = reactive(())
    """Key to press, key as written, label."""
    hovered: reactive[int] = reactive(-1)

    def __init__(self, first: tuple[str, ...] = (), last: tuple[str, ...] = ()) -> None:
        super().__init__(id="key-footer")
        self._first = first
        self._last = last

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._collect()

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self._collect()

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self._collect()

    def _collect(self) -> None:
        found: dict[str, Binding] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            pinned = binding.id in self._first or binding.id in self._last
            if self._is_typed(binding.key):
                continue
            if active.enabled and (binding.show or pinned) and binding.description:
                found.setdefault(binding.id or binding.action, binding)
        first = [found.pop(name) for name in self._first if name in found]
        last = [found.pop(name) for name in self._last if name in found]
        middle = list(found.values())[: max(0, LIMIT - len(first) - len(last))]
        while middle and self._width([*first, *middle, *last]) > self.size.width:
            middle.pop()
        self.keys = tuple(
            (binding.key, key_label(binding.key), binding.description) for binding in [*first, *middle, *last]
        )

    def _is_typed(self, key: str) -> bool:
        """Tell whether a key is text where the focus is (Textual itself does not know that of ``plus``)."""
        label = key_label(key)
        return len(label) == 1 and label.isascii() and isinstance(self.screen.focused, Input | TextArea)

    @staticmethod
    def _width(bindings: list[Binding]) -> int:
        return sum(len(key_label(item.key)) + len(item.description) + 4 for item in bindings)

    def _spans(self) -> list[tuple[int, int]]:
        spans, position = [], 0
        for _key, written, label in self.keys:
            width = len(written) + len(label) + 4
            spans.append((position, position + width))
            position += width
        return spans

    def render(self) -> RenderResult:
        """Return the keys in one line."""
        parts: list[Content] = []
        for index, (_key, written, label) in enumerate(self.keys):
            style = "on $block-hover-background" if index == self.hovered else ""
            parts.append(
                Content.assemble(
                    (f" {written}", "bold $text-accent"), (f" {label}  ", "$quiet")
                ).stylize_before(style)
                if style
                else Content.assemble((f" {written}", "bold $text-accent"), (f" {label}  ", "$quiet"))
            )
        return Content("").join(parts)

    def _at(self, x: int) -> int:
        return next((index for index, (start, end) in enumerate(self._spans()) if start <= x < end), -1)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light up what a click would press."""
        self.hovered = self._at(event.x)

    def on_leave(self) -> None:
        """Nothing is under the mouse."""
        self.hovered = -1

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        index = self._at(event.x)
        if index >= 0:
            self.app.simulate_key(self.keys[index][0])
