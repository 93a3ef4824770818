"""One change of many tables, worked out apart from the screen: with thousands that takes seconds. Pure: no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .suggestions import advise
from .tables import TableRow, staging_names

if TYPE_CHECKING:
    from generator.connectors.catalog import Profile, Sample
    from generator.design.models import PipelineDesign

Known = tuple[TableRow, "Profile | None", "Sample | None"]
"""A table with what is known of its rows."""


@dataclass(frozen=True)
class Bulk:
    """A change that only has to be put in: what undo calls it, and what to tell when it is done."""

    label: str
    change: Callable[[PipelineDesign], None] | None
    """None where there is nothing to change."""
    told: str = ""


def picking(design: PipelineDesign, source_index: int, rows: Sequence[TableRow]) -> Bulk:
    """Work out the taking of tables into the design."""
    from generator.advice.merge import new_table

    taken = staging_names(design)
    made = []
    for row in rows:
        if row.index is None and row.probed is not None:
            made.append(new_table(row.probed, taken))
            taken.add(made[-1].staging_name)

    def change(design: PipelineDesign) -> None:
        design.sources[source_index].tables.extend(made)

    return Bulk(f"pick {len(rows)} tables", change)


def accepting(design: PipelineDesign, source_index: int, known: Sequence[Known]) -> Bulk:
    """Work out the taking of every suggestion for the tables that are picked."""
    from generator.design.fork import fork

    source = design.sources[source_index]
    made = {}
    for row, profile, sample in known:
        if row.index is None:
            continue
        table = source.tables[row.index]
        advice = advise(design, source, table, row.probed, profile, sample)
        if advice.open:
            made[row.index] = fork(table)
            advice.apply(made[row.index])

    def change(design: PipelineDesign) -> None:
        tables = design.sources[source_index].tables
        for index, table in made.items():
            tables[index] = table

    if not made:
        return Bulk("", None, "Nothing is suggested for these tables that is not taken.")
    count = f"{len(made)} table{'s' if len(made) != 1 else ''}"
    return Bulk(f"accept suggestions for {count}", change, f"Accepted the suggestions for {count}.")
