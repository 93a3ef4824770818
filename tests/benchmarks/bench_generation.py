"""200 tables generate in under 5 seconds, and twice the tables take about twice the time.

Run by name: uv run pytest -s tests/benchmarks/bench_generation.py
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from generator import generate
from generator.design.models import PipelineDesign
from tests.project.designs import connection

pytestmark = pytest.mark.slow
COLUMNS = 16
LIMIT_SECONDS = 5.0


def wide_design(tables: int, *, modelled: bool = False) -> PipelineDesign:
    """Return a design over many tables of `COLUMNS` columns, with a check each, and a transform for every tenth."""
    schema = [{"name": "id", "type": "bigint", "nullable": False}]
    schema += [
        {"name": f"column_{number}", "type": ("text", "integer", "decimal(10,2)", "timestamp")[number % 4]}
        for number in range(COLUMNS - 2)
    ]
    schema += [{"name": "updated_at", "type": "timestamp", "nullable": False}]
    document = {
        "pipeline": {"name": "wide", "owner": "tests"},
        "sources": [
            {
                "name": "origin", "type": "postgres", "connection": connection("postgres", "ORIGIN"),
                "extraction": {"strategy": "incremental", "watermark_column": "updated_at"},
                "tables": [{"table": f"table_{number}", "primary_key": ["id"], "schema": schema} for number in range(tables)],
            }
        ],
        "destination": {"name": "target", "type": "duckdb", "connection": connection("duckdb", "TARGET"), "loading": {"strategy": "upsert"}},
        "quality": {"pre_transform": [{"check": "not_null", "table": f"table_{number}", "column": "id"} for number in range(tables)]},
        "transformations": [
            {
                "name": f"made_{number}", "output_table": f"analytics.made_{number}", "loading": {"strategy": "overwrite"},
                "sql": f"SELECT a.id, a.column_1, b.column_2 FROM staging.table_{number} a JOIN staging.table_{number + 1} b ON a.id = b.id",
            }
            for number in range(0, tables - 1, 10)
        ] if modelled else [],
    }  # fmt: skip
    return PipelineDesign.model_validate(document)


def seconds(design: PipelineDesign, target: Path) -> float:
    """Return the processor time of generating, with that of the formatter: what an idle machine takes."""
    began = _used()
    generate(design, target)
    return _used() - began


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@pytest.mark.parametrize("modelled", [False, True])
def test_200_tables_generate_in_5_seconds(tmp_path: Path, modelled: bool) -> None:
    seconds(wide_design(2, modelled=modelled), tmp_path / "warm")
    best = min(seconds(wide_design(200, modelled=modelled), tmp_path / str(run)) for run in range(2))
    assert best < LIMIT_SECONDS


def test_cost_is_linear_in_tables(tmp_path: Path) -> None:
    seconds(wide_design(2), tmp_path / "warm")
    small = min(seconds(wide_design(100), tmp_path / f"small{run}") for run in range(2))
    large = min(seconds(wide_design(400), tmp_path / f"large{run}") for run in range(2))
    assert large / small < 4 * 1.5
