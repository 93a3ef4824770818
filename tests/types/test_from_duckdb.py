"""Every value of every DuckDB type arrives as it is, or in a form the probe told of, or is a dead letter."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.designing import designed, probe
from tests.end_to_end.truth import Rows
from tests.generated import make
from tests.servers.postgres import PostgresServer
from tests.types.duckdb_values import VALUES, Value
from tests.types.test_from_postgres import ROUTES, route


def fill(path: Path) -> list[str]:
    """Make table ``every``: one column and one row for each value; return the values as the source shows them."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(f"c{number} {value.type}" for number, value in enumerate(VALUES))
        connection.execute(f"CREATE TABLE every (id INTEGER PRIMARY KEY, {columns})")
        shown = []
        for number, value in enumerate(VALUES):
            connection.execute(f"INSERT INTO every (id, c{number}) VALUES ({number}, {value.sql})")
            text = f"SELECT CAST(c{number} AS VARCHAR) FROM every WHERE id = {number}"
            shown.append(connection.execute(text).fetchall()[0][0])
        connection.execute("INSERT INTO every (id) VALUES (-1)")
        return shown


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "pattern"), ROUTES)
def test_every_value_arrives_or_is_a_dead_letter(
    kind: str, pattern: str, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    shown = fill(tmp_path / "shop.duckdb")
    target = route(kind, tmp_path, postgres_server)
    design = designed("duckdb", {"path": str(tmp_path / "shop.duckdb")}, target.design, pattern=pattern)
    design.quality.thresholds.max_failure_rate_percent = 100
    project = make(design, tmp_path / "project")
    done = project.run("run")

    assert "attention" not in done.stderr, "the source is as it was probed"
    text = "format('%s', c{0})" if kind == "postgres" else "CAST(c{0} AS varchar)"
    found = {
        f"c{n} {value.type} {value.sql[:40]}": target.rows(
            f"SELECT {text.format(n)} FROM mart.every WHERE id = {n}"
        )
        for n, value in enumerate(VALUES)
    }
    assert found == {
        f"c{n} {value.type} {value.sql[:40]}": expected(value, shown[n], kind)
        for n, value in enumerate(VALUES)
    }
    assert target.rows("SELECT * FROM mart.every WHERE id = -1") == [(-1, *[None] * len(VALUES))]
    dead = sum(value.dead for value in VALUES) if kind == "postgres" else 0
    assert [run["rejected"] for run in project.status()["runs"]] == [dead]


def expected(value: Value, shown: str, kind: str) -> Rows:
    """Return what a client of the destination must see."""
    if kind != "postgres":
        return [(shown if value.duckdb is None else value.duckdb,)]
    return [] if value.dead else [(shown if value.postgres is None else value.postgres,)]


@pytest.mark.slow
def test_the_probe_tells_what_is_carried_in_another_form(tmp_path: Path) -> None:
    fill(tmp_path / "shop.duckdb")
    (table,) = probe("duckdb", {"path": str(tmp_path / "shop.duckdb")}).tables
    for column, value in zip(table.columns[1:], VALUES, strict=True):
        assert value.told in column.caveat, value
        assert bool(value.told) or not column.caveat or value.type == "TIMESTAMP_NS", value
