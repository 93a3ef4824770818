"""One line of names of which one is chosen: the smallest tabs there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ViewSwitch(Widget):
    """Names in a row; a click or `next` chooses one. The one chosen is bold and in brackets of its own."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = "ViewSwitch { height: 1; width: auto; pointer: pointer; }"

    view: reactive[str] = reactive("")
    views: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=True)

    class Chosen(Message):
        """Another view was chosen."""

        def __init__(self, switch: ViewSwitch, view: str) -> None:
            super().__init__()
            self.switch = switch
            self.view = view

        @property
        def control(self) -> ViewSwitch:
            """The switch."""
            return self.switch

    def __init__(self, views: Sequence[tuple[str, str]], *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.set_reactive(ViewSwitch.views, tuple(views))
        self.set_reactive(ViewSwitch.view, views[0][0])

    def render(self) -> RenderResult:
        """Return the names, the chosen one marked."""
        parts = [
            Content.styled(f"▸{title} ", "bold $text-accent")
            if view == self.view
            else Content.styled(f" {title} ", "$quiet")
            for view, title in self.views
        ]
        return Content(" ").join(parts)

    def get_content_width(self, container: object, viewport: object) -> int:
        """Return the width of all names."""
        return sum(len(title) + 3 for _, title in self.views) - 1

    def choose(self, view: str) -> None:
        """Show a view."""
        if view != self.view:
            self.view = view
            self.post_message(self.Chosen(self, view))

    def next(self) -> None:
        """Show the next view, after the last the first."""
        names = [view for view, _ in self.views]
        self.choose(names[(names.index(self.view) + 1) % len(names)])

    def on_click(self, event: events.Click) -> None:
        """Show the view that was clicked."""
        event.stop()
        position = 0
        for view, title in self.views:
            position += len(title) + 3
            if event.x < position:
                self.choose(view)
                return
