"""The texts of the Write step: what was written, what to do next, what arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.widgets.row_table import Cell

from .files import MARKS
from .published import Arrived
from .writing import PlannedFile

_BAR = 10
_STYLES = {
    "new": "$text-success", "changed": "$text-warning", "edited": "bold $text-error", "removed": "$text-error",
}  # fmt: skip


def file_cells(file: PlannedFile) -> list[Cell]:
    """Return a file as the list shows it: state by glyph, name before folder, state in a word."""
    style = _STYLES.get(file.state, "$quiet")
    folder, _, name = file.path.rpartition("/")
    path = Content.assemble(name, (f"  {folder}" if folder else "", "$quiet"))
    word = MARKS[file.state][1].partition(" ")[0].rstrip(",")
    return [Content.styled(file.glyph, style), path, Content.styled(word, style)]


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


def arrived_head(arrived: Arrived | None) -> Content:
    """Return how much arrived, where it lies, and how the run ended."""
    if arrived is None:
        return Content.styled(
            "Nothing has run yet: s runs the first sync, and the tables arrive here.", "$quiet"
        )
    if not arrived.tables:
        return Content.styled("The run published no table.", "$quiet")
    number, rows = len(arrived.tables), sum(rows or 0 for _, rows, _ in arrived.tables)
    count = f"{number} table{'s' if number != 1 else ''}, {rows:,} rows"
    lines = [Content.assemble(("✓ ", "$text-success"), (f"published {count}", "bold"))]
    if arrived.place:
        lines.append(Content.assemble(("in ", "$quiet"), arrived.place))
    lines.append(Content.styled(arrived.run, "$quiet"))
    return Content("\n").join(lines)


def arrived_tables(arrived: Arrived) -> Content:
    """Return the tables that arrived, with a bar for each one's share of the rows."""
    lines = [*_table_lines(arrived.tables, "$accent")]
    if arrived.sources:
        lines += [
            Content(""),
            Content.styled("from", "bold $primary"),
            *_table_lines(arrived.sources, "$secondary"),
        ]
    return Content("\n").join(lines)


def _table_lines(tables: Sequence[tuple[str, int | None, str]], colour: str) -> list[Content]:
    width = max((cell_len(name) for name, _, _ in tables), default=0)
    most = max((rows or 0 for _, rows, _ in tables), default=0) or 1
    lines = []
    for name, rows, watermark in tables:
        bar = "█" * max(1, round(_BAR * (rows or 0) / most)) if rows else ""
        until = f"  up to {watermark}" if watermark else ""
        count = f"{rows:>9,}" if rows is not None else f"{'?':>9}"
        lines.append(
            Content.assemble(
                set_cell_size(name, width), f" {count} ", (bar.ljust(_BAR), colour), (until, "$quiet")
            )
        )
    return lines
