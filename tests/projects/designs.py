"""Designs for the matrix: pairs of options, every loading strategy and every column type in each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import combinations, product
from typing import Any

from generator.connectors.registry import connector
from generator.design.models import PipelineDesign
from generator.design.types import SIMPLE_TYPES
from tests.project.designs import connection

STAMP = {"name": "updated_at", "type": "timestamp", "nullable": False, "source_type": "TIMESTAMP"}
UNTYPED = {"interval", "bytes", "time"}
"""Types that text formats and SQLite have no form for."""


@dataclass(frozen=True)
class Options:
    """One combination."""

    source: str
    destination: str
    pattern: str
    orchestrator: str
    mode: str
    extraction: str

    @property
    def name(self) -> str:
        """Short name, for test ids and folders."""
        return "_".join(getattr(self, field.name).replace("batch_", "") for field in fields(self))


CHOICES = {
    "source": ["sqlite", "duckdb", "postgres", "files"],
    "destination": ["duckdb", "postgres", "files"],
    "pattern": ["batch_etl", "batch_elt"],
    "orchestrator": ["airflow", "cron"],
    "mode": ["sql", "python", "replicate"],
    "extraction": ["incremental", "full"],
}


def pairwise() -> list[Options]:
    """Return combinations that hold every pair of options that can go together."""
    offered = [Options(*chosen) for chosen in product(*CHOICES.values())]
    possible = [options for options in offered if _possible(options)]
    left = {pair for options in possible for pair in _pairs(options)}
    chosen = []
    while left:
        best = max(possible, key=lambda options: len(left & _pairs(options)))
        chosen.append(best)
        left -= _pairs(best)
    return chosen


def _possible(options: Options) -> bool:
    elt = options.pattern == "batch_elt"
    return not (elt and (options.destination == "files" or options.mode == "python"))


def _pairs(options: Options) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    named = [(field.name, getattr(options, field.name)) for field in fields(options)]
    return set(combinations(named, 2))


def matrix_design(options: Options) -> PipelineDesign:
    """Return a complete design for a combination."""
    strategies = sorted(connector(options.destination).capabilities.loading)
    source: dict[str, Any] = {
        "name": "origin",
        "type": options.source,
        "connection": connection(options.source, "ORIGIN"),
        "tables": [_table(options, "items"), _types_table(options), _keyless(options)],
    }
    if options.mode == "replicate":
        source["tables"] += [
            _table(options, f"items_{strategy}", _loading(strategy)) for strategy in strategies
        ]
    document: dict[str, Any] = {
        "pipeline": {
            "name": "matrix",
            "description": options.name,
            "owner": "tests",
            "schedule": "15 */6 * * *",
        },
        "sources": [source],
        "destination": {
            "name": "target",
            "type": options.destination,
            "connection": connection(options.destination, "TARGET"),
        },
        "transformations": _transformations(options, strategies),
        "quality": _quality(options),
        "technology": {"pattern": options.pattern, "orchestrator": options.orchestrator},
        "requirements": {"compliance": ["gdpr"], "retention_days": 365},
    }
    return PipelineDesign.model_validate(document)


def _columns(options: Options) -> list[dict[str, Any]]:
    kinds = [
        ("id", "bigint", False), ("grp", "text", False), ("email", "text", True), ("phone", "text", True),
        ("amount", "decimal(12,2)", True), ("active", "boolean", True), ("day", "date", True),
    ]  # fmt: skip
    columns = [
        {"name": name, "type": kind, "nullable": nullable, "source_type": _spelled(options, kind)}
        for name, kind, nullable in kinds
    ]
    return [*columns, {**STAMP, "source_type": _spelled(options, "timestamp")}]


def _spelled(options: Options, kind: str) -> str:
    if options.source == "sqlite":
        return {"bigint": "INTEGER", "text": "TEXT", "timestamp": "TIMESTAMP", "double": "REAL"}.get(
            kind, kind.upper()
        )
    return ""


def _table(options: Options, name: str, loading: dict[str, Any] | None = None) -> dict[str, Any]:
    table: dict[str, Any] = {
        "table": name,
        "primary_key": ["id"],
        "pii": {"email": "tokenize", "phone": "drop"},
        "schema": _columns(options),
        "extraction": _extraction(options),
    }
    if options.source == "files":
        ending = ("csv", "jsonl", "parquet")[len(name) % 3]
        table |= {"table": f"{name}/*.{ending}", "alias": name}
    elif options.source in ("duckdb", "postgres"):
        table["namespace"] = "shop floor"
    if loading and loading["strategy"] == "overwrite":
        table["extraction"] = {"strategy": "full"}
    return table | ({"loading": loading} if loading else {})


def _extraction(options: Options) -> dict[str, Any]:
    if options.extraction == "incremental":
        return {"strategy": "incremental", "watermark_column": "updated_at", "lookback_minutes": 5}
    return {"strategy": "full"}


def _types_table(options: Options) -> dict[str, Any]:
    """Return a table with a column of every type the source has."""
    kinds = [kind for kind in SIMPLE_TYPES if options.source in ("duckdb", "postgres") or kind not in UNTYPED]
    kinds += ["decimal(38,10)"]
    if options.source in ("duckdb", "postgres"):
        kinds += ["integer[]", "text[]"]
    schema = [{"name": "id", "type": "integer", "nullable": False, "source_type": ""}]
    schema += [
        {"name": f"a {kind}", "type": kind, "nullable": True, "source_type": _spelled(options, kind)}
        for kind in kinds
    ]
    return _named(
        options,
        {"table": "types", "primary_key": ["id"], "schema": schema, "extraction": {"strategy": "full"}},
    )


def _keyless(options: Options) -> dict[str, Any]:
    return _named(
        options,
        {
            "table": "events",
            "schema": [{"name": "what", "type": "text", "nullable": True, "source_type": ""}, STAMP],
            "extraction": _extraction(options),
            "loading": {"strategy": "append" if options.extraction == "incremental" else "overwrite"},
        },
    )


def _named(options: Options, table: dict[str, Any]) -> dict[str, Any]:
    if options.source == "files":
        return table | {"table": f"{table['table']}.parquet", "alias": table["table"]}
    return table


def _loading(strategy: str) -> dict[str, Any]:
    loading: dict[str, Any] = {"strategy": strategy}
    if strategy in ("upsert", "merge", "scd1", "scd2", "scd3"):
        loading |= {"key": ["id"], "version_column": "updated_at"}
    if strategy == "scd3":
        loading["tracked_columns"] = ["grp", "amount"]
    return loading


QUERY = """\
SELECT id, grp, amount, updated_at, CASE WHEN active THEN 'yes' ELSE 'no' END AS answer
FROM staging.items
WHERE grp <> 'nothing'
"""
CODE = '''\
"""Keep what has an amount."""

import pyarrow as pa
import pyarrow.compute as pc


def transform(inputs: dict[str, pa.Table]) -> pa.Table:
    """Return the items that have an amount."""
    items = inputs["items"]
    return items.filter(pc.is_valid(items["amount"])).select(["id", "grp", "amount", "updated_at"])
'''


def _transformations(options: Options, strategies: list[str]) -> list[dict[str, Any]]:
    if options.mode == "replicate":
        return []
    made: list[dict[str, Any]] = [
        {
            "name": f"by_{strategy}", "description": f"Items, published by {strategy}", "sql": QUERY,
            "output_table": f"analytics.by_{strategy}", "loading": _loading(strategy),
        }
        for strategy in strategies
    ]  # fmt: skip
    made.append(
        {
            "name": "totals", "output_table": "analytics.totals", "loading": {"strategy": "overwrite", "key": ["grp"]},
            "sql": "SELECT grp, COUNT(*) AS items, SUM(amount) AS amount FROM analytics.by_upsert GROUP BY grp"
            if "upsert" in strategies
            else "SELECT grp, COUNT(*) AS items, SUM(amount) AS amount FROM staging.items GROUP BY grp",
        }
    )  # fmt: skip
    if options.mode == "python":
        made.append(
            {
                "name": "priced", "type": "python", "code": CODE, "input_tables": ["staging.items"],
                "output_table": "analytics.priced", "loading": {"strategy": "upsert" if "upsert" in strategies else "overwrite", "key": ["id"]},
            }
        )  # fmt: skip
    return made


def _quality(options: Options) -> dict[str, Any]:
    checks: dict[str, Any] = {
        "pre_transform": [
            {"check": "not_null", "table": "items", "column": "id", "severity": "critical"},
            {"check": "unique", "table": "items", "columns": ["id"]},
            {"check": "range", "table": "items", "column": "amount", "min": 0, "max": 5000},
            {"check": "accepted_values", "table": "items", "column": "grp", "values": ["a", "b'c", "ü"]},
            {"check": "freshness", "table": "items", "column": "updated_at", "max_age_hours": 2},
            {"check": "row_count", "table": "items", "min_rows": 5},
            {"check": "regex", "table": "events", "column": "what", "pattern": "^[a-z]{2,4}-[0-9]+$"},
            {"check": "length", "table": "events", "column": "what", "min_length": 2, "max_length": 20},
            {"check": "null_rate", "table": "items", "column": "amount", "max_percent": 90},
            {"check": "schema", "table": "items"},
            {
                "check": "referential_integrity", "table": "types", "column": "id", "reference_table": "items",
                "reference_column": "id",
            },
            {"check": "custom_sql", "table": "items", "sql": "SELECT id FROM staging.items WHERE amount < 0"},
        ],
        "final": [{"check": "volume_anomaly", "table": "events" if options.mode == "replicate" else "totals"}],
    }  # fmt: skip
    if options.mode != "replicate":
        checks["post_transform"] = [{"check": "unique", "table": "totals", "columns": ["grp"]}]
    return checks
