"""Looking at a PostgreSQL database: its catalogue in bulk, a sample, a profile."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from generator.connectors.base import DISPLAY_LIMIT, ProgressCallback
from generator.connectors.catalog import Catalog, ForeignKey, ProbedColumn, ProbedTable, Profile, Sample
from generator.connectors.profiling import ProfileDialect, compute_profile
from generator.errors import ProbeError

from .queries import COLUMNS, RELATIONS, RIGHTS, SERVER, SIZE
from .session import quote, reading
from .types import logical_type

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .settings import PostgresSettings

Name = tuple[str, str]
DEFAULT_SCHEMA = "public"
SAMPLE_ABOVE = 5
"""A table of more than so many times the wanted rows is sampled over all its pages, not from the front."""
_ORDERED = {"smallint", "integer", "bigint", "decimal", "real", "double", "date", "time", "timestamp",
            "timestamptz", "interval"}  # fmt: skip
DIALECT = ProfileDialect(
    text="({c})::text",
    text_of="({c})::text",
    distinct_json="array_to_json(array_agg(DISTINCT left(({c})::text, {n})))::text",
    orderable=lambda column: column.type.split("(")[0] in _ORDERED,
)


def probe(settings: PostgresSettings, timeout: float, on_table: ProgressCallback | None) -> Catalog:
    """Return all tables and views the role may read."""
    started = time.monotonic()
    with reading(settings, timeout) as connection:
        version = connection.exec_driver_sql(SERVER).scalar_one()
        wanted = settings.schema_names
        filters = {"schemas": wanted or None}
        relations = connection.exec_driver_sql(RELATIONS, filters).all()
        readable = [row for row in relations if row.readable]
        if relations and not readable:
            raise _nothing_readable(settings, [row.schema for row in relations])
        columns = _columns(connection, filters)
        schemas = list(dict.fromkeys(row.schema for row in readable))
        keys, foreign, indexes = _keys(connection, schemas)
        tables = []
        for row in readable:
            place = (row.schema, row.name)
            table = ProbedTable(
                namespace=row.schema,
                name=row.name,
                kind=row.kind,
                columns=tuple(columns[place]),
                primary_key=keys.get(place, ()),
                foreign_keys=foreign.get(place, ()),
                indexes=indexes.get(place, ()),
                rows=None if row.rows is None else int(row.rows),
                size_bytes=row.size,
                comment=row.comment or "",
            )
            tables.append(table)
            if on_table:
                on_table(table)
    return Catalog(
        connector="postgres",
        system=f"PostgreSQL {version}",
        tables=tuple(tables),
        elapsed_seconds=time.monotonic() - started,
        warnings=tuple(_warnings(settings, wanted, schemas, hidden=len(relations) - len(readable))),
    )


def sample(settings: PostgresSettings, table: ProbedTable, rows: int) -> Sample:
    """Return the first rows as display strings: lists as JSON, bytes as ``\\x..``."""
    shown = [_display(column) for column in table.columns]
    query = f"SELECT {', '.join(shown)} FROM {_relation(table)} LIMIT {rows:d}"
    with reading(settings, 10.0) as connection:
        found = connection.exec_driver_sql(_escaped(query)).all()
    return Sample(columns=table.column_names, rows=tuple(tuple(row) for row in found))


def profile(settings: PostgresSettings, table: ProbedTable, rows: int) -> Profile:
    """Profile a bounded sample: spread over the pages of a large table, the front of anything else."""
    relation = _relation(table)
    with reading(settings, 10.0) as connection:
        spread = _spread(connection, relation, rows)

        def bounded(columns: Sequence[str]) -> str:
            return f"SELECT {', '.join(columns)} FROM {relation}{spread} LIMIT {rows:d}"

        def fetch(query: str) -> Sequence[object]:
            return list(connection.exec_driver_sql(_escaped(query)).one())

        return compute_profile(
            table, rows=rows, whole=not spread, quote=quote, sample=bounded, fetch=fetch, dialect=DIALECT
        )


def check_destination(settings: PostgresSettings, timeout: float) -> str:
    """Return the server's version; make sure that the role can create schemas and write.

    Raises:
        ProbeError: it cannot connect, or lacks the right.
    """
    where = f"{settings.host}:{settings.port}/{settings.database}"
    with reading(settings, timeout) as connection:
        version = connection.exec_driver_sql(SERVER).scalar_one()
        rights = connection.exec_driver_sql(RIGHTS).one()
    if rights.standby:
        fix = "use the primary server"
        raise ProbeError("this server is a read-only replica", kind="no_permission", where=where, fix=fix)
    if not rights.may_create:
        what = f"{settings.username} may not create schemas in the database {settings.database}"
        fix = f'run: GRANT CREATE ON DATABASE "{settings.database}" TO "{settings.username}"'
        raise ProbeError(what, kind="no_permission", where=where, fix=fix)
    return f"PostgreSQL {version}"


def _columns(connection: Connection, filters: dict[str, Any]) -> dict[Name, list[ProbedColumn]]:
    found: dict[Name, list[ProbedColumn]] = defaultdict(list)
    mapped: dict[tuple[str, str], tuple[str, str]] = {}
    for row in connection.exec_driver_sql(COLUMNS, filters):
        spelled = (row.base, row.typtype)
        if spelled not in mapped:
            mapped[spelled] = logical_type(*spelled)
        logical, caveat = mapped[spelled]
        column = ProbedColumn(
            name=row.name,
            type=logical,
            nullable=row.nullable,
            source_type=row.spelled,
            comment=row.comment or "",
            caveat=caveat,
        )
        found[row.schema, row.relation].append(column)
    return found


def _keys(
    connection: Connection, schemas: Iterable[str]
) -> tuple[
    dict[Name, tuple[str, ...]], dict[Name, tuple[ForeignKey, ...]], dict[Name, tuple[tuple[str, ...], ...]]
]:
    """Return primary keys, foreign keys and indexes, a whole schema at a time."""
    from sqlalchemy import inspect
    from sqlalchemy.engine.reflection import ObjectKind

    inspector = inspect(connection)
    keys: dict[Name, tuple[str, ...]] = {}
    foreign: dict[Name, tuple[ForeignKey, ...]] = {}
    indexes: dict[Name, tuple[tuple[str, ...], ...]] = {}
    for schema in schemas:

        def bulk(
            read: Callable[..., dict[Any, Any]], schema: str = schema, kind: ObjectKind = ObjectKind.TABLE
        ) -> Iterable[tuple[Name, Any]]:
            return (((schema, name), facts) for (_, name), facts in read(schema=schema, kind=kind).items())

        for place, key in bulk(inspector.get_multi_pk_constraint):
            keys[place] = tuple(key["constrained_columns"]) if key else ()
        for place, facts in bulk(inspector.get_multi_foreign_keys):
            foreign[place] = tuple(
                ForeignKey(
                    columns=tuple(fact["constrained_columns"]),
                    table=fact["referred_table"],
                    references=tuple(fact["referred_columns"]),
                    namespace=fact["referred_schema"] or schema,
                )
                for fact in facts
            )
        for place, facts in bulk(inspector.get_multi_indexes, kind=ObjectKind.ANY):
            plain = [fact for fact in facts if None not in fact["column_names"] and not _is_partial(fact)]
            indexes[place] = tuple(tuple(fact["column_names"]) for fact in plain)
    return keys, foreign, indexes


def _is_partial(index: dict[str, Any]) -> bool:
    return bool(index.get("dialect_options", {}).get("postgresql_where"))


def _spread(connection: Connection, relation: str, rows: int) -> str:
    """Return what samples a large table in random order; nothing for a small one, a view or a foreign table."""
    size = connection.exec_driver_sql(SIZE, {"relation": relation}).one()
    if size.relkind not in ("r", "m") or size.reltuples <= SAMPLE_ABOVE * rows:
        return ""
    # More than the share, as the number of pages that are picked varies. In the order of the table LIMIT would cut off
    # its end.
    percent = min(100.0, 150.0 * rows / size.reltuples)
    return f" TABLESAMPLE SYSTEM ({percent:.6f}) ORDER BY random()"


def _warnings(
    settings: PostgresSettings, wanted: list[str], found: list[str], *, hidden: int
) -> Iterable[str]:
    if hidden:
        plural = "s" if hidden > 1 else ""
        verb = "are" if plural else "is"
        yield f"{hidden} table{plural} the role {settings.username} may not read {verb} left out."
    if missing := [name for name in wanted if name not in found]:
        yield f"There is nothing to read in the schema{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
    elif not found:
        yield f"The database {settings.database} holds no tables; check that it is the one you mean."


def _nothing_readable(settings: PostgresSettings, schemas: list[str]) -> ProbeError:
    schema = schemas[0]
    return ProbeError(
        f"{settings.username} may not read any of the {len(schemas)} tables",
        kind="no_permission",
        where=f"{settings.host}:{settings.port}/{settings.database}",
        fix=(
            f"run: GRANT USAGE ON SCHEMA {quote(schema)} TO {quote(settings.username)}; "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote(schema)} TO {quote(settings.username)}"
        ),
    )


def _relation(table: ProbedTable) -> str:
    return f"{quote(table.namespace or DEFAULT_SCHEMA)}.{quote(table.name)}"


def _display(column: ProbedColumn) -> str:
    name = quote(column.name)
    text = f"to_json({name})::text" if column.type.endswith("[]") else f"{name}::text"
    return f"left({text}, {DISPLAY_LIMIT})"


def _escaped(query: str) -> str:
    """Double the percent signs of identifiers: the driver reads them as parameters."""
    return query.replace("%", "%%")
