"""The texts of the Write step: what was written, what to do next, what arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from textual.content import Content

from .files import MARKS
from .writing import Arrived


def written_text(counts: Mapping[str, int], target: Path) -> Content:
    """Return the result of a write in one line."""
    told = [
        f"{counts[state]} {MARKS[state][1]}"
        for state in ("new", "changed", "removed", "edited")
        if counts.get(state)
    ]
    what = ", ".join(told) or "nothing to change: every file is as it should be"
    return Content.assemble(("✓ written  ", "bold $text-success"), what, (f"  in {target}", "$quiet"))


def next_text(commands: Sequence[tuple[str, str]], written: bool) -> Content:
    """Return the commands to go on with, each with what it does."""
    head = "The project is there. Go on with:" if written else "Once written, go on with:"
    lines = [Content.styled(head, "bold"), Content("")]
    for command, meaning in commands:
        lines.append(Content.assemble(("$ ", "$quiet"), (command, "$text-accent")))
        lines.append(Content.styled(f"    {meaning}", "$quiet"))
    lines += [
        Content(""),
        Content.styled("y copies them · t runs the tests and s the first sync from here", "$quiet"),
    ]
    return Content("\n").join(lines)


def arrived_text(arrived: Arrived | None) -> Content:
    """Return the tables that arrived, with a bar for each one's share of the rows."""
    if arrived is None:
        return Content.styled(
            "Nothing has run yet: s runs the first sync, and the tables arrive here.", "$quiet"
        )
    if not arrived.tables:
        return Content.styled("The run published no table.", "$quiet")
    width = max(len(name) for name, _, _ in arrived.tables)
    most = max((rows or 0 for _, rows, _ in arrived.tables), default=0) or 1
    lines = [
        Content.assemble(
            ("✓ ", "$text-success"), (f"{len(arrived.tables)} tables, {arrived.rows:,} rows", "bold")
        ),
        Content.styled(arrived.run, "$quiet"),
        Content(""),
    ]
    for name, rows, watermark in arrived.tables:
        bar = "█" * max(1, round(12 * (rows or 0) / most)) if rows else ""
        until = f"  up to {watermark}" if watermark else ""
        count = f"{rows:>9,}" if rows is not None else f"{'?':>9}"
        lines.append(
            Content.assemble(name.ljust(width), f" {count} ", (bar.ljust(12), "$accent"), (until, "$quiet"))
        )
    return Content("\n").join(lines)
