"""What a transform's output can be keyed by and loaded with, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from generator.errors import DesignError

from .transforms import bare_name, staged_tables

if TYPE_CHECKING:
    from generator.connectors.base import Reason
    from generator.design.models import PipelineDesign, Transformation

Lineage = Sequence[tuple[str, tuple[str, ...]]]
"""Output columns, each with the ``table.column`` it is made of."""


def suggested_key(
    design: PipelineDesign, transform: Transformation, lineage: Lineage
) -> tuple[tuple[str, ...], str] | None:
    """Return the columns that identify an output row, and why; None when nothing shows it.

    Args:
        design: The design.
        transform: Whose output.
        lineage: Where its columns come from.
    """
    from generator.advice.loading import advise_output_key
    from generator.sql.query import parse_query

    if transform.type != "sql" or not transform.sql:
        return None
    if advice := advise_output_key(transform.sql):
        return advice.choice, advice.reason
    tree = parse_query(transform.sql).tree
    if tree is None or tree.args.get("group") is not None or not transform.input_tables:
        return None
    # The rows are those of the first table, as long as what is joined to it adds none.
    first = bare_name(transform.input_tables[0])
    table = next((table for table in staged_tables(design) if table.staging_name == first), None)
    if table is None or not table.primary_key:
        return None
    made_of = {origins[0]: column for column, origins in reversed(lineage) if len(origins) == 1}
    columns = tuple(made_of.get(f"{first}.{name}", "") for name in table.primary_key)
    if not all(columns):
        return None
    joins = len(transform.input_tables) > 1 or bool(tree.args.get("joins"))
    condition = ", as long as the joins add no rows" if joins else ""
    return columns, f"the key of {first}{condition}"


def suggested_version(columns: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the column that tells which of two versions of a row is newer, and why."""
    from generator.design.types import is_temporal

    for name, kind in columns:
        if name.lower() in {"updated_at", "modified_at", "last_modified", "changed_at"} and is_temporal(kind):
            return name, "its name and type say when a row changed"
    return None


def strategy_reasons(design: PipelineDesign, transform: Transformation, strategy: str) -> str:
    """Return why an output cannot be loaded by a strategy, empty when it can."""
    compute = "python" if transform.type == "python" else "sql"
    with_it, without = _reasons(design, strategy, compute), _reasons(design, None, compute)
    return "; ".join(reason.text for reason in with_it if reason not in without)


def type_reasons(design: PipelineDesign, kind: str) -> str:
    """Return why a transform cannot be written as ``sql`` or ``python``, empty when it can."""
    from generator.project.resolve import pattern_of

    pattern = pattern_of(design)
    found = _reasons(design, None, kind, pattern)
    others = _reasons(design, None, "sql", pattern)
    return "; ".join(f"{reason.text}: {reason.fix}" for reason in found if reason not in others)


def _reasons(
    design: PipelineDesign, strategy: str | None, compute: str, pattern: str | None = None
) -> list[Reason]:
    from generator.connectors.compat import compatible

    found: list[Reason] = []
    kinds: list[str | None] = [source.type or None for source in design.sources]
    for source in kinds or [None]:
        try:
            found += compatible(
                source, design.destination.type or None, pattern or design.technology.pattern,
                strategy, compute,
            )  # fmt: skip
        except DesignError:
            # A system nobody knows is told where it is chosen.
            continue
    return list(dict.fromkeys(found))
