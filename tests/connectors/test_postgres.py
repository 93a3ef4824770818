"""PostgreSQL: types, rights, partitions, sampling, and 5,000 tables at once."""

from __future__ import annotations

import time

import pytest

from generator.connectors.base import Connector, ConnectorSettings
from generator.connectors.catalog import Catalog, ProbedTable
from generator.connectors.jobs import Request, start
from generator.connectors.postgres.session import reading
from generator.connectors.postgres.settings import PostgresSettings, effective_sslmode
from generator.connectors.postgres.types import logical_type
from generator.connectors.registry import connector
from generator.errors import ProbeError
from tests.servers.postgres import PostgresDatabase


def opened(database: PostgresDatabase, **more: object) -> tuple[Connector, ConnectorSettings]:
    postgres = connector("postgres")
    return postgres, postgres.Settings.model_validate(database.connection | more)


def probed(database: PostgresDatabase, **more: object) -> Catalog:
    postgres, settings = opened(database, **more)
    return postgres.probe(settings)


def table_of(catalog: Catalog, name: str) -> ProbedTable:
    return next(table for table in catalog.tables if table.name == name)


@pytest.mark.parametrize(
    ("spelled", "kind", "told"),
    [
        ("bigint", "bigint", ""),
        ("character varying(20)", "text", ""),
        ("numeric(12,2)", "decimal(12,2)", "NaN becomes a dead letter"),
        ("numeric", "decimal", "exactly"),
        ("numeric(50,3)", "decimal", "38 digits"),
        ("numeric(3,-2)", "decimal", "exactly"),
        ("timestamp(3) with time zone", "timestamptz", "infinity"),
        ("timestamp without time zone", "timestamp", "years after 294246"),
        ("time with time zone", "text", "offset"),
        ("interval day to second(3)", "interval", "infinity"),
        ("interval", "interval", "hours are carried as NULL and counted"),
        ("date[]", "date[]", "infinity becomes a dead letter"),
        ("money", "text", "currency"),
        ("integer[]", "integer[]", "more than one dimension"),
        ("jsonb", "json", ""),
        ("int4range", "text", "int4range"),
        ("bit(3)", "text", "bit"),
    ],
)
def test_types_carry_what_they_can_and_tell_what_they_cannot(spelled: str, kind: str, told: str) -> None:
    logical, caveat = logical_type(spelled)
    assert logical == kind
    assert told in caveat
    assert bool(told) == bool(caveat)


@pytest.mark.parametrize(
    ("host", "mode"),
    [
        ("db.example.com", "verify-full"),
        ("10.0.0.7", "verify-full"),
        ("localhost.example.com", "verify-full"),
        ("localhost", "prefer"),
        ("127.0.0.1", "prefer"),
        ("127.9.9.9", "prefer"),
        ("::1", "prefer"),
        ("/var/run/postgresql", "prefer"),
    ],
)
def test_tls_is_verified_wherever_there_is_a_network(host: str, mode: str) -> None:
    assert effective_sslmode(host, "auto") == mode
    assert effective_sslmode(host, "disable") == "disable"


def test_verification_uses_the_systems_authorities_unless_told_otherwise() -> None:
    settings = PostgresSettings(host="db.example.com", database="d", username="u")
    assert settings.conninfo(10)["sslrootcert"] == "system"
    own = settings.model_copy(update={"sslrootcert": "/ca.pem"})
    assert own.conninfo(10)["sslrootcert"] == "/ca.pem"


@pytest.mark.slow
def test_domains_enums_and_arrays_are_what_they_are_made_of(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute(
        "CREATE TYPE mood AS ENUM ('low', 'high')",
        "CREATE DOMAIN price AS numeric(12,2) NOT NULL",
        "CREATE DOMAIN list_price AS price",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE TABLE t (m mood, ms mood[], p price, l list_price, two pair, o oid, c char(3), u uuid)",
    )
    columns = {column.name: column for column in probed(postgres_database).tables[0].columns}
    kinds = {name: column.type for name, column in columns.items()}
    assert kinds == {
        "m": "text", "ms": "text[]", "p": "decimal(12,2)", "l": "decimal(12,2)", "two": "text", "o": "bigint",
        "c": "text", "u": "uuid",
    }  # fmt: skip
    assert columns["l"].source_type == "list_price"
    assert not columns["l"].nullable
    assert columns["two"].caveat


@pytest.mark.slow
def test_a_partitioned_table_is_one_table_with_all_its_rows(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute(
        "CREATE TABLE p (day date PRIMARY KEY) PARTITION BY RANGE (day)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
        "INSERT INTO p SELECT generate_series(date '2024-01-01', '2024-02-29', '1 day')",
        "ANALYZE",
    )
    (table,) = probed(postgres_database).tables
    assert (table.name, table.rows, table.primary_key) == ("p", 60, ("day",))


@pytest.mark.slow
def test_only_what_the_role_may_read_is_shown_and_the_rest_is_counted(
    postgres_database: PostgresDatabase,
) -> None:
    postgres_database.execute(
        "CREATE ROLE partial LOGIN",
        "CREATE TABLE open (id int, name text)",
        "CREATE TABLE half (id int, secret text)",
        "CREATE TABLE shut (id int)",
        "GRANT SELECT ON open TO partial",
        "GRANT SELECT (id) ON half TO partial",
    )
    catalog = probed(postgres_database.as_user("partial"))
    postgres, settings = opened(postgres_database.as_user("partial"))
    sample = postgres.sample(settings, table_of(catalog, "half"))
    postgres_database.execute("DROP OWNED BY partial", "DROP ROLE partial")
    assert {table.name for table in catalog.tables} == {"open", "half"}
    assert table_of(catalog, "half").column_names == ("id",)
    assert sample.columns == ("id",)
    assert catalog.warnings == ("1 table the role partial may not read is left out.",)


@pytest.mark.slow
def test_schemas_can_be_chosen_and_a_wrong_one_is_told(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute(
        "CREATE SCHEMA sales", "CREATE TABLE sales.t (id int)", "CREATE TABLE t (id int)"
    )
    assert [table.full_name for table in probed(postgres_database).tables] == ["public.t", "sales.t"]
    catalog = probed(postgres_database, schemas="sales, nowhere")
    assert [table.full_name for table in catalog.tables] == ["sales.t"]
    assert "nowhere" in catalog.warnings[0]


@pytest.mark.slow
def test_partial_and_expression_indexes_are_no_help_for_a_watermark(
    postgres_database: PostgresDatabase,
) -> None:
    postgres_database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int)",
        "CREATE INDEX ON t (a)",
        "CREATE INDEX ON t (b) WHERE a > 0",
        "CREATE INDEX ON t ((a + b))",
        "CREATE UNIQUE INDEX ON t (b, a)",
    )
    assert set(probed(postgres_database).tables[0].indexes) == {("a",), ("b", "a")}


@pytest.mark.slow
def test_the_session_cannot_write(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute("CREATE TABLE t (id int)")
    settings = PostgresSettings.model_validate(postgres_database.connection)
    for statement in ("INSERT INTO t VALUES (1)", "DROP TABLE t", "CREATE TABLE u (id int)"):
        with pytest.raises(ProbeError, match="read-only transaction"), reading(settings, 10) as connection:
            connection.exec_driver_sql(statement)
    assert postgres_database.query("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.slow
def test_a_large_table_is_sampled_over_all_of_it(postgres_database: PostgresDatabase) -> None:
    postgres_database.execute(
        "CREATE TABLE t AS SELECT i AS id, i % 2 = 0 AS even FROM generate_series(1, 200000) AS i", "ANALYZE"
    )
    postgres, settings = opened(postgres_database)
    profile = postgres.profile(settings, postgres.probe(settings).tables[0], rows=5_000)
    assert 3_000 < profile.sampled_rows <= 5_000
    assert not profile.complete
    assert int(profile.columns["id"].maximum or 0) > 150_000
    assert profile.columns["even"].top_values == ("false", "true")


@pytest.mark.slow
def test_a_table_of_1600_columns_is_profiled(postgres_database: PostgresDatabase) -> None:
    columns = ", ".join(f"c{number} int DEFAULT {number}" for number in range(1_600))
    postgres_database.execute(f"CREATE TABLE t ({columns})", "INSERT INTO t DEFAULT VALUES")
    postgres, settings = opened(postgres_database)
    profile = postgres.profile(settings, postgres.probe(settings).tables[0])
    assert [profile.columns[f"c{number}"].minimum for number in (0, 700, 1_599)] == ["0", "700", "1599"]


@pytest.mark.slow
def test_5000_tables_are_probed_in_seconds(postgres_database: PostgresDatabase) -> None:
    columns = ", ".join(f"c{number} text" for number in range(18))
    for batch in range(50):
        postgres_database.execute(
            "DO $$ BEGIN FOR i IN 1..100 LOOP EXECUTE format("
            f"'CREATE TABLE t_{batch}_%s (id int PRIMARY KEY, updated_at timestamptz, {columns})', i);"
            " END LOOP; END $$"
        )
    postgres, settings = opened(postgres_database)
    started = time.monotonic()
    catalog = postgres.probe(settings)
    direct = time.monotonic() - started
    assert len(catalog.tables) == 5_000
    assert sum(len(table.columns) for table in catalog.tables) == 100_000
    assert direct < 15
    job = start(Request("probe", "postgres", settings))
    events = job.events()
    assert next(events)[0] == "table"
    assert sum(1 for _ in events) == 5_000
    print(f"5,000 tables, 100,000 columns: probe {direct:.1f} s")
