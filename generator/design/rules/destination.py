"""Problems of the destination and of how tables are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..models import Loading, PipelineDesign
from ..names import part_name_fault, table_name_fault
from ..nearest import did_you_mean
from ..problem import Problem, error
from ..relations import (
    KEYED_STRATEGIES,
    effective_extraction,
    effective_loading,
    placed_tables,
    taken_columns,
)
from .references import reference_problems


def destination_problems(design: PipelineDesign) -> Iterator[Problem]:
    """Yield what is wrong with `destination`, and with publishing tables where nothing transforms them."""
    destination = design.destination
    if not destination.type:
        yield error("destination.type", "the type of the destination is missing", "choose a connector")
    if fault := part_name_fault(destination.name):
        yield error("destination.name", *fault)
    for key, value in destination.connection.items():
        yield from reference_problems(f"destination.connection.{key}", value)
    for key, name in (("schema", destination.dataset), ("staging_schema", destination.staging_schema)):
        if fault := table_name_fault(name):
            yield error(f"destination.{key}", *fault)
    if destination.dataset.casefold() == destination.staging_schema.casefold():
        fix = "give the staging schema another name"
        yield error("destination.staging_schema", "staging and published tables share a schema", fix)
    if not design.transformations:
        yield from _published_tables(design)


def _published_tables(design: PipelineDesign) -> Iterator[Problem]:
    for placed in placed_tables(design):
        loading = effective_loading(design, placed.table.loading)
        path = f"{placed.path}.loading"
        key = loading.key or placed.table.primary_key
        columns = taken_columns(placed.table)
        yield from loading_problems(path, placed.name, loading, key, columns)
        incremental = effective_extraction(placed.source, placed.table).strategy == "incremental"
        if loading.strategy == "overwrite" and incremental:
            fix = "use upsert or append, or extract the table in full"
            said = f"overwriting {placed.name} with an incremental extract would lose its older rows"
            yield error(f"{path}.strategy", said, fix)


def loading_problems(
    path: str, target: str, loading: Loading, key: list[str], columns: Mapping[str, str] | None
) -> Iterator[Problem]:
    """Yield what is wrong with one target's loading.

    Args:
        path: Of the loading in the design.
        target: The published table, for messages.
        loading: With inherited fields filled in.
        key: Columns that identify a row.
        columns: Of the rows to be published; None where they are not known.
    """
    if loading.strategy in KEYED_STRATEGIES and not key:
        fix = "name the columns that identify a row, or use overwrite"
        yield error(f"{path}.key", f"{loading.strategy} into {target} needs a key", fix)
    if loading.strategy == "scd3" and not loading.tracked_columns:
        fix = "name the columns whose previous value is kept"
        yield error(f"{path}.tracked_columns", f"scd3 into {target} needs tracked columns", fix)
    if both := sorted(set(key) & set(loading.tracked_columns)):
        fix = "a key does not change: remove it from the tracked columns"
        yield error(f"{path}.tracked_columns", f"{both[0]} is both key and tracked", fix)
    named: list[tuple[str, str | None]] = [("key", name) for name in loading.key]
    named += [("version_column", loading.version_column), ("deleted_column", loading.deleted_column)]
    named += [("tracked_columns", name) for name in loading.tracked_columns]
    named += [("partition_field", loading.partition_field)]
    named += [("cluster_fields", name) for name in loading.cluster_fields]
    for field, name in named:
        if name is not None and columns is not None and name not in columns:
            yield error(f"{path}.{field}", f"{target} has no column {name!r}", did_you_mean(name, columns))
