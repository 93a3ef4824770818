"""Problems of the destination and of how tables are published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..models import Loading, PipelineDesign
from ..names import part_name_fault, table_name_fault
from ..nearest import did_you_mean
from ..problem import Problem, error, warning
from ..relations import (
    KEYED_STRATEGIES,
    effective_extraction,
    placed_tables,
    taken_columns,
)
from ..types import kept_as_text
from .references import reference_problems

_OWN_COLUMNS = {
    "append": ("_run_id",),
    "scd2": (
        "valid_from", "valid_to", "is_current", "_version", "_deleted", "_event", "_sequence", "_run_id", "_rank",
        "_until", "_last",
    ),
}  # fmt: skip
"""Columns that a strategy adds to the rows, there or on the way."""


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
    default = design.destination.loading
    known: set[str] = set()
    all_probed = True
    for placed in placed_tables(design):
        own = placed.table.loading or Loading()
        columns = taken_columns(placed.table)
        all_probed = all_probed and columns is not None
        known.update(columns or ())
        key = own.key or default.key or placed.table.primary_key
        path = f"{placed.path}.loading"
        yield from loading_problems(path, placed.name, own, default, key, columns)
        version = own.version_column or default.version_column or ""
        if design.destination.type != "postgres" and kept_as_text((columns or {}).get(version, "")):
            fix = "give it a type with a precision in the table's schema, as decimal(20,0), or choose another column"
            said = f"{version} of {placed.name} is kept as text, in which 9 is newer than 10"
            yield error(f"{path}.version_column", said, fix)
        incremental = effective_extraction(placed.source, placed.table).strategy == "incremental"
        if (own.strategy or default.strategy) == "overwrite" and incremental:
            fix = "use upsert or append, or extract the table in full"
            said = f"overwriting {placed.name} with an incremental extract would lose its older rows"
            yield error(f"{path}.strategy", said, fix)
    for field, name in column_names(default):
        if all_probed and known and name not in known:
            yield error(
                f"destination.loading.{field}", f"no table has a column {name!r}", did_you_mean(name, known)
            )


def column_names(loading: Loading) -> Iterator[tuple[str, str]]:
    """Yield every column a loading names, with the field that names it."""
    for field in (
        "key",
        "version_column",
        "deleted_column",
        "tracked_columns",
        "partition_field",
        "cluster_fields",
    ):
        value = getattr(loading, field)
        for name in value if isinstance(value, list) else [value]:
            if name is not None:
                yield field, name


def loading_problems(
    path: str, target: str, own: Loading, default: Loading, key: list[str], columns: Mapping[str, str] | None
) -> Iterator[Problem]:
    """Yield what is wrong with one target's loading.

    What comes from the destination as a whole is left aside by a target it cannot apply to, so it only warns.

    Args:
        path: Of the loading in the design.
        target: The published table, for messages.
        own: The target's own loading.
        default: The destination's.
        key: Columns that identify a row.
        columns: Of the rows to be published; None where they are not known.
    """
    strategy = own.strategy or default.strategy
    if strategy in KEYED_STRATEGIES and not key:
        said, fix = f"{strategy} into {target} needs a key", "name the columns that identify a row"
        if own.strategy is None:
            yield warning(f"{path}.key", f"{said}, so that it will be loaded without one", fix)
        else:
            yield error(f"{path}.key", said, f"{fix}, or use overwrite")
    tracked = own.tracked_columns or default.tracked_columns
    if strategy == "scd3" and not tracked:
        fix = "name the columns whose previous value is kept"
        yield error(f"{path}.tracked_columns", f"scd3 into {target} needs tracked columns", fix)
    if both := sorted(set(key) & set(tracked)):
        fix = "remove it from the tracked columns: a key does not change"
        yield error(f"{path}.tracked_columns", f"{both[0]} is both key and tracked column of {target}", fix)
    added = [
        *_OWN_COLUMNS.get(strategy or "", ()),
        *(f"previous_{name}" for name in tracked if strategy == "scd3"),
    ]
    present = {name.casefold(): name for name in columns or ()}
    if clashing := [present[name.casefold()] for name in added if name.casefold() in present]:
        said = f"{target} has a column {clashing[0]!r}, which {strategy} adds by itself"
        yield error(f"{path}.strategy", said, "leave that column out, or choose another strategy")
    for field, name in column_names(own):
        if columns is not None and name not in columns:
            yield error(f"{path}.{field}", f"{target} has no column {name!r}", did_you_mean(name, columns))
