"""Problems of the sources and their tables."""

from __future__ import annotations

from collections.abc import Iterator

from ..models import Extraction, PipelineDesign, Source
from ..names import part_name_fault, staging_name_fault, table_name_fault
from ..nearest import did_you_mean
from ..problem import Problem, error, the_first, warning
from ..relations import PlacedTable, effective_extraction, placed_tables
from ..types import kept_as_text
from .references import reference_problems

_UNORDERED = {"boolean", "json", "bytes", "interval", "time"}


def source_problems(design: PipelineDesign) -> Iterator[Problem]:
    """Yield what is wrong with `sources`."""
    if not design.sources:
        yield error("sources", "there is no source", "add one")
    names: set[str] = set()
    for index, source in enumerate(design.sources):
        path = f"sources[{index}]"
        if fault := part_name_fault(source.name):
            yield error(f"{path}.name", *fault)
        elif source.name in names:
            yield error(f"{path}.name", f"two sources are named {source.name}", "rename one of them")
        names.add(source.name)
        yield from _source(path, source)
    yield from _clashes(design)
    for placed in placed_tables(design):
        yield from _table(placed)


def _source(path: str, source: Source) -> Iterator[Problem]:
    if not source.type:
        yield error(f"{path}.type", "the type of the source is missing", "choose a connector")
    for key, value in source.connection.items():
        yield from reference_problems(f"{path}.connection.{key}", value)
    if not source.tables:
        yield error(f"{path}.tables", "no table is taken from the source", "pick at least one")
    yield from _unknown(path, source)
    if source.extraction.strategy == "cdc":
        yield _cdc(f"{path}.extraction.strategy")


def _unknown(path: str, source: Source) -> Iterator[Problem]:
    """Name, at once, the tables whose columns nobody has looked up: nothing can be typed, checked or masked there."""
    names = [table.table for table in source.tables if table.table and not table.columns_probed]
    if names:
        yield error(
            f"{path}.tables",
            f"the columns of {the_first(names)} are not known yet",
            "probe the source; pipewizard probe DESIGN.yaml -o DESIGN.yaml keeps them in the design",
        )


def _cdc(path: str) -> Problem:
    return error(path, "cdc is not offered in this release", "use incremental or full")


def _clashes(design: PipelineDesign) -> Iterator[Problem]:
    """Staging is one namespace for all sources, and its engines do not tell upper from lower case."""
    first: dict[str, PlacedTable] = {}
    for placed in placed_tables(design):
        folded = placed.name.casefold()
        if not folded:
            continue
        other = first.setdefault(folded, placed)
        if other is placed:
            continue
        key = "alias" if placed.table.alias else "table"
        where = (
            "twice in this source" if other.source is placed.source else f"in source {other.source.name} too"
        )
        alias = f"{placed.source.name}_{placed.table.table}"
        yield error(
            f"{placed.path}.{key}",
            f"the staging name {placed.name} is taken {where} ({other.path})",
            f"give one of them another alias, as {alias}",
        )


def _table(placed: PlacedTable) -> Iterator[Problem]:
    path, table = placed.path, placed.table
    if fault := table_name_fault(table.table):
        yield error(f"{path}.table", *fault)
    elif fault := staging_name_fault(placed.name):
        yield error(f"{path}.alias", *fault)
    columns = {column.name: column for column in table.columns_probed}
    if len(columns) < len(table.columns_probed):
        yield error(f"{path}.schema", "a column is listed twice", "probe the table again")
    for index, column in enumerate(table.columns_probed):
        if fault := table_name_fault(column.name):
            yield error(f"{path}.schema[{index}].name", *fault)
    yield from _columns(placed, list(columns))
    yield from _key(placed, list(columns))
    yield from _extraction(placed)
    for column_name, action in table.pii.items():
        if columns and column_name not in columns:
            fix = did_you_mean(column_name, columns)
            yield error(f"{path}.pii.{column_name}", f"{table.table} has no column {column_name!r}", fix)
        if column_name in table.primary_key and action != "tokenize":
            fix = "use tokenize, which keeps equal values equal"
            yield error(f"{path}.pii.{column_name}", f"a key column cannot be given {action}", fix)


def _columns(placed: PlacedTable, known: list[str]) -> Iterator[Problem]:
    table, path = placed.table, f"{placed.path}.columns"
    if table.columns == "*":
        return
    if not table.columns:
        yield error(path, "no column is taken", 'list columns, or write "*" for all')
    for index, name in enumerate(table.columns):
        if name in table.columns[:index]:
            yield error(f"{path}[{index}]", f"the column {name!r} is listed twice", "remove one")
        elif fault := table_name_fault(name):
            yield error(f"{path}[{index}]", *fault)
        elif known and name not in known:
            fix = did_you_mean(name, known)
            yield error(f"{path}[{index}]", f"{table.table} has no column {name!r}", fix)


def _key(placed: PlacedTable, known: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(placed.table.primary_key):
        path = f"{placed.path}.primary_key[{index}]"
        if name in placed.table.primary_key[:index]:
            yield error(path, f"the key column {name!r} is listed twice", "remove one")
        if known and name not in known:
            fix = did_you_mean(name, known)
            yield error(path, f"{placed.table.table} has no column {name!r}", fix)


def _extraction(placed: PlacedTable) -> Iterator[Problem]:
    table, own = placed.table, placed.table.extraction or Extraction()
    if own.strategy == "cdc":
        yield _cdc(f"{placed.path}.extraction.strategy")
    extraction = effective_extraction(placed.source, table)
    if extraction.strategy != "incremental":
        return
    path = f"{placed.path}.extraction.watermark_column"
    name = extraction.watermark_column
    types = {column.name: column.type for column in table.columns_probed}
    if not name or (types and name not in types):
        fix = did_you_mean(name or "", types) if name else ""
        fix = fix or "name the column that grows with every change, or use strategy full"
        said = f"{table.table} has no column {name!r}" if name else f"{table.table or 'the table'} has none"
        if own.strategy is None and own.watermark_column is None:
            yield warning(
                path, f"{said} for a watermark, so that it will be extracted in full every time", fix
            )
        else:
            yield error(path, f"incremental extraction needs a watermark column: {said}", fix)
        return
    if types.get(name, "").split("[")[0] in _UNORDERED:
        fix = "choose a timestamp, a date or a growing number"
        yield error(path, f"{name} is {types[name]} and cannot order rows", fix)
    elif kept_as_text(types.get(name, "")):
        fix = "give it a type with a precision in the table's schema, as decimal(20,0), or choose another column"
        yield error(path, f"{name} is {types[name]}, which is staged as text and has the order of text", fix)
    if action := table.pii.get(name):
        fix = "keep it as it is"
        yield error(f"{placed.path}.pii.{name}", f"the watermark column cannot be given {action}", fix)
    if not table.primary_key:
        fix = "give a primary key if the table has one"
        said = f"{table.table} has no key, so that changed rows are told from new ones by the watermark only"
        yield warning(f"{placed.path}.primary_key", said, fix)
