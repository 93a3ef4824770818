"""The benchmark's results as Markdown and as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tests.benchmarks.measure import Case
from tests.benchmarks.scenarios import Goal

_WIDTH, _LABELS, _ROW, _HEAD = 860, 210, 24, 34
_COLOURS = {"pipewizard": "#0b7a75", "limit": "#8a8f98", "peer": "#d98c3f"}
_LIMITS = {"COPY to nowhere", "psql binary pipe"}


def goals_table(goals: list[Goal]) -> str:
    """Return what was to be reached and what was measured."""
    lines = ["| goal | at most | measured | | by processor time |", "| --- | ---: | ---: | --- | ---: |"]
    for goal in goals:
        digits = 0 if goal.unit else 2
        shown = f"{goal.measured:.{digits}f}{goal.unit}"
        worked = "" if goal.processor is None else f"{goal.processor:.{digits}f}{goal.unit}"
        verdict = "reached" if goal.reached else "**missed**"
        lines.append(f"| {goal.what} | {goal.most:g}{goal.unit} | {shown} | {verdict} | {worked} |")
    return "\n".join(lines)


def picture(groups: Mapping[str, list[Case]], rows: int) -> str:
    """Return an SVG of bars: seconds of every case, each group on a scale of its own.

    Args:
        groups: Title and cases of each group.
        rows: Rows of the measured table.
    """
    parts, y = [], 40
    for title, cases in groups.items():
        longest = max(case.best for case in cases)
        parts.append(f'<text x="10" y="{y + 16}" class="head">{escape(title)}</text>')
        y += _HEAD
        for case in cases:
            width = max(2, round(case.best / longest * (_WIDTH - _LABELS - 90)))
            colour = _COLOURS[_kind(case.name)]
            middle = y + _ROW // 2 + 4
            parts.append(
                f'<text x="{_LABELS - 8}" y="{middle}" text-anchor="end">{escape(case.name)}</text>'
                f'<rect x="{_LABELS}" y="{y + 3}" width="{width}" height="{_ROW - 6}" rx="3" fill="{colour}"/>'
                f'<text x="{_LABELS + width + 6}" y="{middle}">{case.best:.2f} s</text>'
            )
            y += _ROW
        y += 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}">'
        "<style>text{font:13px sans-serif;fill:#24292f}.head{font-weight:600;font-size:14px}"
        ".note{fill:#57606a;font-size:12px}</style>"
        f'<rect width="{_WIDTH}" height="{y}" fill="#ffffff"/>'
        f'<text x="10" y="24" class="note">{rows:,} rows of 16 columns; shortest of the interleaved rounds,'
        " shorter is better</text>" + "".join(parts) + "</svg>\n"
    )


def _kind(name: str) -> str:
    if name.startswith("pipewizard"):
        return "pipewizard"
    return "limit" if name in _LIMITS else "peer"
