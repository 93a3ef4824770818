"""Both engines a check may run in; the real PostgreSQL only among the slow tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.engines import Bench, DuckBench, PostgresBench


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.slow)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """An engine with an empty schema ``shop``."""
    if request.param == "duckdb":
        yield DuckBench()
    else:
        with request.getfixturevalue("postgres_database").connect() as connection:
            yield PostgresBench(connection)
