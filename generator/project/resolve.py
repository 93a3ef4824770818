"""The resolved design: nothing left to infer. It becomes the generated project's configuration."""

from __future__ import annotations

from collections.abc import Mapping

from generator.advice.architecture import OFFERED, advise_architecture, nearest_offered
from generator.checks.catalogue import unique_names
from generator.design.fork import fork
from generator.design.models import (
    Check,
    Contract,
    Destination,
    Extraction,
    Loading,
    Pattern,
    PipelineDesign,
    Source,
    Table,
    Transformation,
)
from generator.sql.design_tables import design_tables, inputs, ordered, output_name

DEFAULT_BATCH_ROWS = 50_000
_NEED_KEY = {"upsert", "merge", "scd1", "scd2", "scd3"}


def resolve(design: PipelineDesign) -> PipelineDesign:
    """Return a copy in which every inherited or automatic value is written out.

    Deterministic and idempotent. A value the user set is never changed; a default that comes from the source
    or the destination as a whole is left aside by a table it cannot apply to (an incremental extraction
    without its column, a keyed strategy without a key). An incomplete design resolves as far as it goes.
    """
    resolved = fork(design)
    resolved.technology.pattern = pattern_of(design)
    for source in resolved.sources:
        _resolve_source(source)
    for source in resolved.sources:
        for table in source.tables:
            if not resolved.transformations:
                table.loading = _table_loading(table, resolved.destination)
    default = resolved.destination.loading
    inherits = (
        default.version_column or default.deleted_column or default.partition_field or default.cluster_fields
    )
    tables = design_tables(resolved) if inherits else {}
    resolved.transformations = [
        _transformation(item, resolved, tables) for item in ordered(resolved.transformations, resolved)
    ]
    resolved.destination.loading.strategy = resolved.destination.loading.strategy or "upsert"
    _resolve_checks(resolved)
    return resolved


def pattern_of(design: PipelineDesign) -> Pattern:
    """Return the pattern that is generated: the chosen one where it is offered, else the advised one."""
    chosen = design.technology.pattern
    return chosen if chosen in OFFERED else nearest_offered(advise_architecture(design))


def _resolve_source(source: Source) -> None:
    source.extraction.batch_size = source.extraction.batch_size or DEFAULT_BATCH_ROWS
    source.extraction.lookback_minutes = source.extraction.lookback_minutes or 0
    for table in source.tables:
        table.extraction = _extraction(table, source.extraction)
        table.columns = _columns(table)
        table.contract = table.contract or Contract()


def _extraction(table: Table, default: Extraction) -> Extraction:
    own = table.extraction or Extraction()
    known = {column.name for column in table.columns_probed}
    inherited = default.watermark_column
    if inherited is not None and known and inherited not in known:
        inherited = None
    watermark = own.watermark_column or inherited
    strategy = own.strategy or default.strategy or ("incremental" if watermark else "full")
    if strategy == "incremental" and watermark is None and own.strategy is None:
        strategy = "full"
    lookback = own.lookback_minutes if own.lookback_minutes is not None else default.lookback_minutes
    return Extraction(
        strategy=strategy,
        watermark_column=watermark if strategy == "incremental" else own.watermark_column,
        lookback_minutes=lookback or 0,
        batch_size=own.batch_size or default.batch_size,
    )


def _columns(table: Table) -> list[str]:
    """Return the columns to take: those chosen, and the key and watermark that a run cannot do without."""
    known = [column.name for column in table.columns_probed]
    if table.columns == "*":
        return known
    watermark = table.extraction.watermark_column if table.extraction else None
    needed = [*table.primary_key, *([watermark] if watermark else [])]
    missing = [name for name in needed if name not in table.columns and (name in known or not known)]
    return [*table.columns, *missing]


def _table_loading(table: Table, destination: Destination) -> Loading:
    """Return how a table that is published under its own name is loaded."""
    own, default = table.loading or Loading(), destination.loading
    extraction = table.extraction or Extraction()
    incremental = extraction.strategy == "incremental"
    columns = set(table.columns)
    key = own.key or [name for name in default.key if name in columns] or table.primary_key
    strategy = (
        own.strategy or default.strategy or ("upsert" if key else "append" if incremental else "overwrite")
    )
    if own.strategy is None and strategy in _NEED_KEY and not key:
        strategy = "append" if incremental else "overwrite"
    return Loading(
        strategy=strategy,
        key=key,
        version_column=own.version_column
        or _present(default.version_column, columns)
        or extraction.watermark_column,
        deleted_column=own.deleted_column or _present(default.deleted_column, columns),
        tracked_columns=own.tracked_columns or [name for name in default.tracked_columns if name in columns],
        partition_field=own.partition_field or _present(default.partition_field, columns),
        cluster_fields=own.cluster_fields or [name for name in default.cluster_fields if name in columns],
    )


def _transformation(
    item: Transformation, design: PipelineDesign, tables: Mapping[str, Mapping[str, str]]
) -> Transformation:
    own, default = item.loading or Loading(), design.destination.loading
    full = output_name(item, design)
    columns = set(tables.get(full, {}))
    strategy = own.strategy or default.strategy or ("upsert" if own.key else "overwrite")
    if own.strategy is None and strategy in _NEED_KEY and not own.key:
        strategy = "overwrite"
    return item.model_copy(
        update={
            "output_table": full if item.name else item.output_table,
            "input_tables": [_full_input(name, design) for name in inputs(item, design)],
            "loading": Loading(
                strategy=strategy,
                key=own.key,
                version_column=own.version_column or _present(default.version_column, columns),
                deleted_column=own.deleted_column or _present(default.deleted_column, columns),
                tracked_columns=own.tracked_columns,
                partition_field=own.partition_field or _present(default.partition_field, columns),
                cluster_fields=own.cluster_fields
                or [name for name in default.cluster_fields if name in columns],
            ),
        }
    )


def _full_input(name: str, design: PipelineDesign) -> str:
    """Return an input's full name: ``staging.orders`` for ``orders``; what is not known stays as written."""
    staged = {table.staging_name for source in design.sources for table in source.tables}
    schema = design.destination.staging_schema
    bare = name.removeprefix(f"{schema}.")
    for other in design.transformations:
        full = output_name(other, design)
        if name in {full, other.name} or (bare not in staged and bare == full.partition(".")[2]):
            return full
    return f"{schema}.{bare}" if bare in staged else name


def _present(name: str | None, columns: set[str]) -> str | None:
    return name if name in columns else None


def _resolve_checks(design: PipelineDesign) -> None:
    quality = design.quality
    quality.final = [*quality.final, *_missing_reconciliations(design)]
    staged = [quality.pre_transform, quality.post_transform, quality.final]
    for checks, only in zip(staged, _only_tables(design), strict=True):
        for check in checks:
            check.table = _bare(check.table, design) or only
            check.reference_table = _bare(check.reference_table, design)
    everything = [check for checks in staged for check in checks]
    for check, name in zip(everything, unique_names(everything), strict=True):
        check.name = name


def _missing_reconciliations(design: PipelineDesign) -> list[Check]:
    """Return a final reconciliation for every published table that mirrors its source and has none.

    Only where counts must be equal: a full extract published by overwrite, nothing computed in between.
    """
    if design.transformations:
        return []
    covered = {check.table for check in design.quality.final if check.check == "reconciliation"}
    return [
        Check(check="reconciliation", table=table.staging_name, severity="warn")
        for source in design.sources
        for table in source.tables
        if table.loading is not None
        and table.loading.strategy == "overwrite"
        and table.extraction is not None
        and table.extraction.strategy == "full"
        and table.staging_name
        and not covered & {table.staging_name, f"{design.destination.dataset}.{table.staging_name}"}
    ]


def _only_tables(design: PipelineDesign) -> tuple[str | None, str | None, str | None]:
    """Return, per stage, the table a check without one means: the only one there is."""
    staged = [table.staging_name for source in design.sources for table in source.tables]
    outputs = [item.output_table.partition(".")[2] for item in design.transformations] or staged
    first = staged[0] if len(staged) == 1 else None
    last = outputs[0] if len(outputs) == 1 else None
    return first, last, last


def _bare(name: str | None, design: PipelineDesign) -> str | None:
    if name is None:
        return None
    for schema in (design.destination.staging_schema, design.destination.dataset):
        if name.startswith(f"{schema}."):
            return name.removeprefix(f"{schema}.")
    return name
