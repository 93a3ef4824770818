"""The problems of a step, inline under it: what is wrong, how to mend it, one key from its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

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


def field_error(problem: Problem) -> str:
    """Return a problem as a field shows it: message and fix in one line."""
    return f"{problem.message} → {problem.fix}" if problem.fix else problem.message


class ProblemList(OptionList):
    """Lists problems; Enter or a click goes to the field. Hidden while there are none to show."""

    class Chosen(Message):
        """The person wants to see the field of this problem."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, name: str = "problem-list") -> None:
        super().__init__(id=name, markup=False, compact=True)
        self.border_title = "Problems"
        self._problems: tuple[Problem, ...] = ()

    def show(self, problems: list[Problem], subject: Callable[[Problem], str] = lambda _problem: "") -> None:
        """Show these, errors first, each with what it is about; hide when there are none."""
        ordered = tuple(sorted(problems, key=lambda problem: problem.severity != "error"))
        if ordered != self._problems:
            self._problems = ordered
            self.clear_options()
            self.add_options([Option(problem_text(problem, subject(problem))) for problem in ordered])
        self.display = bool(ordered)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell which problem was chosen."""
        event.stop()
        self.post_message(self.Chosen(self._problems[event.option_index]))
