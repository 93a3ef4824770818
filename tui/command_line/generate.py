"""`pipewizard generate`: write the project of a design."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .design_file import ready_design
from .output import OK, Output

if TYPE_CHECKING:
    from generator.project.compare import FileState

_MARKS = {"new": "+", "changed": "~", "unchanged": "=", "edited": "!", "removed": "-"}


def run(options: argparse.Namespace, output: Output) -> int:
    """Write the project, or with --dry-run list what would become of each file."""
    from generator.project.generate import generate
    from generator.project.requirements_lock import LOCK, lock_requirements

    design = ready_design(options.design, output)
    target = Path(options.output)
    result = generate(design, target, dry_run=options.dry_run)
    output.json(
        {
            "target": str(result.target),
            "dry_run": options.dry_run,
            "files": [{"path": state.path, "state": state.state} for state in result.states],
        }
    )
    if options.dry_run:
        for state in result.states:
            output.result(f"{_MARKS[state.state]} {state.state:9} {state.path}")
    else:
        output.result(f"wrote {result.target}: {counts(result.states)}")
        for path in result.kept:
            output.note(f"  ! {path} was edited by hand and left as it is")
        if options.lock:
            lock_requirements(result.target)
            output.result(f"wrote {LOCK}: every package by version and hash")
        name = design.pipeline.name
        output.note(f"next: cd {target} && uv run python -m {name} doctor && uv run python -m {name} run")
    return OK


def counts(states: Iterable[FileState]) -> str:
    """Return how many files are in which state, as ``41 new, 2 unchanged``."""
    found: dict[str, int] = {}
    for state in states:
        found[state.state] = found.get(state.state, 0) + 1
    return ", ".join(f"{found[name]} {name}" for name in _MARKS if name in found) or "no files"
