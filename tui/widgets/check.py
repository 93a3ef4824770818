"""A yes or no in one line whose two states differ by glyph, not by colour."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.keymap import bind


class Check(Widget, can_focus=True):
    """``[✓] label`` or ``[ ] label``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("form.toggle", "space,enter", "switch", "Switch", "Switch the box on or off", show=True)
    ]
    value: reactive[bool] = reactive(False)

    class Changed(Message):
        """The person switched it."""

        def __init__(self, check: Check, value: bool) -> None:
            super().__init__()
            self.check = check
            self.value = value

        @property
        def control(self) -> Check:
            """The box that was switched."""
            return self.check

    def __init__(
        self, label: str = "", value: bool = False, *, name: str | None = None, classes: str = ""
    ) -> None:
        super().__init__(id=name, classes=classes)
        self.label = label
        self.set_reactive(Check.value, value)

    def render(self) -> RenderResult:
        """Return the box and its label."""
        box = Content.styled("[✓]", "bold $text-success") if self.value else Content.styled("[ ]", "$quiet")
        return Content.assemble(box, f" {self.label}" if self.label else "")

    def get_content_width(self, container: object, viewport: object) -> int:
        """Return the width of box and label."""
        return 3 + (len(self.label) + 1 if self.label else 0)

    def action_switch(self) -> None:
        """Switch it."""
        self.value = not self.value
        self.post_message(self.Changed(self, self.value))

    def on_click(self, event: events.Click) -> None:
        """Switch it."""
        event.stop()
        self.action_switch()
