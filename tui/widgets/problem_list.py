"""The problems of a step, inline under it: what is wrong, how to mend it, one key from its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from .filtered_list import Entry, FilteredList

if TYPE_CHECKING:
    from generator.design.problems import Problem

VISIBLE = 4


def problem_text(problem: Problem, subject: str = "") -> Content:
    """Return a problem as one paragraph: glyph, what it is about, message, fix."""
    error = problem.severity == "error"
    glyph = Content.styled("! " if error else "▵ ", "bold $text-error" if error else "bold $text-warning")
    fix = Content.styled(f"  → {problem.fix}", "$quiet") if problem.fix else Content("")
    about = Content.styled(f"{subject}: ", "bold") if subject else Content("")
    return Content.assemble(glyph, about, Content(problem.message), fix)


class ProblemList(FilteredList):
    """Lists problems, with a filter when there are many; Enter or a click goes to the field."""

    class Picked(Message):
        """The person wants to see the field of this problem."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, name: str = "problem-list") -> None:
        super().__init__(name=name, list_id=f"{name}-options", compact=True)
        self.border_title = "Problems"
        self._problems: tuple[Problem, ...] = ()

    def list_problems(
        self, problems: list[Problem], subject: Callable[[Problem], str] = lambda _problem: ""
    ) -> None:
        """Show these, errors first, each with what it is about; hide when there are none."""
        ordered = tuple(sorted(problems, key=lambda problem: problem.severity != "error"))
        if ordered != self._problems:
            self._problems = ordered
            contents = [problem_text(problem, subject(problem)) for problem in ordered]
            self.show([Entry(place, text, text.plain.lower()) for place, text in enumerate(contents)])
        self.display = bool(ordered)

    def on_filtered_list_chosen(self, event: FilteredList.Chosen) -> None:
        """Tell which problem was chosen."""
        event.stop()
        if isinstance(event.key, int):
            self.post_message(self.Picked(self._problems[event.key]))

    def on_filtered_list_highlighted(self, event: FilteredList.Highlighted) -> None:
        """Where the cursor is concerns nobody else."""
        event.stop()
