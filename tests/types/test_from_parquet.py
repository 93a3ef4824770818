"""Parquet written by pyarrow: every type arrives exactly, or as the probe says, or as a dead letter."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.end_to_end.designing import designed, probe
from tests.generated import make
from tests.servers.postgres import PostgresServer
from tests.types.test_from_postgres import route

pytestmark = pytest.mark.slow
DEAD = "dead"
# The Arrow type, a value, its text in DuckDB, its text in PostgreSQL where that differs, what the probe tells.
VALUES: list[tuple[pa.DataType, Any, str, str | None, str]] = [
    (pa.int8(), -128, "-128", None, ""),
    (pa.uint64(), 2**64 - 1, "18446744073709551615", None, ""),
    (pa.decimal128(38, 10), Decimal("1234567890123456789012345678.0123456789"), "1234567890123456789012345678.0123456789", None, ""),
    (pa.decimal256(50, 5), Decimal("1.5"), "1.5", None, "decimal(50,5) has more than 38 digits"),
    (pa.float32(), 0.1, "0.1", None, ""),
    (pa.float32(), float("nan"), "nan", "NaN", ""),
    (pa.float64(), float("-inf"), "-inf", "-Infinity", ""),
    (pa.bool_(), True, "true", "t", ""),
    (pa.string(), "", "", None, ""),
    (pa.string(), "héé😀", "héé😀", None, ""),
    (pa.string(), "a\0b", "a\0b", DEAD, ""),
    (pa.large_string(), "x" * 1_000_000, "x" * 1_000_000, None, ""),
    (pa.dictionary(pa.int32(), pa.string()), "d", "d", None, ""),
    (pa.binary(), b"\x00\xff", "\\x00\\xFF", "\\x00ff", ""),
    (pa.date32(), dt.date(1, 1, 1), "0001-01-01", None, ""),
    (pa.date32(), dt.date(1899, 12, 31), "1899-12-31", None, ""),
    (pa.time64("us"), dt.time(23, 59, 59, 999999), "23:59:59.999999", None, ""),
    (pa.time64("ns"), 123456789, "00:00:00.123457", None, "nanoseconds are rounded"),
    (pa.timestamp("ms"), 1577836801123, "2020-01-01 00:00:01.123", None, ""),
    (pa.timestamp("us"), dt.datetime(9999, 12, 31, 23, 59, 59, 999999), "9999-12-31 23:59:59.999999", None, ""),
    (pa.timestamp("us"), 2**63 - 1, "infinity", DEAD, ""),
    (pa.timestamp("ns"), 1577836801123456789, "2020-01-01 00:00:01.123457", None, "nanoseconds are rounded"),
    (pa.timestamp("us", "Europe/Berlin"), 1577836801123456, "2020-01-01 00:00:01.123456+00", None, ""),
    (pa.list_(pa.int32()), [1, None], "[1, NULL]", "{1,NULL}", ""),
    (pa.list_(pa.int32()), [], "[]", "{}", ""),
    (pa.list_(pa.list_(pa.int32())), [[1], [2, None]], "[[1],[2,null]]", None, "carried as JSON"),
    (pa.struct([("a", pa.int32()), ("b", pa.decimal128(20, 10))]), {"a": 1, "b": Decimal("1.5")}, '{"a":1,"b":1.5000000000}', None, "carried as JSON"),
    (pa.map_(pa.string(), pa.int32()), [("k", 1)], '{"k":1}', None, "carried as JSON"),
    (pa.uuid(), b"\xa0\xee\xbc\x99\x9c\x0bN\xf8\xbbmk\xb9\xbd8\n\x11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None, ""),
]  # fmt: skip
ROUTES = [("duckdb", "batch_elt"), ("postgres", "batch_elt"), ("files", "batch_etl")]


def fill(folder: Path) -> dict[str, Any]:
    """Write a Parquet file with one column and one row for each value; return the connection."""
    rows = len(VALUES)
    columns = {"id": pa.array(range(rows), pa.int32())}
    for number, (kind, value, *_) in enumerate(VALUES):
        columns[f"c{number}"] = pa.array([value if row == number else None for row in range(rows)], kind)
    (folder / "in").mkdir()
    pq.write_table(pa.table(columns), folder / "in/every.parquet")
    return {"path": str(folder / "in")}


@pytest.mark.parametrize(("kind", "pattern"), ROUTES)
def test_every_value_arrives_as_told(
    kind: str, pattern: str, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    connection = fill(tmp_path)
    target = route(kind, tmp_path, postgres_server)
    design = designed("files", connection, target.design, pattern=pattern)
    (table,) = design.sources[0].tables
    table.alias, table.primary_key = "every", ["id"]
    design.quality.thresholds.max_failure_rate_percent = 100
    project = make(design, tmp_path / "project")
    done = project.run("run")

    assert "attention" not in done.stderr, "the source is as it was probed"
    text = "format('%s', c{0})" if kind == "postgres" else "CAST(c{0} AS varchar)"
    found = [
        target.rows(f"SELECT {text.format(n)} FROM mart.every WHERE id = {n}") for n in range(len(VALUES))
    ]
    wanted = [other if kind == "postgres" and other else shown for _, _, shown, other, _ in VALUES]
    assert found == [[] if shown == DEAD else [(shown,)] for shown in wanted]
    assert [run["rejected"] for run in project.status()["runs"]] == [wanted.count(DEAD)]


def test_the_probe_tells_what_is_carried_in_another_form(tmp_path: Path) -> None:
    (table,) = probe("files", fill(tmp_path)).tables
    for column, (kind, _, _, _, told) in zip(table.columns[1:], VALUES, strict=True):
        assert told in column.caveat, kind
        assert bool(told) == bool(column.caveat), kind


def test_the_specification_tells_it_too(tmp_path: Path) -> None:
    design = designed(
        "files", fill(tmp_path), {"type": "duckdb", "connection": {"path": str(tmp_path / "w.duckdb")}}
    )
    make(design, tmp_path / "project")
    specification = (tmp_path / "project/data-pipeline-spec.md").read_text()
    for part in ("decimal(50,5) has more than 38 digits", "nanoseconds are rounded", "carried as JSON"):
        assert part in specification.replace("\\", "")
