"""Everything the Summary step shows, computed off the screen's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from textual.content import Content

from generator.design.models import PipelineDesign
from generator.errors import UserError

from .files import size_text


@dataclass(frozen=True)
class Overview:
    """The design in words."""

    summary: str
    flow: str
    mermaid: str


@dataclass(frozen=True)
class Files:
    """The design as files, by path, or why there are none."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    why_none: str = ""


def overview(design: PipelineDesign, now: datetime, width: int) -> Overview:
    """Return summary and flow of a design; quick whatever its size.

    Args:
        design: May be incomplete.
        now: Aware time, for the next run.
        width: Columns the flow may take.
    """
    from generator.project.flow import flow_mermaid, flow_text
    from generator.project.summary import summary

    return Overview(summary(design, now=now), flow_text(design, width=width).rstrip(), flow_mermaid(design))


def all_files(design: PipelineDesign, progress: Callable[[str, int, int], None]) -> Files:
    """Return the files of a design, none where it is incomplete; with thousands of tables that takes minutes.

    Args:
        design: May be incomplete.
        progress: Told what is being done, how much of it is done and how much there is; may raise to give up.
    """
    from generator.project.generate import render_project

    errors = error_count(design)
    if errors:
        verb = "problem has" if errors == 1 else "problems have"
        reason = (
            f"{errors} {verb} to be mended first; the files appear here then. Enter on a problem goes there."
        )
        return Files(why_none=reason)
    try:
        return Files(dict(render_project(design, progress=progress).files))
    except UserError as error:
        return Files(why_none=str(error))


def contents_text(files: Mapping[str, bytes]) -> Content:
    """Return what there will be, folder by folder: how many files, how much, what for."""
    if not files:
        return Content("")
    lines = [Content.styled("What you get", "bold $primary")]
    for folder, purpose in _PURPOSES.items():
        inside = [content for path, content in files.items() if path.startswith(f"{folder}/")]
        if inside:
            told = f"{len(inside):>4} files {size_text(sum(map(len, inside))):>9}  "
            lines.append(Content.assemble((f"{folder}/".ljust(15), "bold"), (told, "$quiet"), purpose))
    count, size = len(files), size_text(sum(map(len, files.values())))
    lines.append(Content.assemble("in all".ljust(15), (f"{count:>4} files {size:>9}", "bold")))
    return Content("\n").join(lines)


_PURPOSES = {
    "config": "settings, data contracts",
    "src": "the pipeline, a package",
    "sql": "staging, transforms, checks",
    "orchestration": "DAG or timers, schedule",
    "tests": "unit, end to end, sample data",
    "monitoring": "alert rules, dashboard",
    "docker": "image and compose file",
}


def error_count(design: PipelineDesign) -> int:
    """Return how many problems keep a design from being written."""
    from generator.project.review import problems

    return sum(problem.severity == "error" for problem in problems(design))


def styled_summary(text: str) -> Content:
    """Return the summary with its labels standing out; the text itself is unchanged."""
    lines: list[Content] = []
    for number, line in enumerate(text.rstrip("\n").split("\n")):
        label, colon, rest = line.partition(": ")
        if number == 0:
            lines.append(Content.styled(line, "bold"))
        elif number == 1:
            lines.append(Content.styled(line, "$quiet"))
        elif colon and label.replace(" ", "").isalpha():
            lines.append(Content.assemble((f"{label}{colon}", "bold $primary"), rest))
        else:
            lines.append(Content.styled(line, "$text-accent" if line.endswith("?") else ""))
    return Content("\n").join(lines)
