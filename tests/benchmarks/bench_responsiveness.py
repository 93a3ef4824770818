"""What the wizard asks of the generator while somebody types, in processor time: the best of some attempts.

Run by name: uv run pytest -s tests/benchmarks/bench_responsiveness.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from generator.design.models import Column, PipelineDesign, Table, Transformation
from generator.design.yaml_io import parse_design
from generator.project.resolve import resolve
from generator.project.review import problems
from generator.sql.completion import completions
from generator.sql.parse import check_sql
from tests.design.test_problems import GOOD
from tests.sql.test_check_sql import TABLES
from tui.views.starter_tables import StarterTable, linked_pair


def best(what: str, work: Callable[[], object], *, attempts: int = 5) -> float:
    """Print and return the least processor time of some attempts, in milliseconds."""
    times = []
    for _ in range(attempts):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    print(f"{what}: {min(times) * 1000:.1f} ms")
    return min(times) * 1000


def wide_tables(number: int) -> list[Table]:
    """Return tables of 50 columns."""
    columns = [Column(name=f"c{place}", type="bigint") for place in range(50)]
    return [
        Table(table=f"t{n}", primary_key=["c0"], extraction={"strategy": "full"}, columns_probed=columns)
        for n in range(number)
    ]


def test_a_query_is_checked_in_30_ms() -> None:
    columns = ", ".join(f"sum(amount + {number}) AS c{number}" for number in range(30))
    queries = iter(
        f"SELECT status, {columns} FROM staging.orders WHERE order_id > {attempt} GROUP BY status"
        for attempt in range(5)
    )
    assert best("a query of 30 aggregates checked", lambda: check_sql(next(queries), TABLES)) < 30


def test_completion_among_five_thousand_tables_takes_20_ms() -> None:
    tables = {
        f"staging.table_{number}": {f"column_{place}": "text" for place in range(50)}
        for number in range(5_000)
    }
    for before, after in (("SELECT * FROM tab", ""), ("SELECT t.col", " FROM table_4999 t")):
        complete = partial(completions, before + after, len(before), tables)
        assert complete()
        assert best(f"completion of {before!r}", complete) < 20


def test_a_design_of_200_tables_is_reviewed_in_half_a_second() -> None:
    design = parse_design(GOOD)
    design.sources[0].tables += wide_tables(200)
    assert problems(design) == []
    assert best("200 tables reviewed", lambda: problems(design)) < 500


def test_200_tables_and_100_queries_resolve_in_5_seconds() -> None:
    design = PipelineDesign.model_validate({"sources": [{"name": "s", "type": "sqlite"}]})
    design.sources[0].tables = wide_tables(200)
    design.destination.type = "duckdb"
    design.transformations = [
        Transformation(name=f"x{number}", sql=f"SELECT c1, count(*) AS n FROM t{number} GROUP BY 1")
        for number in range(100)
    ]
    assert best("200 tables and 100 queries resolved", lambda: resolve(design), attempts=2) < 5_000


def test_the_pair_to_join_is_found_among_5000_tables_in_a_second() -> None:
    tables = [StarterTable(f"t{number}", (("id", "bigint"),)) for number in range(5_000)]
    tables.append(StarterTable("child", (("id", "bigint"),), links=((("id",), "t7", ("id",)),)))
    assert best("pair found", lambda: linked_pair(tables, [9])) < 1_000
