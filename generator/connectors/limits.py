"""Names the engines on the way cannot tell apart or cannot hold."""

from __future__ import annotations

from collections.abc import Iterator

from generator.design.models import PipelineDesign, Table
from generator.design.problem import Problem, error

from .base import Connector

LONGEST_SUFFIX = len("__incoming")
"""Staging and history tables are named after the table, with a suffix of at most this many bytes."""


def name_problems(design: PipelineDesign, target: Connector) -> Iterator[Problem]:
    """Yield tables and columns whose names cannot go through staging or into the destination."""
    limit = target.capabilities.max_identifier
    for index, source in enumerate(design.sources):
        for number, table in enumerate(source.tables):
            path = f"sources[{index}].tables[{number}]"
            yield from _folded(path, table)
            if limit is not None:
                yield from _too_long(path, table, target, limit)
    if limit is None:
        return
    for index, transformation in enumerate(design.transformations):
        name = transformation.output_table.rpartition(".")[2]
        if _size(name) + LONGEST_SUFFIX > limit:
            said = f"the name {name} is longer than {target.title} can keep apart"
            fix = f"use at most {limit - LONGEST_SUFFIX} bytes"
            yield error(f"transformations[{index}].output_table", said, fix)


def _folded(path: str, table: Table) -> Iterator[Problem]:
    """Rows pass through DuckDB, to which names that differ only in case are one."""
    first: dict[str, str] = {}
    for name in _taken(table):
        other = first.setdefault(name.casefold(), name)
        if other != name:
            said = f"staging cannot tell the columns {other} and {name} of {table.table} apart"
            yield error(f"{path}.columns", said, "list the columns to take, with one of them")


def _too_long(path: str, table: Table, target: Connector, limit: int) -> Iterator[Problem]:
    if _size(table.staging_name) + LONGEST_SUFFIX > limit:
        said = f"the name {table.staging_name} is longer than {target.title} can keep apart"
        yield error(f"{path}.alias", said, f"give an alias of at most {limit - LONGEST_SUFFIX} bytes")
    for name in _taken(table):
        if _size(name) > limit:
            said = f"the column {name} has more than the {limit} bytes a name has in {target.title}"
            yield error(f"{path}.columns", said, "leave it out, or rename it in a view of the source")


def _taken(table: Table) -> list[str]:
    return [column.name for column in table.columns_probed] if table.columns == "*" else table.columns


def _size(name: str) -> int:
    return len(name.encode())
