"""A small generated project written by hand: configuration, staging SQL, transformations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from templates.src.engines.types import ddl
from templates.src.pipeline import Pipeline
from templates.src.run_context import Observer, ignore
from templates.src.settings import Settings, load_settings
from templates.src.utils.file_names import file_stem

Columns = Mapping[str, str]


def slowly(*values: str) -> list[Any]:
    """Return parameters of tests that are not among the fast ones."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def table(
    name: str, columns: Columns, *, key: Iterable[str] = (), watermark: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return a table of a resolved design; ``more`` may hold loading, contract, pii, namespace, lookback."""
    extraction: dict[str, Any] = {"strategy": "full", "batch_size": more.pop("batch_size", 1000)}
    if watermark:
        extraction |= {
            "strategy": more.pop("extract", "incremental"),
            "watermark_column": watermark,
            "lookback_minutes": more.pop("lookback", 0),
        }
    return {
        "table": name,
        "primary_key": list(key),
        "columns": more.pop("chosen", list(columns)),
        "schema": [{"name": column, "type": kind} for column, kind in columns.items()],
        "extraction": extraction,
        **more,
    }


def loading(strategy: str, *key: str, **more: Any) -> dict[str, Any]:
    """Return a loading section."""
    return {"strategy": strategy, "key": list(key), **more}


def staging_sql(item: Mapping[str, Any]) -> str:
    """Return the staging query of a table."""
    pii = item.get("pii", {})
    lines = []
    for column in item["schema"]:
        name, kind = column["name"], column["type"]
        quoted = '"' + name.replace('"', '""') + '"'
        action = pii.get(name)
        if action == "drop" or name not in item["columns"]:
            continue
        value = (
            f"{action}(CAST({quoted} AS VARCHAR))"
            if action
            else f"TRY_CAST({quoted} AS {ddl(kind, 'duckdb')})"
        )
        lines.append(f"  {value} AS {quoted}")
    return "SELECT\n" + ",\n".join(lines) + "\nFROM raw\n"


class Project:
    """A project folder and what is in it."""

    def __init__(
        self, home: Path, config: dict[str, Any], transforms: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self.config = config
        self.transforms = dict(transforms or {})
        self.environment: dict[str, str] = {}
        self.write()

    def write(self) -> None:
        """Write every file anew."""
        for folder in ("config", "sql/staging", "sql/transformations", "sql/quality_checks"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "config/pipeline_config.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))
        for source in self.config["sources"]:
            for item in source["tables"]:
                stem = file_stem(item.get("alias") or item["table"])
                (self.home / f"sql/staging/{stem}_staging.sql").write_text(staging_sql(item))
        for name, sql in self.transforms.items():
            (self.home / f"sql/transformations/{name}.sql").write_text(sql)

    @property
    def settings(self) -> Settings:
        """The configuration as the runtime reads it."""
        return load_settings(self.home, self.environment)

    def pipeline(self, observer: Observer = ignore) -> Pipeline:
        """Return the pipeline."""
        return Pipeline(self.settings, observer=observer)

    def run(self, **options: Any) -> Any:
        """Run the pipeline once."""
        return self.pipeline().run(**options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Query the DuckDB destination."""
        with duckdb.connect() as connection:
            connection.execute(
                f"SET TimeZone='UTC'; ATTACH '{self.home}/warehouse.duckdb' AS w (READ_ONLY); USE w"
            )
            return connection.sql(f"SELECT COLUMNS(*)::VARCHAR FROM ({query})").fetchall()


def config(
    *tables: Mapping[str, Any],
    source: Mapping[str, Any] | None = None,
    destination: Mapping[str, Any] | None = None,
    pattern: str = "batch_elt",
    **more: Any,
) -> dict[str, Any]:
    """Return a resolved design: SQLite ``source.db`` to DuckDB ``warehouse.duckdb`` unless told otherwise."""
    made: dict[str, Any] = {
        "version": 1,
        "pipeline": {"name": "shop", "max_runtime_minutes": 60},
        "sources": [
            {"name": "shop", "type": "sqlite", "connection": {"path": "source.db"}, **(source or {}), "tables": list(tables)}
        ],
        "destination": {
            "name": "warehouse", "type": "duckdb", "connection": {"path": "warehouse.duckdb"}, "schema": "analytics",
            "staging_schema": "staging", "loading": {"strategy": "upsert"}, **(destination or {}),
        },
        "technology": {"pattern": pattern},
        "quality": {"thresholds": {"min_row_count_ratio": 0}},
        "requirements": {"retry": {"max_attempts": 2, "initial_delay_seconds": 0.01}},
        **more,
    }  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(made))
    return plain
