"""An upsert into DuckDB writes only columns in which something differs, and still leaves every row as it arrived."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import duckdb
import pytest

from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.loaders.publication import Publication
from templates.src.loaders.strategies import upsert
from templates.src.settings import LoadingSettings

BEFORE = {
    "flag": "TRUE", "number": "7", "price": "1.50::DECIMAL(8,2)", "name": "'ann'", "day": "DATE '2024-01-31'",
    "ratio": "0.0::DOUBLE", "term": "INTERVAL 30 DAY", "tags": "['a']",
}  # fmt: skip
AFTER = {
    "flag": "NULL::BOOLEAN", "number": "8", "price": "1.51::DECIMAL(8,2)", "name": "'Ann'", "day": "NULL::DATE",
    "ratio": "-0.0::DOUBLE", "term": "INTERVAL 1 MONTH", "tags": "['a', NULL]",
}  # fmt: skip
"""Some of the values are equal to those before, but not the same."""


def _row(values: dict[str, str], key: int, version: int) -> str:
    return ", ".join([f"{key} AS id", f"{version} AS version", *(f"{v} AS {n}" for n, v in values.items())])


@pytest.mark.parametrize(
    "changed", [names for size in (0, 1, 2, len(AFTER)) for names in combinations(AFTER, size)], ids="-".join
)
def test_rows_are_as_they_arrived_whichever_columns_changed(changed: tuple[str, ...]) -> None:
    engine = DuckDBEngine(duckdb.connect())
    arriving = {name: AFTER[name] if name in changed else value for name, value in BEFORE.items()}
    newest, known = {"1": (arriving, 2), "2": (BEFORE, 9), "3": (arriving, 1)}, (1, 2)
    engine.execute(
        "CREATE TABLE t AS "
        + " UNION ALL ".join(f"SELECT {_row(BEFORE, key, 9 ** (key - 1))}" for key in known)
    )
    engine.execute("CREATE TABLE s AS " + " UNION ALL ".join(
        f"SELECT {_row(arriving, key, version)}" for key, version in ((1, 2), (2, 3), (3, 1))
    ))  # fmt: skip
    upsert(
        Publication(
            engine=engine, schema="main", table="t", source='"memory"."main"."s"',
            columns=tuple(engine.columns("main", "s")), loading=LoadingSettings(strategy="upsert", key=("id",)),
            run_id="r", started_at=datetime.now(UTC), watermark="version", unique=True,
        )
    )  # fmt: skip
    expected = " UNION ALL ".join(
        f"SELECT {_row(values, int(key), version)}" for key, (values, version) in newest.items()
    )
    as_text = "SELECT COLUMNS(*)::VARCHAR FROM ({}) ORDER BY id"
    assert engine.query(as_text.format("FROM t")) == engine.query(as_text.format(expected))
