"""Suggestions in a line or two: ``✦ what``, their reasons one key away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from .dialogs import WhyDialog
from .still import put

MOST_LINES = 3
"""Lines an advice line may take; what does not fit is counted."""


@dataclass(frozen=True)
class Suggestion:
    """What is suggested, why, and what comes nearest; ``taken`` once the design says so."""

    what: str
    reason: str
    alternative: str = ""
    alternative_reason: str = ""
    taken: bool = False
    part: str = ""
    """What of the design it is about, for whoever takes it."""
    chosen: str = ""
    """What the person chose instead."""
    group: str = ""
    """Suggestions of one group are told together, as ``4 columns of personal data``: this is what they are."""

    def paragraphs(self) -> list[tuple[str, str]]:
        """Return heading and text of each part of the explanation."""
        chosen = f"   (you chose {self.chosen})" if self.chosen else ""
        parts = [(f"✦ {self.what}{chosen}", self.reason)]
        if self.alternative:
            parts.append(
                (
                    f"nearest alternative: {self.alternative}",
                    self.alternative_reason or "the next best choice",
                )
            )
        return parts


@dataclass(frozen=True)
class Note:
    """Something to know, told in short and in full."""

    short: str
    heading: str
    text: str
    about: str = ""
    """The column it is about."""


class AdviceLine(Static):
    """Shows notes and the suggestions not taken yet side by side; a click asks for all of them in full."""

    class Clicked(Message):
        """The person wants to know more."""

    def __init__(self, name: str | None = None, *, keys: str = "w why", lines: int = MOST_LINES) -> None:
        super().__init__("", id=name, markup=False, classes="advice-line")
        self._keys = keys
        self._lines = lines
        self._height = 0
        self.suggestions: tuple[Suggestion, ...] = ()
        self.notes: tuple[Note, ...] = ()
        self.subject = ""

    def show(self, suggestions: Sequence[Suggestion], subject: str = "", notes: Sequence[Note] = ()) -> None:
        """Show these; nothing when there are none."""
        self.suggestions, self.notes, self.subject = tuple(suggestions), tuple(notes), subject
        self._draw()

    def on_resize(self) -> None:
        """Lay the suggestions out anew."""
        self._draw()

    def _draw(self) -> None:
        suggested = [Content.styled(f"✦ {what}", "$text-accent") for what in _open(self.suggestions)]
        if not suggested and self.suggestions and not self.notes:
            grows, self._height = self._height != 1, 1
            put(self, Content.styled("✓ all suggestions taken   w why", "$quiet"), resize=grows)
            return
        parts = [Content.styled(f"▵ {short}", "$text-warning") for short in _shorts(self.notes)] + suggested
        keys = self._keys if any(not one.taken for one in self.suggestions) else "w why"
        if parts:
            parts.append(Content.styled(keys, "$quiet"))
        lines = in_lines(parts, self.size.width or 80, self._lines)
        grows, self._height = len(lines) != self._height, len(lines)
        put(self, Content("\n").join(lines), resize=grows)

    def explain(self) -> None:
        """Say why."""
        paragraphs = [(f"▵ {note.heading}", note.text) for note in self.notes]
        paragraphs += [part for suggestion in self.suggestions for part in suggestion.paragraphs()]
        if paragraphs:
            self.app.push_screen(WhyDialog(self.subject or "Why", paragraphs))

    def on_click(self, event: events.Click) -> None:
        """Ask for the reasons."""
        event.stop()
        self.post_message(self.Clicked())


def _open(suggestions: Sequence[Suggestion]) -> list[str]:
    """Return what is suggested and not taken; those of one group as one."""
    told: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        if not one.taken:
            told.setdefault(one.group or one.what, []).append(one)
    return [
        f"{len(members)} {group}" if members[0].group and len(members) > 1 else members[0].what
        for group, members in told.items()
    ]


def _shorts(notes: Sequence[Note]) -> list[str]:
    return list(dict.fromkeys(note.short for note in notes))


def in_lines(parts: Sequence[Content], width: int, most: int = MOST_LINES) -> list[Content]:
    """Return the parts side by side in as few lines as hold them, none broken across two.

    Args:
        parts: The last one is the least important: it is left out where it would need a line of its own.
        width: Cells of a line.
        most: Lines at most; what does not fit is counted.
    """
    lines: list[Content] = []
    for index, part in enumerate(parts):
        room = width - (9 if len(lines) == most and index < len(parts) - 2 else 0)
        piece = part.truncate(max(8, width), ellipsis=True)
        joined = Content.assemble(lines[-1], "  ", piece) if lines else piece
        last = index == len(parts) - 1
        if not lines or joined.cell_length <= room:
            lines[-1:] = [joined]
        elif len(lines) < most and not (last and index):
            lines.append(piece)
        elif not last:
            more = Content.styled(f"  +{len(parts) - 1 - index} more", "$text-accent")
            lines[-1] = Content.assemble(lines[-1].truncate(max(8, width - 9), ellipsis=True), more)
            break
    return lines
