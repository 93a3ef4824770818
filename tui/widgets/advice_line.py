"""A suggestion in one line: ``✦ what``, its reason one key away."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widgets import Static

from .dialogs import WhyDialog


@dataclass(frozen=True)
class Suggestion:
    """What is suggested, why, and what comes nearest; ``taken`` once the design says so."""

    what: str
    reason: str
    alternative: str = ""
    alternative_reason: str = ""
    taken: bool = False

    def paragraphs(self) -> list[tuple[str, str]]:
        """Return heading and text of each part of the explanation."""
        parts = [(f"✦ {self.what}", self.reason)]
        if self.alternative:
            parts.append(
                (
                    f"nearest alternative: {self.alternative}",
                    self.alternative_reason or "the next best choice",
                )
            )
        return parts


class AdviceLine(Static):
    """Shows the suggestions not taken yet side by side; a click explains all of them."""

    def __init__(self, name: str | None = None, *, keys: str = "w why") -> None:
        super().__init__("", id=name, markup=False, classes="advice-line")
        self._keys = keys
        self.suggestions: tuple[Suggestion, ...] = ()
        self.subject = ""

    def show(self, suggestions: list[Suggestion], subject: str = "") -> None:
        """Show these; nothing when there are none."""
        self.suggestions = tuple(suggestions)
        self.subject = subject
        parts = [Content.styled(f"✦ {one.what}", "$text-accent") for one in suggestions if not one.taken]
        if parts:
            self.update(Content.assemble(Content(" · ").join(parts), (f"   {self._keys}", "$quiet")))
        elif suggestions:
            self.update(Content.styled("✓ all suggestions taken   w why", "$quiet"))
        else:
            self.update("")

    def explain(self) -> None:
        """Say why."""
        if self.suggestions:
            paragraphs = [part for suggestion in self.suggestions for part in suggestion.paragraphs()]
            self.app.push_screen(WhyDialog(self.subject or "Why", paragraphs))

    def on_click(self, event: events.Click) -> None:
        """Say why."""
        event.stop()
        self.explain()
