"""Names that look like code are names: tables and columns of any spelling arrive as they are, on every route."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from generator.design.models import PipelineDesign
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route, quoted
from tests.faults.world import START

TABLE = 'ord"er; DROP x -- %s {a} 東京'
KEY, STAMP = 'select "id"; --', "updated at"
COLUMNS = {
    KEY: "bigint", "from": "text", "O'Neil": "text", "semi;colon -- /* */": "text", "ümläut ß": "text",
    '"': "text", "{{ jinja }} {% raw %}": "text", "%s %(x)s $1 ? :name": "text", "$(reboot) `reboot`": "text",
    "\\": "text", STAMP: "timestamp",
}  # fmt: skip
TEXTS = [name for name, kind in COLUMNS.items() if kind == "text"]
SQL_TYPES = {**COLUMNS, KEY: "bigint primary key"}


def rows(first: int, count: int, stamp: datetime) -> list[tuple[Any, ...]]:
    """Return rows whose values are the names themselves, numbered."""
    return [
        (key, *(f"{name} {key}" for name in TEXTS), stamp + timedelta(seconds=key))
        for key in range(first, first + count)
    ]


def design(route: Route) -> PipelineDesign:
    """Return a design of the one table, every column checked."""

    def checks(stage: str) -> list[dict[str, str]]:
        return [
            {"check": "not_null", "name": f"{stage} {name}", "table": TABLE, "column": name}
            for name in COLUMNS
        ]

    described = [{"name": name, "type": kind, "nullable": name != KEY} for name, kind in COLUMNS.items()]
    return PipelineDesign.model_validate(
        {
            "pipeline": {"name": "names", "description": TABLE, "owner": "O'Neil; --"},
            "sources": [
                {
                    "name": "bank", "type": route.source.type, "connection": route.source.connection,
                    "extraction": {"strategy": "incremental", "watermark_column": STAMP},
                    "tables": [{"table": TABLE, "primary_key": [KEY], "schema": described}],
                }
            ],
            "destination": {**route.place.design, "loading": {"strategy": route.strategy, "key": [KEY]}},
            "quality": {"pre_transform": checks("pre"), "final": checks("final")},
            "requirements": {"retry": {"max_attempts": 1}},
            "technology": {"orchestrator": "cron", "pattern": route.pattern},
        }
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.routes("append", "upsert", "scd2")
def test_hostile_names_arrive_as_they_are(
    origin: str, target: str, pattern: str, strategy: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern, strategy)
    first, second = rows(1, 5, START), rows(4, 5, START + timedelta(days=1))
    route.source.fill(TABLE, SQL_TYPES, first)
    project = make(design(route), tmp_path / "project")
    project.run("run")
    route.source.fill(TABLE, SQL_TYPES, [*first[:3], *second])
    for _ in range(2):
        project.run("run")
    project.run("check")
    listed = ", ".join(quoted(name) for name in COLUMNS)
    found = route.place.rows(
        f"SELECT {listed} FROM {{accounts}} ORDER BY {quoted(KEY)}, {quoted(STAMP)}", TABLE
    )
    kept = first if strategy in ("append", "scd2") else first[:3]
    assert found == sorted([*kept, *second], key=lambda row: (row[0], row[-1]))
