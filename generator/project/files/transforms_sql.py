"""``sql/transformations/``: the design's queries in the engine's dialect, tables where they lie."""

from __future__ import annotations

from functools import partial

from generator.design.models import Transformation
from generator.sql.dialect import Place, engine_sql

from ..encoders import sql_comment
from ..names import bare_table
from ..planned import PlannedFile, written
from ..view import ProjectView


def transformation_files(view: ProjectView) -> list[PlannedFile]:
    """Return one query per SQL transformation."""
    return [
        written(
            f"sql/transformations/{item.name}.sql",
            "transforms_sql",
            partial(transformation_sql, view, item),
        )
        for item in view.design.transformations
        if item.type == "sql"
    ]


def transformation_sql(view: ProjectView, item: Transformation) -> str:
    """Return the query of a transformation, under a comment that says what it computes."""
    query = (
        engine_sql(item.sql or "", view.known_tables, _places(view), view.dialect)
        .sql.strip()
        .rstrip(";")
        .rstrip()
    )
    comment = sql_comment(item.description or f"Computes {item.output_table}.")
    output = sql_comment(item.output_table)[3:]
    return f"{comment}\n-- Reads {_inputs(item)}; its rows are published as {output}.\n{query}\n"


def _inputs(item: Transformation) -> str:
    return sql_comment(", ".join(item.input_tables) or "no table")[3:]


def _places(view: ProjectView) -> dict[str, Place]:
    """Return where each output of a transformation lies while it waits to be published."""
    staging = view.design.destination.staging_schema
    return {
        item.output_table: (view.fit(staging), view.fit(f"{bare_table(item.output_table)}__output"))
        for item in view.design.transformations
    }
