"""What is wrong with a design, in a form every door can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]
Step = Literal["sources", "destination", "transforms", "slas", "quality", "summary"]
STEPS: tuple[Step, ...] = ("sources", "destination", "transforms", "slas", "quality", "summary")

_STEP_OF_SECTION: dict[str, Step] = {
    "sources": "sources",
    "destination": "destination",
    "transformations": "transforms",
    "pipeline": "slas",
    "requirements": "slas",
    "technology": "slas",
    "monitoring": "slas",
    "quality": "quality",
}
_IDENTITY = {"pipeline.name", "pipeline.description", "pipeline.version", "pipeline.owner", "pipeline.tags"}


def step_of(path: str) -> Step:
    """Return the wizard's step in which a path is edited, as ``sources`` for ``sources[0].type``."""
    if path.partition("[")[0] in _IDENTITY:
        return "summary"
    section = path.partition(".")[0].partition("[")[0]
    return _STEP_OF_SECTION.get(section, "summary")


@dataclass(frozen=True)
class Problem:
    """One thing missing or contradictory in a design.

    Attributes:
        path: Where, as ``sources[0].tables[1].primary_key``; empty for the design as a whole.
        severity: An error stops generation; a warning does not.
        message: What is wrong, without a full stop.
        fix: What to do about it, in the imperative; may be empty.
    """

    path: str
    severity: Level
    message: str
    fix: str = ""

    @property
    def step(self) -> Step:
        """The wizard's step that edits the path."""
        return step_of(self.path)

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        remedy = f". {self.fix[0].upper()}{self.fix[1:]}" if self.fix else ""
        text = f"{place}{self.message}{remedy}"
        return text if text.endswith("?") else text.rstrip(".") + "."


def error(path: str, message: str, fix: str = "") -> Problem:
    """Return a problem that stops generation."""
    return Problem(path, "error", message, fix)


def warning(path: str, message: str, fix: str = "") -> Problem:
    """Return a problem that does not stop generation."""
    return Problem(path, "warning", message, fix)


def the_first(names: Sequence[str], most: int = 3) -> str:
    """Return the first of many names and how many more there are, so that a sentence stays short."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")
