"""How a line of the checks list looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from tui.widgets.row_table import Cell, Col

from .check_rows import SEVERITY_GLYPHS, CheckRow
from .dry_runs import Verdict

COLUMNS = (Col("", 2), Col("check", 0), Col("if it fails", 12), Col("on the sample", 24, hide_below=84))
_VERDICT_STYLES = {"passed": "$text-success", "failed": "bold $text-error", "errored": "$text-warning"}
_SEVERITY_STYLES = {"critical": "bold", "warn": "$quiet"}


def cells(row: CheckRow, verdict: Verdict) -> list[Cell]:
    """Return the cells of a line: state, what is asserted, severity, what the sample says."""
    if row.kind == "heading":
        return ["", Content.styled(row.text, "bold $primary"), "", ""]
    if row.kind == "thresholds":
        return [Content.styled("◆", "$quiet"), row.text, Content.styled("stops", "$quiet"), ""]
    severity = row.check.severity if row.check else "error"
    word = f"{SEVERITY_GLYPHS[severity]} {severity}"
    if row.kind == "suggestion":
        quiet = [Content.styled(text, "$quiet") for text in (row.text, word, row.reason)]
        return [Content.styled("✦", "$accent"), *quiet]
    if row.problem:
        wrong = Content.styled(row.problem, "$text-error")
        return [Content.styled("!", "bold $text-error"), row.text, word, wrong]
    return [
        Content.styled(verdict.glyph, _VERDICT_STYLES.get(verdict.status, "$quiet")),
        row.text,
        Content.styled(word, _SEVERITY_STYLES.get(severity, "")),
        Content.styled(verdict.short, "$quiet"),
    ]


def state_text(rows: Sequence[CheckRow], verdicts: Mapping[str, Verdict], why_no_samples: str) -> Content:
    """Return how the checks fare on the samples, and how many more are suggested."""
    if not any(row.kind in {"check", "suggestion"} for row in rows):
        return Content.styled(
            "No checks yet: press + to add one; suggestions need tables from Sources.", "$quiet"
        )
    parts: list[Content] = []
    if verdicts:
        passed = sum(each.status == "passed" for each in verdicts.values())
        failed = sum(each.status == "failed" for each in verdicts.values())
        parts.append(Content.assemble(("✓ ", "$text-success"), f"{passed} pass on the sample"))
        if failed:
            parts.append(Content.assemble(("✗ ", "bold $text-error"), f"{failed} fail"))
    else:
        parts.append(Content.styled(why_no_samples or "r tries them on sample rows", "$quiet"))
    if offered := sum(row.kind == "suggestion" for row in rows):
        parts.append(Content.assemble(("✦ ", "$accent"), f"{offered} suggested: space takes one, A all"))
    return Content("   ").join(parts)
