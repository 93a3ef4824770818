"""`pipewizard validate`: the problems of a design."""

from __future__ import annotations

import argparse

from .design_file import read_design
from .output import FAILED, OK, Output, describe_problem


def run(options: argparse.Namespace, output: Output) -> int:
    """Print the problems; 1 when one of them is an error."""
    from generator.project.review import problems

    found = problems(read_design(options.design))
    errors = sum(problem.severity == "error" for problem in found)
    output.json(
        {"design": options.design, "valid": not errors, "problems": [describe_problem(p) for p in found]}
    )
    for problem in found:
        output.result(f"{'error' if problem.severity == 'error' else 'warning'}  {problem}")
    warnings = len(found) - errors
    if not found:
        output.result(f"{options.design}: no problems")
    elif not output.as_json:
        output.note(f"{options.design}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return FAILED if errors else OK


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
