"""``sql/staging/``: the query that types a table's extracted rows and takes personal data out of them."""

from __future__ import annotations

from functools import partial

from generator.checks.dialects import identifier
from generator.design.types import decimal_parameters

from ..encoders import sql_comment
from ..planned import PlannedFile, written
from ..view import ProjectView, TableView

_DUCKDB = {
    "boolean": "BOOLEAN", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT",
    "decimal": "VARCHAR",
    "real": "FLOAT", "double": "DOUBLE", "text": "VARCHAR", "bytes": "BLOB", "date": "DATE", "time": "TIME",
    "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ", "interval": "INTERVAL",
    "uuid": "UUID", "json": "JSON",
}  # fmt: skip


def duckdb_type(kind: str) -> str:
    """Return DuckDB's type for a logical type; a decimal it cannot hold exactly stays text."""
    if kind.endswith("[]"):
        return f"{duckdb_type(kind[:-2])}[]"
    if parameters := decimal_parameters(kind):
        precision, scale = parameters
        return f"DECIMAL({precision}, {scale})" if precision <= 38 and 0 <= scale <= precision else "VARCHAR"
    return _DUCKDB[kind]


def staging_files(view: ProjectView) -> list[PlannedFile]:
    """Return one query per source table."""
    return [
        written(f"sql/staging/{table.stem}_staging.sql", "staging_sql", partial(staging_sql, table))
        for table in view.tables
    ]


def staging_sql(table: TableView) -> str:
    """Return the staging query of a table: DuckDB's SQL over the relation ``raw``."""
    expressions = []
    for column in table.columns:
        action, name = table.table.pii.get(column.name), identifier(column.name)
        if action == "drop":
            continue
        if action:
            expressions.append(f"{action}(CAST({name} AS VARCHAR)) AS {name}")
        else:
            expressions.append(f"TRY_CAST({name} AS {duckdb_type(column.type)}) AS {name}")
    lines = [
        f"Staging of {table.name}, from {table.full_name} of {table.source.name}: types, and personal data"
        " taken out.",
        "raw holds the rows as they were extracted.",
    ]
    lines.append("A value that does not fit its type becomes NULL here, and its row a dead letter.")
    return (
        "\n".join(
            [*(sql_comment(line) for line in lines), "SELECT", "  " + ",\n  ".join(expressions), "FROM raw"]
        )
        + "\n"
    )
