"""Column lineage for the specification: which source columns each published column comes from."""

from __future__ import annotations

from generator.design.models import Transformation
from generator.sql.lineage import column_lineage

from ..encoders import Encoded, code, joined, md
from ..view import ProjectView


def lineage_rows(view: ProjectView) -> list[tuple[Encoded, ...]]:
    """Return one Markdown line per published column: the column, and the columns it is computed from."""
    dataset = view.design.destination.dataset
    if not view.modelled:
        return [
            (
                code(f"{dataset}.{table.name}.{column.name}"),
                code(f"{table.source.name}.{table.full_name}.{column.name}"),
            )
            for table in view.tables
            for column in table.landed
        ]
    rows: list[tuple[Encoded, ...]] = []
    for item in view.design.transformations:
        columns = _columns(view, item)
        if not columns and item.input_tables:
            told = [joined([code(name) for name in item.input_tables]), md("not traced column by column")]
            rows.append((code(item.output_table), joined(told)))
        for column, sources in columns:
            inputs = (
                joined([code(f"{table}.{name}") for table, name in sources]) if sources else md("no column")
            )
            rows.append((code(f"{item.output_table}.{column}"), inputs))
    return rows


def _columns(view: ProjectView, item: Transformation) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Return the output columns of a query with what they come from; nothing is known of Python's."""
    if item.type != "sql" or not item.sql:
        return []
    return [(found.column, found.sources) for found in column_lineage(item.sql, view.known_tables)]
