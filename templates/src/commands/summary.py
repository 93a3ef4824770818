"""What a run did, for a person: rows per table, the balance, the next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..utils.state import RunRecord

_NUMBERS = ("extracted", "loaded", "rejected", "filtered")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under a header in aligned columns; numbers stand to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(header), *cells]) for at in range(len(header))]
    right = [bool(rows) and all(isinstance(row[at], int) for row in rows) for at in range(len(header))]

    def line(values: Sequence[str]) -> str:
        parts = (
            value.rjust(width) if to_right else value.ljust(width)
            for value, width, to_right in zip(values, widths, right, strict=True)
        )
        return "  ".join(parts).rstrip()

    return "\n".join(["  " + line(list(header)), *("  " + line(row) for row in cells)])


def run_summary(record: RunRecord) -> str:
    """Return the summary of a run: one line for each table, and whether every row is accounted for."""
    seconds = (record.finished_at - record.started_at).total_seconds() if record.finished_at else None
    took = f" in {seconds:.1f} s" if seconds is not None else ""
    lines = [f"{record.kind} {record.run_id}: {record.status}{took}"]
    if record.tables:
        rows = [[counts.table, *(getattr(counts, name) for name in _NUMBERS)] for counts in record.tables]
        lines.append(table(["table", *_NUMBERS], rows))
        extracted, loaded, rejected, filtered = (record.total(name) for name in _NUMBERS)
        holds = all(counts.balanced for counts in record.tables)
        said = "balanced" if holds else "NOT BALANCED"
        balance = (
            f"{extracted:,} extracted = {loaded:,} loaded + {rejected:,} rejected + {filtered:,} filtered"
        )
        lines.append(f"  {balance} ({said})")
        if rejected:
            lines.append("  rejected rows: `dlq list` says why, `dlq replay` tries them again")
    if record.error:
        lines.append(f"  {record.error}")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "-" if value is None else str(value)
