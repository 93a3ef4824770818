"""Every value of every PostgreSQL type arrives as it is, or is counted, or is a dead letter: nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.designing import designed
from tests.end_to_end.truth import DuckDBTarget, FilesTarget, PostgresTarget, Target, postgres_rows
from tests.generated import make
from tests.servers.postgres import PostgresDatabase, PostgresServer
from tests.types.postgres_values import PREPARE, VALUES, Value

ROUTES = [
    ("duckdb", "batch_elt"),
    ("duckdb", "batch_etl"),
    ("postgres", "batch_elt"),
    ("postgres", "batch_etl"),
    ("files", "batch_etl"),
]
EXTENSIONS = {"citext": Value("citext", "AbC"), "hstore": Value("hstore", '"a"=>"1", "b"=>NULL')}


def fill(database: PostgresDatabase) -> list[Value]:
    """Make table ``values``: one column and one row for each value, all other columns NULL."""
    database.execute(*PREPARE)
    present = {name for (name,) in database.query("select name from pg_available_extensions")} & set(
        EXTENSIONS
    )
    database.execute(*(f"create extension {name}" for name in sorted(present)))
    values = [*VALUES, *(EXTENSIONS[name] for name in sorted(present))]
    columns = ", ".join(f"c{number} {value.type}" for number, value in enumerate(values))
    database.execute(f"create table every (id int primary key, {columns})")
    with database.connect() as connection:
        for number, value in enumerate(values):
            statement = f"insert into every (id, c{number}) select %s, %s::text::{value.type}"
            connection.execute(statement.encode(), (number, value.text))
        connection.execute(b"insert into every (id) values (-1)")
    return values


def route(kind: str, folder: Path, server: PostgresServer) -> Target:
    """Return a fresh destination."""
    if kind == "files":
        return FilesTarget(folder / "lake")
    return (
        PostgresTarget(server.create_database())
        if kind == "postgres"
        else DuckDBTarget(folder / "warehouse.duckdb")
    )


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "pattern"), ROUTES)
def test_every_value_arrives_as_it_is_or_is_accounted_for(
    kind: str,
    pattern: str,
    tmp_path: Path,
    postgres_database: PostgresDatabase,
    postgres_server: PostgresServer,
) -> None:
    values = fill(postgres_database)
    target = route(kind, tmp_path, postgres_server)
    design = designed("postgres", postgres_database.connection, target.design, pattern=pattern)
    design.quality.thresholds.max_failure_rate_percent = 100
    project = make(design, tmp_path / "project")
    done = project.run("run")

    found = {_label(n, value): target.rows(_shown(n, kind, "mart")) for n, value in enumerate(values)}
    expected = {
        _label(n, value): _expected(
            value, postgres_rows(postgres_database.url, _shown(n, "postgres", "public")), kind
        )
        for n, value in enumerate(values)
    }
    assert found == expected
    assert target.rows("SELECT * FROM mart.every WHERE id = -1") == [(-1, *[None] * len(values))]
    assert _nulled(done.stderr) == {f"c{n}" for n, value in enumerate(values) if value.fate == "nulled"}
    dead = sum(value.fate == "dead" for value in values)
    assert [run["rejected"] for run in project.status()["runs"]] == [dead]


def _label(number: int, value: Value) -> str:
    return f"c{number} {value.type} {value.text[:40]}"


def _shown(number: int, kind: str, schema: str) -> str:
    """Return the query of a value as a client shows it; a cast to text would strip the blanks of a char(n)."""
    text = f"format('%s', c{number})" if kind == "postgres" else f"CAST(c{number} AS varchar)"
    return f"SELECT CASE WHEN c{number} IS NOT NULL THEN {text} END FROM {schema}.every WHERE id = {number}"


def _expected(value: Value, source: list[tuple[Any, ...]], kind: str) -> list[tuple[Any, ...]]:
    if value.fate != "carried":
        return [(None,)] if value.fate == "nulled" else []
    return [(value.duckdb,)] if kind != "postgres" and value.duckdb is not None else source


def _nulled(log: str) -> set[str]:
    """Return the columns of which a run said that it gave values as NULL."""
    said = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    told = [
        line["message"] for line in said if line["event"] == "attention" and "are NULL" in line["message"]
    ]
    return {message.split(" values of ")[1].split()[0] for message in told}


@pytest.mark.slow
def test_probe_and_specification_tell_what_is_not_carried_as_it_is(
    tmp_path: Path, postgres_database: PostgresDatabase
) -> None:
    """A value that becomes NULL or a dead letter is of a type whose column says so, before anything runs."""
    values = fill(postgres_database)
    target = DuckDBTarget(tmp_path / "warehouse.duckdb")
    design = designed("postgres", postgres_database.connection, target.design)
    make(design, tmp_path / "project")
    specification = (tmp_path / "project/data-pipeline-spec.md").read_text().replace("\\", "")
    columns = {column.name: column for column in design.sources[0].tables[0].columns_probed}
    for number, value in enumerate(values):
        caveat = columns[f"c{number}"].caveat
        if value.fate != "carried":
            assert caveat, value
            assert caveat in specification
            assert ("NULL" in caveat) is (value.fate == "nulled") or "dead letter" in caveat, value
    assert "case-insensitive comparison is not kept" in specification or "citext" not in str(values)
