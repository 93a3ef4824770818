"""What writing the project would do, and what to do next: plain values for the Write step."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.design.models import PipelineDesign
from generator.errors import UserError

from .files import MARKS, reading_order
from .overview import error_count

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is; may raise to give up."""
DEMO_MARKER = ".pipewizard-demo"
_ORDER = ("edited", "changed", "removed", "new", "unchanged")
# An environment of the wizard's own must not become that of the project.
_NOT_INHERITED = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PYTHONPATH", "PYTHONHOME")
_SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN", "KEY", "WEBHOOK", "CREDENTIAL", "PASSPHRASE")


@dataclass(frozen=True)
class PlannedFile:
    """One file, what becomes of it, and the difference."""

    path: str
    state: str
    diff: str = ""

    @property
    def glyph(self) -> str:
        """State by glyph."""
        return MARKS[self.state][0]


@dataclass(frozen=True)
class Plan:
    """What writing would do; ``problem`` says why nothing can be written."""

    files: tuple[PlannedFile, ...] = ()
    problem: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Files by state."""
        return dict(Counter(file.state for file in self.files))

    @property
    def writes(self) -> int:
        """Files that would be touched."""
        return sum(self.counts.get(state, 0) for state in ("new", "changed", "removed"))


def default_target(design: PipelineDesign, project_dir: Path | None, here: Path) -> Path:
    """Return the folder proposed: the one given at the start, else ``./<pipeline>``."""
    return project_dir or here / (design.pipeline.name or "pipeline")


def plan(design: PipelineDesign, target: Path, progress: Progress | None = None) -> Plan:
    """Return what writing the design into a folder would do; takes a second, with thousands of tables minutes."""
    from generator.project.generate import generate

    if errors := error_count(design):
        wrong = f"{errors} problem{' has' if errors == 1 else 's have'} to be mended first"
        return Plan(problem=f"{wrong}: Enter goes to each")
    try:
        result = generate(design, target, dry_run=True, progress=progress)
    except UserError as error:
        return Plan(problem=str(error))
    files = (PlannedFile(state.path, state.state, state.diff) for state in result.states)
    return Plan(tuple(sorted(files, key=lambda file: (_ORDER.index(file.state), reading_order(file.path)))))


def write(design: PipelineDesign, target: Path, progress: Progress) -> dict[str, int]:
    """Write the project (the demo's with its variables) and return the files by what became of them.

    Raises:
        UserError: it could not be written; nothing was.
    """
    from generator.project.generate import generate

    result = generate(design, target, progress=progress)
    if is_demo(target):
        from generator.demo import write_environment

        write_environment(target.parent, target)
    return {state: result.count(state) for state in MARKS}


def plan_text(counts: Mapping[str, int]) -> str:
    """Return the counts in words, as ``118 files: 116 new, 2 edited by you, kept``."""
    total = sum(counts.values())
    told = [f"{counts[state]} {MARKS[state][1]}" for state in _ORDER if counts.get(state)]
    return f"{total} file{'s' if total != 1 else ''}: {', '.join(told)}" if total else "no files"


def overwrite_question(counts: Mapping[str, int]) -> str:
    """Return what has to be agreed to before writing, empty when nothing that exists is touched."""
    parts = []
    if changed := counts.get("changed"):
        parts.append(f"{changed} generated file{'s' if changed > 1 else ''} will be rewritten")
    if removed := counts.get("removed"):
        parts.append(f"{removed} no longer needed will be deleted")
    return " and ".join(parts)


def next_commands(target: Path, name: str, here: Path) -> list[tuple[str, str]]:
    """Return the commands a person goes on with, each with what it does."""
    try:
        shown = target.relative_to(here)
    except ValueError:
        shown = target
    return [
        (f"cd {shlex.quote(str(shown))}", "the project's root"),
        (f"uv run python -m {name} doctor", "which variables are set, which systems answer"),
        ("uv run pytest", "its own tests"),
        (f"uv run python -m {name} run", "the first sync"),
        (f"uv run python -m {name} status", "what arrived"),
    ]


def project_environment(environment: Mapping[str, str], target: Path) -> dict[str, str]:
    """Return the environment a command of the project gets.

    In the demo the project's own ``.env`` is the truth (it keeps the key of the tokens): what it sets is left
    to it.
    """
    names = set(_NOT_INHERITED)
    if is_demo(target):
        names |= dotenv_values(target / ".env").keys()
    return {name: value for name, value in environment.items() if name not in names}


def is_demo(target: Path) -> bool:
    """Tell whether the folder lies in one the demo made."""
    return (target.parent / DEMO_MARKER).exists()


def dotenv_values(file: Path) -> dict[str, str]:
    """Return the variables a ``.env`` file gives a value; none where there is no such file."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (
        line.strip().removeprefix("export ").partition("=") for line in lines if line.lstrip()[:1] != "#"
    )
    found = {name.strip(): _unquoted(value.strip()) for name, _, value in pairs}
    return {name: value for name, value in found.items() if name and value}


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def secret_values(
    secrets: Mapping[str, str], environment: Mapping[str, str], names: Iterable[str]
) -> tuple[str, ...]:
    """Return every value that must not show: those typed, and those of variables that sound secret."""
    found = {value for value in secrets.values() if value}
    for name in names:
        if any(word in name.upper() for word in _SECRET_WORDS) and environment.get(name):
            found.add(environment[name])
    return tuple(sorted(found, key=len, reverse=True))
