"""``tests/``: the generated project's own tests and the sample data they work on."""

from __future__ import annotations

import json
from functools import partial

from ..planned import PlannedFile, written
from ..samples.rows import Row, sample_rows
from ..view import ProjectView


def suite_files(view: ProjectView) -> list[PlannedFile]:
    """Return tests, fixtures and sample data."""
    samples = sample_rows(view)
    return [
        written(
            f"tests/fixtures/sample_data/{table.stem}.jsonl",
            "suite",
            partial(_lines, samples[table.name]),
        )
        for table in view.tables
    ]


def _lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
