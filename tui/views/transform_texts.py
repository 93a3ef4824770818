"""The texts of the Transforms step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from .transforms import TransformRow, effective_strategy

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Transformation

EMPTY = (
    "No transforms yet\n\n"
    "Without one, every table is published under its own name, just as it is.\n\n"
    "A transform is a query over staging tables; its result becomes a table of its own. "
    "Press a to start from a join, an aggregate, a deduplication, a history (SCD 2) or a blank query."
)


def row_text(row: TransformRow) -> Content:
    """Return a transform as the list shows it: state and name, over strategy and key."""
    glyph = ("! ", "bold $text-error") if row.errors else ("✓ ", "$text-success")
    return Content.assemble(glyph, row.name, "\n  ", (row.detail, "$quiet"))


def about_text(design: PipelineDesign, transform: Transformation) -> Content:
    """Return what a transform publishes and how."""
    from generator.design.relations import output_name

    key = f" on {', '.join(transform.loading.key)}" if transform.loading and transform.loading.key else ""
    published = transform.output_table or f"{design.destination.dataset}.{output_name(transform)}"
    return Content.assemble(
        ("→ ", "$text-accent"),
        (published, "bold"),
        (f"  {effective_strategy(design, transform)}{key}", "$quiet"),
    )
