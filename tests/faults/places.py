"""Where the faults' pipelines come from and go to, each with a way to read it that is not the pipeline's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from generator.design.models import Loading, PipelineDesign, Transformation
from tests.faults.sources import Source
from tests.faults.world import Row
from tests.servers.postgres import PostgresDatabase

COLUMNS = [
    {"name": "id", "type": "bigint", "nullable": False},
    {"name": "name", "type": "text"},
    {"name": "balance", "type": "decimal(12,2)"},
    {"name": "updated_at", "type": "timestamp", "nullable": False},
]
STRATEGIES = ("append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3")
VERSION = "id, name, CAST(balance * 100 AS BIGINT), updated_at"


class Place(Protocol):
    """A destination: its part of a design, and its rows."""

    design: dict[str, Any]

    def rows(self, query: str, table: str = "accounts") -> list[tuple[Any, ...]]:
        """Return the rows of a query in which ``{accounts}`` stands for a published table, by default of that name."""
        ...


class DuckDBPlace:
    """A DuckDB file."""

    def __init__(self, path: Path) -> None:
        self.design = {
            "name": "warehouse",
            "type": "duckdb",
            "connection": {"path": str(path)},
            "schema": "analytics",
        }
        self._path = path

    def rows(self, query: str, table: str = "accounts") -> list[tuple[Any, ...]]:
        """Return the rows of a query, read by a plain DuckDB client."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            return connection.execute(query.replace("{accounts}", f"analytics.{quoted(table)}")).fetchall()


class PostgresPlace:
    """A PostgreSQL database."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.design = {
            "name": "warehouse", "type": "postgres", "connection": database.connection, "schema": "analytics",
        }  # fmt: skip
        self.database, self.url = database.database, database.url
        self._database = database

    def execute(self, *statements: str) -> None:
        """Run SQL in the database."""
        self._database.execute(*statements)

    def rows(self, query: str, table: str = "accounts") -> list[tuple[Any, ...]]:
        """Return the rows of a query, read by psycopg."""
        return self._database.query(query.replace("{accounts}", f"analytics.{quoted(table)}"))


class FilesPlace:
    """A folder of Parquet files, read as its manifest says."""

    def __init__(self, folder: Path) -> None:
        self.design = {
            "name": "lake",
            "type": "files",
            "connection": {"path": str(folder)},
            "schema": "analytics",
        }
        self._folder = folder

    def rows(self, query: str, table: str = "accounts") -> list[tuple[Any, ...]]:
        """Return the rows of a query over exactly the files that the manifest lists for the table."""
        manifest = json.loads((self._folder / "_manifest.json").read_text())
        files = [str(self._folder / file) for file in files_of(manifest, table)]
        with duckdb.connect() as connection:
            return connection.execute(
                query.replace("{accounts}", f"read_parquet({files!r}, hive_partitioning = false)")
            ).fetchall()


def quoted(name: str) -> str:
    """Return a name as SQL spells it."""
    return '"' + name.replace('"', '""') + '"'


def files_of(manifest: dict[str, Any], table: str) -> list[str]:
    """Return the live files of a table, relative to the manifest."""
    return [
        file
        for entry in manifest["tables"]
        if entry["table"] == table and entry["schema"] == "analytics"
        for file in entry["files"]
    ]


@dataclass(frozen=True)
class Route:
    """A source, a destination, a strategy and a pattern."""

    source: Source
    place: Place
    strategy: str
    pattern: str

    @property
    def modelled(self) -> PipelineDesign:
        """The design with transformations: ``ledger``, the accounts as they are, and ``totals`` of seven groups."""
        design = self.design
        queries = {
            "ledger": ("merge", "id", "SELECT id, name, balance, updated_at FROM staging.accounts"),
            "totals": (
                "upsert",
                "bucket",
                "SELECT id % 7 AS bucket, sum(balance) AS total FROM staging.accounts GROUP BY id % 7",
            ),
        }
        design.transformations = [
            Transformation(
                name=name, input_tables=["staging.accounts"], output_table=f"analytics.{name}", sql=query,
                loading=Loading.model_validate({"strategy": strategy, "key": [key]}),
            )
            for name, (strategy, key, query) in queries.items()
        ]  # fmt: skip
        return design

    @property
    def design(self) -> PipelineDesign:
        """The design: one keyed table, incremental by its watermark unless it is to be replaced in full."""
        full = self.strategy == "overwrite"
        return PipelineDesign.model_validate(
            {
                "pipeline": {"name": "ledger", "description": "Accounts", "owner": "tests"},
                "sources": [
                    {
                        "name": "bank", "type": self.source.type, "connection": self.source.connection,
                        "extraction": {
                            "strategy": "full" if full else "incremental",
                            "watermark_column": None if full else "updated_at",
                            "batch_size": 40,
                        },
                        "tables": [{"table": "accounts", "primary_key": ["id"], "schema": COLUMNS}],
                    }
                ],
                "destination": {
                    **self.place.design,
                    "loading": {"strategy": self.strategy, "key": ["id"], "tracked_columns": ["balance"] if self.strategy == "scd3" else []},
                },
                "quality": {"pre_transform": [{"check": "not_null", "table": "accounts", "column": "id"}]},
                "requirements": {"retry": {"max_attempts": 1}},
                "technology": {"orchestrator": "cron", "pattern": self.pattern},
            }
        )  # fmt: skip

    def published(self) -> list[Any]:
        """Return what the destination shows, in the form in which `expected` is given."""
        if self.strategy == "scd2":
            found = self.place.rows(
                f"SELECT {VERSION}, valid_from, valid_to, is_current FROM {{accounts}} ORDER BY 1, 5"
            )
            assert all(row[6] is (row[5] is None) for row in found)
            return [(Row(*row[:4]), row[4], row[5]) for row in found]
        extra = ", CAST(previous_balance * 100 AS BIGINT)" if self.strategy == "scd3" else ""
        found = self.place.rows(f"SELECT {VERSION}{extra} FROM {{accounts}} ORDER BY 1, 4, 2, 3")
        return [(Row(*row[:4]), *row[4:]) for row in found] if extra else [Row(*row) for row in found]


Places = Callable[[str, Path, PostgresDatabase | None], Place]


def place(kind: str, folder: Path, database: PostgresDatabase | None) -> Place:
    """Return a fresh destination of a kind."""
    if kind == "postgres":
        assert database is not None
        return PostgresPlace(database)
    return DuckDBPlace(folder / "warehouse.duckdb") if kind == "duckdb" else FilesPlace(folder / "lake")
