"""What commands print: results on standard output, everything else on standard error, JSON for machines."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from generator.errors import UserError

if TYPE_CHECKING:
    from generator.design.problem import Problem

OK, FAILED, USAGE = 0, 1, 2
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class UsageError(UserError):
    """A command line that asks for what cannot be: exit code 2."""


class ProblemsError(UserError):
    """A design that cannot be generated: carries all its problems."""

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        errors = sum(problem.severity == "error" for problem in problems)
        said = f"the design has {errors} problem{'s' if errors > 1 else ''} to put right first"
        super().__init__(said, where=where)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Output:
    """Where a command prints.

    Attributes:
        as_json: Print one JSON document on standard output, and nothing else there.
    """

    as_json: bool = False

    def result(self, text: str) -> None:
        """Print a line of the result; not with JSON."""
        if not self.as_json:
            _print(text, sys.stdout)

    def note(self, text: str) -> None:
        """Print a line that is not the result."""
        _print(text, sys.stderr)

    def json(self, data: Any) -> None:
        """Print the result as JSON, if that was asked for."""
        if self.as_json:
            _print(json.dumps(data, indent=2, ensure_ascii=False, default=str), sys.stdout)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table as part of the result; not with JSON."""
        if self.as_json:
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(width=None if sys.stdout.isatty() else 160)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for heading in headings:
            table.add_column(Text(heading), overflow="fold")
        for row in rows:
            table.add_row(*[Text(printable(cell)) for cell in row])
        with console.capture() as captured:
            console.print(table)
        for line in captured.get().strip("\n").splitlines():
            sys.stdout.write(line.rstrip() + "\n")

    def problems(self, found: Sequence[Problem]) -> None:
        """Print problems, one a line, on standard error."""
        for problem in found:
            _print(f"  {'✗' if problem.severity == 'error' else '!'} {problem}", sys.stderr)

    def error(self, error: UserError) -> None:
        """Print an error: one sentence and its details, or JSON."""
        if self.as_json:
            self.json({"error": describe(error)})
            return
        sentences = getattr(error, "sentences", None)
        for sentence in sentences() if sentences else [str(error)]:
            _print(f"pipewizard: {sentence}", sys.stderr)
        if isinstance(error, ProblemsError):
            self.problems(error.problems)


def describe(error: UserError) -> dict[str, Any]:
    """Return an error as JSON data: kind, message, where, fix, and faults or problems where there are any."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()
    data: dict[str, Any] = {
        "kind": getattr(error, "kind", kind),
        "message": error.what,
        "where": error.where,
        "fix": error.fix,
    }
    if faults := getattr(error, "faults", None):
        keys = ("line", "column", "key", "message", "fix")
        data["faults"] = [{key: getattr(fault, key) for key in keys} for fault in faults]
    if isinstance(error, ProblemsError):
        data["problems"] = [describe_problem(problem) for problem in error.problems]
    return data


def describe_problem(problem: Problem) -> dict[str, str]:
    """Return a problem as JSON data."""
    return {
        "path": problem.path,
        "severity": problem.severity,
        "message": problem.message,
        "fix": problem.fix,
        "step": problem.step,
    }


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: control characters are shown, not sent."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def usage(what: str, fix: str = "") -> NoReturn:
    """Raise a `UsageError`."""
    raise UsageError(what, fix=fix)


def _print(text: str, stream: TextIO) -> None:
    stream.write(printable(text) + "\n")
