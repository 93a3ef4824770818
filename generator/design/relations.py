"""The tables a design talks about, and what is known of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .models import Extraction, PipelineDesign, Source, Table, Transformation

KEYED_STRATEGIES = {"upsert", "merge", "scd1", "scd2", "scd3"}


@dataclass(frozen=True)
class PlacedTable:
    """A table with the source it belongs to and its path in the design."""

    path: str
    source: Source
    table: Table

    @property
    def name(self) -> str:
        """Its name in staging."""
        return self.table.staging_name


def placed_tables(design: PipelineDesign) -> Iterator[PlacedTable]:
    """Yield every extracted table, in the design's order."""
    for s, source in enumerate(design.sources):
        for t, table in enumerate(source.tables):
            yield PlacedTable(f"sources[{s}].tables[{t}]", source, table)


def bare(reference: str) -> str:
    """Return the table of a reference such as ``staging.orders``; a quoted name may hold points."""
    if reference.endswith('"') and '"' in reference[:-1]:
        return reference[:-1].rpartition('"')[2]
    return reference.rpartition(".")[2]


def qualifier(reference: str) -> str:
    """Return the schema of a reference such as ``staging.orders``, or an empty string."""
    return reference.removesuffix(bare(reference)).rstrip('."').lstrip('"') if "." in reference else ""


def output_name(transformation: Transformation) -> str:
    """Return the name of the table a transformation publishes: its own name where none is given."""
    return bare(transformation.output_table) or transformation.name


def taken_columns(table: Table) -> dict[str, str] | None:
    """Return name and logical type of the columns that reach staging; None where the table was not probed."""
    if not table.columns_probed:
        return None
    wanted = None if table.columns == "*" else set(table.columns)
    return {
        column.name: column.type
        for column in table.columns_probed
        if (wanted is None or column.name in wanted) and table.pii.get(column.name) != "drop"
    }


def effective_extraction(source: Source, table: Table) -> Extraction:
    """Return how a table is extracted: its own fields over the source's."""
    own = table.extraction or Extraction()
    fields = {
        name: _either(getattr(own, name), getattr(source.extraction, name))
        for name in Extraction.model_fields
    }
    return Extraction(**fields)


def _either(own: Any, inherited: Any) -> Any:
    return inherited if own is None else own


def tables_at(design: PipelineDesign, stage: str) -> dict[str, dict[str, str] | None]:
    """Return the tables a check of a stage may look at, each with its columns (None: not known).

    Args:
        design: The design.
        stage: ``pre_transform``, ``post_transform`` or ``final``.
    """
    staged = {placed.name: taken_columns(placed.table) for placed in placed_tables(design) if placed.name}
    if stage == "pre_transform" or not design.transformations:
        return staged
    return {output_name(transformation): None for transformation in design.transformations}
