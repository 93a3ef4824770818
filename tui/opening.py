"""From a draft, a file or the demo to an open wizard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from generator.errors import UserError

from .steps.base import STEPS

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.drafts import Draft

    from .app import PipewizardApp

_TITLES = {info.id: info.title for info in STEPS}


@dataclass(frozen=True)
class DraftLine:
    """A draft as the welcome screen lists it."""

    name: str
    title: str
    step: str
    saved_at: datetime
    problems: int
    unreadable: str = ""

    def cells(self, now: datetime) -> list[Content]:
        """Return the row: pipeline, step, age, problems."""
        if self.unreadable:
            return [Content(self.title), Content("✗ unreadable"), Content(age(self.saved_at, now)), Content(self.unreadable)]
        left = Content.styled(f"! {self.problems} left", "$text-error") if self.problems else Content.styled("✓ none", "$text-success")
        return [
            Content.styled(self.title, "bold"),
            Content(_TITLES.get(self.step, self.step)),
            Content(age(self.saved_at, now)),
            left,
        ]


def age(then: datetime, now: datetime) -> str:
    """Return how long ago, in one short word: ``now``, ``5 min``, ``3 h``, ``2 days``."""
    seconds = (now.astimezone() - then.astimezone()).total_seconds()
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    days = int(seconds // 86400)
    return f"{days} day{'s' if days > 1 else ''} ago"
