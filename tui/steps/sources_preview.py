"""What Sources will generate: a table's staging query, or the source's part of the design file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Preview, design_preview

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Source, Table


def staging_preview(source: Source, table: Table) -> Preview:
    """Return the query that types a table's rows and takes personal data out of them."""
    from generator.project.files.staging_sql import staging_sql
    from generator.project.view import TableView

    view = TableView(source, table)
    return Preview(f"sql/staging/{view.stem}_staging.sql", staging_sql(view), "sql")


def source_preview(design: PipelineDesign, index: int) -> Preview:
    """Return one source of the design file; the probed columns of its tables are left out for room."""
    source = design.sources[index].model_copy()
    source.tables = [table.model_copy(update={"columns_probed": []}) for table in source.tables[:50]]
    return design_preview(design.model_copy(update={"sources": [source]}), "sources")
