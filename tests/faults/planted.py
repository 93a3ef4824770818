"""People with values planted to be looked for, and the search for them: in bytes of files, and in every PostgreSQL table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from generator.design.models import PipelineDesign
from tests.faults.places import Place, PostgresPlace

KEY = "CUST-4711-planted"
OTHER = "CUST-0815-planted"
EMAIL = "ada.planted@example.org"
PHONE = "+49-30-5550-planted"
TAX = "TAX-99-planted"
SECRETS = (EMAIL, PHONE, TAX)
PEOPLE = {
    "customer_id": "varchar(40) primary key", "email": "text", "phone": "text", "tax_number": "text",
    "balance": "numeric(12,2)", "vanished": "boolean", "updated_at": "timestamp not null",
}  # fmt: skip
COLUMNS = [
    {"name": "customer_id", "type": "text", "nullable": False},
    {"name": "email", "type": "text"},
    {"name": "phone", "type": "text"},
    {"name": "tax_number", "type": "text"},
    {"name": "balance", "type": "decimal(12,2)"},
    {"name": "vanished", "type": "boolean"},
    {"name": "updated_at", "type": "timestamp", "nullable": False},
]
TOKEN_KEY = "a token key that nobody guesses"


def person(
    key: str, *, balance: str = "10", day: int = 1, email: str = EMAIL, vanished: bool = False
) -> dict[str, Any]:
    """Return a person; all values but the key are planted ones."""
    values = (key, email, PHONE, TAX, balance, vanished, f"2026-01-0{day} 10:00:00")
    return dict(zip(PEOPLE, values, strict=True))


def design(source: dict[str, Any], place: Place, strategy: str, pattern: str) -> PipelineDesign:
    """Return the design of a pipeline of people whose personal columns are tokenised, masked and dropped."""
    checks = [
        {"check": "regex", "table": "people", "column": "email", "pattern": "^nobody$", "severity": "warn"},
        {"check": "unique", "table": "people", "columns": ["email"], "severity": "warn"},
        {
            "check": "accepted_values",
            "table": "people",
            "column": "phone",
            "values": ["x"],
            "severity": "warn",
        },
        {"check": "range", "table": "people", "column": "balance", "max": 1, "severity": "warn"},
    ]
    return PipelineDesign.model_validate(
        {
            "pipeline": {"name": "people", "description": "People", "owner": "tests"},
            "sources": [
                {
                    "name": "crm", **source,
                    "extraction": {"strategy": "incremental", "watermark_column": "updated_at", "lookback_minutes": 0},
                    "tables": [
                        {
                            "table": "people", "primary_key": ["customer_id"], "schema": COLUMNS,
                            "pii": {"email": "tokenize", "phone": "mask", "tax_number": "drop"},
                        }
                    ],
                }
            ],
            "destination": {
                **place.design,
                "loading": {
                    "strategy": strategy, "key": ["customer_id"],
                    "deleted_column": "vanished" if strategy in ("upsert", "merge", "scd2") else None,
                    "tracked_columns": ["email"] if strategy == "scd3" else [],
                },
            },
            "quality": {"pre_transform": checks, "final": checks, "thresholds": {"max_failed_rows": 1000}},
            "requirements": {"retry": {"max_attempts": 1}, "compliance": ["gdpr"]},
            "technology": {"orchestrator": "cron", "pattern": pattern},
        }
    )  # fmt: skip


def hits(values: Iterable[str], folders: Iterable[Path], place: Place | None = None) -> list[str]:
    """Return every place in which one of the values is found.

    Files are searched by their bytes, also those of deleted rows, and by their rows, whose text may be compressed;
    PostgreSQL by its rows.
    """
    wanted, found = list(values), list[str]()
    for folder in folders:
        files = [folder] if folder.is_file() else [path for path in folder.rglob("*") if path.is_file()]
        for file in sorted(files):
            content = file.read_bytes()
            found += [f"{value} in {file}" for value in wanted if value.encode() in content]
            for name, row in _rows(file, content):
                found += [f"{value} in {name} of {file}: {row}" for value in wanted if value in row]
    if isinstance(place, PostgresPlace):
        for schema, table in place.rows(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ):
            for (row,) in place.rows(f'SELECT CAST(t AS text) FROM "{schema}"."{table}" AS t'):
                found += [f"{value} in {schema}.{table}: {row}" for value in wanted if value in row]
    return found


def _rows(file: Path, content: bytes) -> Iterator[tuple[str, str]]:
    """Return every row of a Parquet or DuckDB file as text, each with its table's name."""
    if content.startswith(b"PAR1"):
        with duckdb.connect() as connection:
            for (row,) in connection.execute(
                "SELECT CAST(t AS VARCHAR) FROM read_parquet(?, hive_partitioning = false) AS t", [str(file)]
            ).fetchall():
                yield "rows", row
    elif content[8:12] == b"DUCK":
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{file}' AS searched (READ_ONLY)")
            for schema, table in connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'searched'"
            ).fetchall():
                rows = f'SELECT CAST(t AS VARCHAR) FROM searched."{schema}"."{table}" AS t'
                for (row,) in connection.execute(rows).fetchall():
                    yield f"{schema}.{table}", row
