"""A computed table whose column becomes another type: what is published keeps its values, or the run says why not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from templates.src.utils.retry import LoadError
from tests.runtime.core.places import Place
from tests.runtime.core.project import slowly
from tests.runtime.core.test_modelled import fill, modelled

EXACT = {
    "decimal": "CAST(12345678901234567.89 AS DECIMAL(20,2))",
    "bigint": "CAST(9007199254740993 AS BIGINT)",
}


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("strategy", ["upsert", *slowly("merge")])
def test_exact_numbers_never_become_floating_point(
    tmp_path: Path, source: sqlite3.Connection, place: Place, strategy: str, kind: str
) -> None:
    made = modelled(tmp_path, place, strategy)
    made.transforms["revenue"] = f"SELECT day, {EXACT[kind]} AS revenue FROM staging.orders GROUP BY day"
    made.write()
    fill(source, 0, 5, "2024-01-01")
    made.run()
    before = place.rows("revenue", "day, revenue")
    double = "DOUBLE PRECISION" if place.name == "postgres-batch_elt" else "DOUBLE"
    made.transforms["revenue"] = (
        f"SELECT day, CAST(0.5 AS {double}) AS revenue FROM staging.orders GROUP BY day"
    )
    made.write()
    with pytest.raises(LoadError, match=r"revenue\.revenue is .* in the destination and arrives as"):
        made.run()
    assert place.rows("revenue", "day, revenue") == before
