"""Values of sources that check no types: SQLite, CSV and JSON Lines. They arrive exactly or are dead letters."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.design.models import Column, PipelineDesign
from tests.generated import make
from tests.servers.postgres import PostgresServer
from tests.types.test_from_postgres import route
from tests.types.text_values import (
    CSV,
    CSV_TYPES,
    JSON_LINES,
    JSON_TYPES,
    SQLITE,
    SQLITE_DDL,
    SQLITE_TYPES,
    Value,
)

pytestmark = pytest.mark.slow
ROUTES = [
    ("duckdb", "batch_elt"),
    ("postgres", "batch_elt"),
    ("postgres", "batch_etl"),
    ("files", "batch_etl"),
]


def sqlite_source(folder: Path) -> dict[str, Any]:
    """Write the values to a SQLite table, one row for each."""
    database = sqlite3.connect(folder / "source.db")
    columns = ", ".join(f"{name} {kind}" for name, kind in SQLITE_DDL.items())
    database.execute(f"create table every (id integer primary key, {columns})")
    for number, item in enumerate(SQLITE):
        database.execute(f"insert into every (id, {item.column}) values (?, ?)", (number, item.value))
    database.execute("insert into every (id) values (-1)")
    database.commit()
    database.close()
    return {"type": "sqlite", "connection": {"path": str(folder / "source.db")}}


def csv_source(folder: Path) -> dict[str, Any]:
    """Write the values to a CSV file, each as it is spelled."""
    lines = [",".join(["id", *CSV_TYPES])]
    for number, item in [*enumerate(CSV), (-1, None)]:
        cells = [str(item.value) if item and item.column == name else "" for name in CSV_TYPES]
        lines.append(",".join([str(number), *cells]))
    (folder / "in").mkdir()
    (folder / "in/every.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"type": "files", "connection": {"path": str(folder / "in")}}


def json_source(folder: Path) -> dict[str, Any]:
    """Write the values to a JSON Lines file; what is absent is left out or null."""
    rows: list[dict[str, Any]] = [{"id": n, item.column: item.value} for n, item in enumerate(JSON_LINES)]
    rows.append({"id": -1, **dict.fromkeys(JSON_TYPES)})
    (folder / "in").mkdir()
    (folder / "in/every.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"type": "files", "connection": {"path": str(folder / "in")}}


Maker = Callable[[Path], dict[str, Any]]
SOURCES: dict[str, tuple[Maker, dict[str, str], Sequence[Value], str]] = {
    "sqlite": (sqlite_source, SQLITE_TYPES, SQLITE, "every"),
    "csv": (csv_source, CSV_TYPES, CSV, "every.csv"),
    "jsonl": (json_source, JSON_TYPES, JSON_LINES, "every.jsonl"),
}


@pytest.mark.parametrize(("kind", "pattern"), ROUTES)
@pytest.mark.parametrize("name", list(SOURCES))
def test_every_value_arrives_or_is_a_dead_letter(
    name: str, kind: str, pattern: str, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    maker, types, values, table = SOURCES[name]
    target = route(kind, tmp_path, postgres_server)
    columns = [Column(name="id", type="bigint"), *(Column(name=n, type=t) for n, t in types.items())]
    design = PipelineDesign.model_validate(
        {
            "pipeline": {"name": "shop", "description": "A shop", "owner": "tests"},
            "sources": [
                {
                    "name": "origin", **maker(tmp_path),
                    "tables": [
                        {
                            "table": table, "alias": "every", "primary_key": ["id"], "extraction": {"strategy": "full"},
                            "schema": [column.model_dump() for column in columns],
                        }
                    ],
                }
            ],
            "destination": target.design,
            "quality": {"thresholds": {"max_failure_rate_percent": 100}},
            "technology": {"pattern": pattern, "orchestrator": "cron"},
        }
    )  # fmt: skip
    project = make(design, tmp_path / "project")
    project.run("run")

    text = "format('%s', {0})" if kind == "postgres" else "CAST({0} AS varchar)"
    found = {
        f"{n} {item.column} {item.value!r:.40}": target.rows(
            f"SELECT {text.format(item.column)} FROM mart.every WHERE id = {n}"
        )
        for n, item in enumerate(values)
    }
    expected = {
        f"{n} {item.column} {item.value!r:.40}": [(shown,)]
        if (shown := _shown(item, kind)) is not None
        else []
        for n, item in enumerate(values)
    }
    assert found == expected
    listed = ", ".join(types)
    assert target.rows(f"SELECT {listed} FROM mart.every WHERE id = -1") == [(None,) * len(types)]
    (run,) = project.status()["runs"]
    assert run["rejected"] == sum(rows == [] for rows in expected.values())


def _shown(item: Value, kind: str) -> str | None:
    """Return how a client of the destination shows a value; None for a dead letter."""
    if kind == "postgres" and item.postgres is not None:
        return None if item.postgres == "dead" else item.postgres
    return item.shown
