"""PostgreSQL as a source: every type arrives as it is, or is named and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from templates.src.extractors import open_extractor
from templates.src.extractors.base_extractor import BaseExtractor
from templates.src.loaders import open_loader
from templates.src.settings import TableSettings
from tests.runtime.core.places import Place, duckdb_place, files_place, postgres_place
from tests.runtime.core.project import Project, config, loading, table
from tests.servers.postgres import PostgresDatabase

pytestmark = pytest.mark.slow
VALUES: list[tuple[str, str, str, str, str]] = [
    # column type, first value, second value, first and second as PostgreSQL prints them
    ("numeric(12,2)", "12.30", "-0.05", "12.30", "-0.05"),
    ("numeric", "123456789012345678901234567890.123456789", "0.00000000000000000001", "", ""),
    ("numeric(38,10)", "1234567890123456789012345678.0123456789", "0", "", "0.0000000000"),
    ("numeric(50,5)", "123456789012345678901234567890123456789012345.12345", "0", "", "0.00000"),
    ("float8", "1.1", "-2.2250738585072014e-308", "", ""),
    ("int8", "9223372036854775807", "-9223372036854775808", "", ""),
    ("int2", "1", "-1", "", ""),
    ("bool", "true", "false", "", ""),
    ("text", "", 'a\nb,"c"\\N', "", ""),
    ("varchar(20)", "héé😀", "\\N", "", ""),
    (
        "timestamptz",
        "2024-03-31 01:30:00.123456+02",
        "0001-01-01 00:00:00+00",
        "2024-03-30 23:30:00.123456+00",
        "",
    ),
    ("timestamp", "9999-12-31 23:59:59.999999", "1600-01-01", "", "1600-01-01 00:00:00"),
    ("date", "9999-12-31", "0001-01-01", "", ""),
    ("time", "23:59:59.999999", "00:00:00", "", ""),
    ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000", "", ""),
    ("json", '{"a": 1, "a":2}', "null", "", ""),
    ("jsonb", '{"b": [1, 2.50]}', '"x"', "", ""),
    ("money", "12.34", "-5", "$12.34", "-$5.00"),
    ("timetz", "12:00:00+05:30", "00:00:00Z", "12:00:00+05:30", "00:00:00+00"),
    ("inet", "192.168.0.1/24", "::1", "", ""),
    ("bit(3)", "101", "000", "", ""),
    ("int4range", "[1,5)", "empty", "", ""),
    ("mood", "happy", "sad", "", ""),
    ("posint", "5", "6", "", ""),
    ("point", "(1,2)", "(0,0)", "", ""),
    ("oid", "4294967295", "0", "", ""),
]


def fill(database: PostgresDatabase) -> None:
    database.execute(
        "CREATE TYPE mood AS ENUM ('happy', 'sad')", "CREATE DOMAIN posint AS int CHECK (value > 0)",
        "CREATE TABLE types (id int PRIMARY KEY, " + ", ".join(f"c{i} {v[0]}" for i, v in enumerate(VALUES)) + ")",
    )  # fmt: skip
    with database.connect() as connection:
        for row in (1, 2):
            marks = ", ".join(f"%s::text::{value[0]}" for value in VALUES)
            connection.execute(f"INSERT INTO types VALUES ({row}, {marks})", [value[row] for value in VALUES])
        connection.execute("INSERT INTO types (id) VALUES (3)")


def contract(database: PostgresDatabase, tmp_path: Path, name: str) -> dict[str, str]:
    """Return the columns of a source table as the extractor sees them."""
    source = {"name": "shop", "type": "postgres", "connection": database.connection}
    made = Project(tmp_path / "probe", config(table(name, {"id": "bigint"}), source=source))
    with open_loader(made.settings) as loader:
        extractor: BaseExtractor = open_extractor(made.settings, made.settings.sources[0], loader.work)
        with extractor:
            return {c.name: c.type for c in extractor.columns(TableSettings("shop", name, name))}


@pytest.fixture(
    params=["duckdb-batch_elt", "duckdb-batch_etl", "files", "postgres-batch_elt", "postgres-batch_etl"]
)
def target(request: pytest.FixtureRequest, tmp_path: Path, postgres_database: PostgresDatabase) -> Place:
    name: str = request.param
    kind, _, pattern = name.partition("-")
    if kind == "files":
        return files_place(tmp_path)
    return duckdb_place(tmp_path, pattern) if kind == "duckdb" else postgres_place(postgres_database, pattern)


def test_every_type_arrives_as_the_source_prints_it(
    tmp_path: Path, postgres_database: PostgresDatabase, target: Place
) -> None:
    fill(postgres_database)
    source = {"name": "shop", "type": "postgres", "connection": postgres_database.connection}
    columns = contract(postgres_database, tmp_path, "types")
    item = table("types", columns, key=["id"], loading=loading("upsert", "id"))
    made = Project(
        tmp_path, config(item, source=source, destination=target.destination, pattern=target.pattern)
    )
    record = made.run()
    assert (record.total("loaded"), record.total("rejected")) == (3, 0)
    found = {
        row[0]: row for row in target.rows("types", ", ".join(["id", *(f"c{i}" for i in range(len(VALUES)))]))
    }
    for i, (kind, first, second, first_shown, second_shown) in enumerate(VALUES):
        assert (kind, found["1"][i + 1]) == (kind, first_shown or first)
        assert (kind, found["2"][i + 1]) == (kind, second_shown or second)
        assert found["3"][i + 1] is None


def test_what_cannot_be_carried_is_counted_or_becomes_a_dead_letter(
    tmp_path: Path, postgres_database: PostgresDatabase, target: Place
) -> None:
    postgres_database.execute(
        "CREATE TABLE odd (id int PRIMARY KEY, n numeric(12,2), seen timestamptz, day date, list int[])",
        "INSERT INTO odd VALUES (1, 'NaN', now(), now(), '{1}'), (2, 1, 'infinity', '-infinity', '{1,NULL}'),"
        " (3, 1, now(), now(), '{{1,2},{3,4}}'), (4, 1, now(), now(), '{}')",
    )
    source = {"name": "shop", "type": "postgres", "connection": postgres_database.connection}
    item = table(
        "odd", contract(postgres_database, tmp_path, "odd"), key=["id"], loading=loading("upsert", "id")
    )
    made = Project(
        tmp_path, config(item, source=source, destination=target.destination, pattern=target.pattern)
    )
    record = made.run()
    assert (record.total("loaded"), record.total("rejected")) == (2, 2)
    letters = target.rows("dead_letters", "column_name, offending_value", schema="_shop")
    assert letters == [("list", "{{1,2},{3,4}}"), ("n", "NaN")]
    assert [row[0] for row in target.rows("odd", "id, seen") if row[1] is None] == ["2"]


def test_increments_lookback_and_a_late_commit(
    tmp_path: Path, postgres_database: PostgresDatabase, target: Place
) -> None:
    postgres_database.execute(
        'CREATE SCHEMA "Sales"',
        'CREATE TABLE "Sales"."Order" ("Id" bigint PRIMARY KEY, v text, at timestamptz)',
        """INSERT INTO "Sales"."Order" SELECT g, 'v' || g, '2024-01-01'::timestamptz + g * interval '1 second'"""
        " FROM generate_series(1, 1000) g",
    )
    source = {"name": "shop", "type": "postgres", "connection": postgres_database.connection}
    columns = {"Id": "bigint", "v": "text", "at": "timestamptz"}
    item = table(
        "Order",
        columns,
        key=["Id"],
        watermark="at",
        lookback=5,
        namespace="Sales",
        alias="orders",
        loading=loading("upsert", "Id"),
    )
    made = Project(
        tmp_path, config(item, source=source, destination=target.destination, pattern=target.pattern)
    )
    made.run()
    postgres_database.execute(
        """INSERT INTO "Sales"."Order" VALUES (2000, 'late', '2024-01-01 00:13:00+00'), (2001, 'new', '2024-01-02')""",
        """UPDATE "Sales"."Order" SET v = 'changed', at = '2024-01-02' WHERE "Id" = 5""",
    )
    assert made.run().total("extracted") == 1000 - 699 + 1 + 2
    truth = postgres_database.query('SELECT "Id"::text, v FROM "Sales"."Order"')
    assert target.rows("orders", "Id, v") == sorted(truth, key=str)


@pytest.mark.slow
def test_rows_that_row_security_hides_are_told_of(
    tmp_path: Path, postgres_database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server leaves them out without a word: neither the row counts nor a reconciliation could show it."""
    postgres_database.execute(
        "CREATE TABLE items (id bigint PRIMARY KEY)",
        "INSERT INTO items VALUES (1), (2)",
        "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY small ON items USING (id < 2)",
        "CREATE ROLE reader_of_few LOGIN",
        "GRANT SELECT ON items TO reader_of_few",
    )
    told: list[str] = []
    monkeypatch.setattr(
        "templates.src.run_context.RunContext.warn", lambda run, message: told.append(message)
    )
    place = duckdb_place(tmp_path, "batch_elt")
    item = table("items", {"id": "bigint"}, key=["id"], loading=loading("overwrite"))
    for account, seen in (("reader_of_few", 1), (str(postgres_database.connection["username"]), 2)):
        connection = {**postgres_database.connection, "username": account}
        source = {"name": "shop", "type": "postgres", "connection": connection}
        made = Project(
            tmp_path, config(item, source=source, destination=place.destination, pattern=place.pattern)
        )
        assert made.run().total("extracted") == seen
    assert told == [
        "items: row security of the server hides rows from this role; only those it may see are loaded"
    ]
