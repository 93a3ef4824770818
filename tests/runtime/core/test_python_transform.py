"""Transformations in Python: Arrow tables in, an Arrow table out, published like any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import templates.src.stages as stages
from templates.src.engines.base import Engine
from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.settings import Settings, TransformationSettings
from templates.src.transformers.python_transformer import PythonTransformer
from templates.src.utils.retry import TransformationError
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, table
from tests.runtime.core.test_modelled import COLUMNS, fill


def doubled(inputs: dict[str, pa.Table]) -> pa.Table:
    orders = inputs["orders"]
    return pa.table({"id": orders["id"], "twice": pc.multiply(orders["id"], 2)})


def broken(inputs: dict[str, pa.Table]) -> pa.Table:
    return inputs["no such table"]


def project(tmp_path: Path, place: Place) -> Project:
    transformation = {
        "name": "twice", "type": "python", "input_tables": ["staging.orders"], "output_table": "analytics.twice",
        "loading": loading("upsert", "id"),
    }  # fmt: skip
    item = table("orders", COLUMNS, key=["id"], watermark="updated_at")
    made = config(
        item, destination=place.destination, pattern=place.pattern, transformations=[transformation]
    )
    return Project(tmp_path, made)


def given(monkeypatch: pytest.MonkeyPatch, code: Callable[[dict[str, pa.Table]], pa.Table]) -> None:
    """Stand in for the module a generated project has for the transformation."""

    class Twice(PythonTransformer):
        @staticmethod
        def function(inputs: dict[str, pa.Table]) -> pa.Table:
            return code(inputs)

    def opened(
        settings: Settings, transformation: TransformationSettings, engine: Engine, work: DuckDBEngine
    ) -> PythonTransformer:
        return Twice(settings, transformation, engine, work)

    monkeypatch.setattr(stages, "open_transformer", opened)


def test_a_python_output_is_published(
    tmp_path: Path, source: sqlite3.Connection, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, doubled)
    made = project(tmp_path, place)
    fill(source, 1, 20, "2024-01-01")
    made.run()
    fill(source, 21, 5, "2024-01-02")
    made.run()
    assert sorted(int(row[1] or 0) for row in place.rows("twice", "id, twice")) == [
        2 * i for i in range(1, 26)
    ]


def test_code_that_raises_publishes_nothing(
    tmp_path: Path, source: sqlite3.Connection, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, broken)
    made = project(tmp_path, place)
    fill(source, 1, 3, "2024-01-01")
    with pytest.raises(TransformationError, match="KeyError"):
        made.run()
