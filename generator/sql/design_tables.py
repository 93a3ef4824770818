"""The tables a design's queries may read: staging tables as they land, outputs of other transformations."""

from __future__ import annotations

from functools import lru_cache

from generator.design.models import PipelineDesign, Table, Transformation
from generator.design.types import normalize_type

from .parse import tables_read
from .relations import Relations, Shape, Tables

_LOGICAL = {
    "varchar": "text", "blob": "bytes", "float": "real", "hugeint": "decimal(38,0)",
    "timestamp with time zone": "timestamptz",
    "time with time zone": "text", "tinyint": "smallint", "utinyint": "smallint", "usmallint": "integer",
    "uinteger": "bigint", "ubigint": "decimal(20,0)", "uhugeint": "decimal", "timestamp_ns": "timestamp",
    "timestamp_s": "timestamp", "timestamp_ms": "timestamp", "time_ns": "time", "bit": "text",
}  # fmt: skip


def landed_columns(table: Table) -> dict[str, str]:
    """Return the columns of a source table that reach staging, with the type they have there.

    Dropped personal data is gone; masked and tokenized columns are text.
    """
    known = {column.name: column.type for column in table.columns_probed}
    names = list(known) if table.columns == "*" else table.columns
    return {
        name: "text" if name in table.pii else known.get(name, "text")
        for name in names
        if table.pii.get(name) != "drop"
    }


def staging_tables(design: PipelineDesign) -> dict[str, dict[str, str]]:
    """Return ``staging.table`` -> columns of every extracted table."""
    schema = design.destination.staging_schema
    return {
        f"{schema}.{table.staging_name}": landed_columns(table)
        for source in design.sources
        for table in source.tables
        if table.staging_name
    }


def output_name(transformation: Transformation, design: PipelineDesign) -> str:
    """Return the full name of the table a transformation publishes (default: its name, in the dataset)."""
    written = transformation.output_table or transformation.name
    return written if "." in written else f"{design.destination.dataset}.{written}"


def design_tables(design: PipelineDesign, *, before: str | None = None) -> dict[str, dict[str, str]]:
    """Return every table a transformation's query may read, with columns and logical types.

    Args:
        design: May be incomplete.
        before: Name of the transformation whose query is edited: its own output is left out.

    Outputs of Python transformations, and of queries that do not parse, have no known columns.
    """
    tables = staging_tables(design)
    waiting = [item for item in design.transformations if item.name and item.name != before]
    names: dict[str, dict[str, str]] = {output_name(item, design): {} for item in waiting}
    known: dict[str, dict[str, str]] = {**names, **tables}
    # The names are all there from the start, the columns come as they become known.
    relations = Relations.of(known)
    for transformation in ordered(waiting, design):
        full = output_name(transformation, design)
        computed = transformation.type == "sql" and transformation.sql
        known[full] = tables[full] = _columns(transformation.sql or "", relations) if computed else {}
    return tables


def ordered(transformations: list[Transformation], design: PipelineDesign) -> list[Transformation]:
    """Return transformations so that each comes after those it reads; otherwise in the given order.

    Members of a cycle come last, in the given order.
    """
    makers: dict[str, int] = {}
    for position, item in enumerate(transformations):
        full = output_name(item, design)
        for name in (full, full.partition(".")[2], item.name):
            makers.setdefault(name.casefold(), position)
    relations = _readable(design)
    needs = [
        {makers[name.casefold()] for name in _inputs(item, relations) if name.casefold() in makers}
        - {position}
        for position, item in enumerate(transformations)
    ]
    done: dict[int, None] = {}
    left = list(range(len(transformations)))
    while left:
        # One at a time keeps the given order wherever the dependencies allow it.
        ready = next((position for position in left if needs[position] <= done.keys()), None)
        if ready is None:
            break
        done[ready] = None
        left.remove(ready)
    return [transformations[position] for position in [*done, *left]]


def inputs(transformation: Transformation, design: PipelineDesign) -> list[str]:
    """Return the tables a transformation reads: those of its query, else those it declares."""
    return _inputs(transformation, _readable(design))


def all_inputs(design: PipelineDesign) -> set[str]:
    """Return every table that any transformation reads; see `inputs`."""
    relations = _readable(design)
    return {name for item in design.transformations for name in _inputs(item, relations)}


def _readable(design: PipelineDesign) -> Relations:
    """Return the names queries may read, without columns."""
    schema = design.destination.staging_schema
    staged = [f"{schema}.{table.staging_name}" for source in design.sources for table in source.tables]
    outputs = [output_name(item, design) for item in design.transformations if item.name]
    return Relations.of({name: {} for name in [*outputs, *staged]})


def _inputs(transformation: Transformation, relations: Relations) -> list[str]:
    if transformation.type == "sql" and transformation.sql:
        for dialect in ("duckdb", "postgres"):
            if found := tables_read(transformation.sql, relations, dialect):
                return found
    return list(transformation.input_tables)


def output_columns(sql: str, tables: Tables) -> dict[str, str]:
    """Return the columns and logical types a query gives, as the engine binds them; empty when it cannot."""
    return _columns(sql, Relations.of(tables))


def _columns(sql: str, relations: Relations) -> dict[str, str]:
    tables = relations.tables
    used = [name for name in tables_read(sql, relations, "duckdb") if tables.get(name)]
    return dict(_output_columns(sql, tuple((name, tuple(tables[name].items())) for name in used)))


@lru_cache(maxsize=512)
def _output_columns(sql: str, shape: Shape) -> tuple[tuple[str, str], ...]:
    from .engine import bind

    bound = bind(sql, Relations.of({name: dict(columns) for name, columns in shape}))
    return tuple((name, logical_type(kind)) for name, kind in bound.columns)


def logical_type(engine_type: str) -> str:
    """Return the logical type of a DuckDB type; what has none is text."""
    kind = engine_type.strip().lower()
    if kind.endswith("[]"):
        return logical_type(kind[:-2]) + "[]"
    try:
        return normalize_type(_LOGICAL.get(kind, kind))
    except ValueError:
        return "json" if kind.startswith(("struct", "map", "union")) else "text"
