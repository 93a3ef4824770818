"""The generated grants, applied by the databases' owner, are enough for everything a pipeline does, and for no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from generator.design.models import PipelineDesign
from tests.end_to_end import shop_postgres
from tests.end_to_end.designing import designed
from tests.end_to_end.truth import PostgresTarget, assert_equals_source
from tests.generated import GeneratedProject, make
from tests.servers.postgres import PostgresDatabase, PostgresServer, running_postgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of its own: roles belong to a whole server."""
    with running_postgres() as server:
        yield server


@dataclass(frozen=True)
class Estate:
    """Two databases of an owner who is no superuser, and two users who may log in and nothing else."""

    source: PostgresDatabase
    target: PostgresDatabase
    name: str

    @property
    def reader(self) -> PostgresDatabase:
        """The source as the pipeline sees it."""
        return self.source.as_user(f"{self.name}_read")

    @property
    def loader(self) -> PostgresDatabase:
        """The destination as the pipeline sees it."""
        return self.target.as_user(f"{self.name}_load")


def make_estate(server: PostgresServer, name: str) -> Estate:
    """Make both databases as hardened as they come: PUBLIC may not even connect."""
    with server.connect() as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(f"{name}_dba")))
        for user in (f"{name}_read", f"{name}_load"):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(user)))
        databases = [server.create_database(f"{name}_{kind}") for kind in ("source", "target")]
        for made in databases:
            database = sql.Identifier(made.database)
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            owner = sql.Identifier(f"{name}_dba")
            admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
    source, target = (made.as_user(f"{name}_dba") for made in databases)
    shop_postgres.create(source.url)
    target.execute("CREATE SCHEMA others", "CREATE TABLE others.ledger AS SELECT 1 AS amount")
    return Estate(source, target, name)


def apply(project: GeneratedProject, estate: Estate) -> None:
    """Run the project's scripts as the owner and put the users into the groups they make; twice, as after a change."""
    for _ in range(2):
        for database, script in ((estate.source, "origin.sql"), (estate.target, "warehouse.sql")):
            database.execute((project.folder / "sql" / "grants" / script).read_text())
    with estate.source.connect() as owner:
        for group, user in (("reader", "read"), ("writer", "load")):
            names = (sql.Identifier(f"{project.name}_{group}"), sql.Identifier(f"{estate.name}_{user}"))
            owner.execute(sql.SQL("GRANT {} TO {}").format(*names))


def design_of(estate: Estate, pattern: str) -> PipelineDesign:
    """Design as the owner, who sees everything; connect as the users who do not."""
    destination = PostgresTarget(estate.target).design
    design = designed(
        "postgres", estate.source.connection, destination, name=estate.name, pattern=pattern,
        chosen=lambda table: table.name != "visits",
    )  # fmt: skip
    design.sources[0].connection = dict(estate.reader.connection)
    design.destination.connection = dict(estate.loader.connection)
    design.requirements.retention_days = 100_000
    design.quality.thresholds.max_failed_rows = 1_000_000
    for table in design.sources[0].tables:
        if table.table == "customers":
            table.pii = {"full_name": "drop"}
    return design


@pytest.mark.parametrize("pattern", ["batch_elt", "batch_etl"])
def test_grants_suffice_for_everything_and_for_nothing_else(
    pattern: str, server: PostgresServer, tmp_path: Path
) -> None:
    estate = make_estate(server, f"shop_{pattern[-3:]}")
    design = design_of(estate, pattern)
    project = make(design, tmp_path / "project")
    assert "permission denied" in project.run("run", check=1).stderr, "the users can do nothing yet"
    apply(project, estate)
    project.run("doctor")
    works(project, design, estate)
    refused(estate, project.name)


def works(project: GeneratedProject, design: PipelineDesign, estate: Estate) -> None:
    """Do all that a pipeline does, and compare."""
    seen = design.model_copy(deep=True)
    for table in seen.sources[0].tables:
        table.columns_probed = [column for column in table.columns_probed if column.name not in table.pii]
    target = PostgresTarget(estate.loader)
    project.run("run")
    assert_equals_source(seen, estate.source.url, target)
    shop_postgres.run(estate.source.url, shop_postgres.CHANGE.replace("sales.visits", "sales.visits"))
    project.run("run")
    assert_equals_source(seen, estate.source.url, target)
    target.database.execute("UPDATE mart.orders SET amount = 0 WHERE updated_at < '2026-02-02'")
    project.run(
        "backfill", "--from", "2026-01-01", "--to", "2026-03-10", "--window", "30d", "--table", "orders"
    )
    assert_equals_source(seen, estate.source.url, target)
    replay(project)
    assert_equals_source(seen, estate.source.url, target)
    # A column added later is not granted, so it is not there for the pipeline: nothing breaks until it is.
    estate.source.execute("ALTER TABLE sales.customers ADD COLUMN nickname text DEFAULT 'x'")
    project.run("run", "--full-refresh")
    assert_equals_source(seen, estate.source.url, target)
    for words in (("check",), ("status",), ("dlq", "list"), ("retention",), ("ack",)):
        project.run(*words)
    assert target.rows("SELECT count(*) FROM mart.orders WHERE customer_id = 7") > [(0,)]
    estate.source.execute(
        'DELETE FROM sales."Order ""Lines""; odd" WHERE order_id IN (SELECT order_id FROM sales.orders WHERE customer_id = 7)',
        "DELETE FROM sales.orders WHERE customer_id = 7",
        "DELETE FROM sales.customers WHERE customer_id = 7",
    )
    project.run("erase", "--subject", "7", "--yes")
    assert target.rows("SELECT count(*) FROM mart.orders WHERE customer_id = 7") == [(0,)]
    assert target.rows("SELECT count(*) FROM mart.customers WHERE customer_id = 7") == [(0,)]


def replay(project: GeneratedProject) -> None:
    """Have rows rejected by a wrong staging query, put it right, and load them after all."""
    staging = project.folder / "sql" / "staging" / "orders_staging.sql"
    sound = staging.read_text()
    typed = 'TRY_CAST("amount" AS DECIMAL(12, 2))'
    assert sound.count(typed) == 1, sound
    staging.write_text(sound.replace(typed, f"CASE WHEN order_id % 100 > 0 THEN {typed} END"))
    project.run("run", "--full-refresh", "--table", "orders")
    assert sum(project.status()["dead_letters"].values()) > 100
    staging.write_text(sound)
    project.run("dlq", "replay")
    assert sum(project.status()["dead_letters"].values()) == 0


READER_MAY_NOT = (
    "INSERT INTO sales.orders SELECT * FROM sales.orders LIMIT 1", "UPDATE sales.orders SET amount = 0",
    "DELETE FROM sales.customers", "TRUNCATE sales.orders", "DROP TABLE sales.orders", "DROP SCHEMA sales CASCADE",
    "SELECT * FROM sales.visits", "SELECT full_name FROM sales.customers", "SELECT * FROM sales.customers",
    "CREATE TABLE sales.mine (a int)", "CREATE TABLE public.mine (a int)", "CREATE SCHEMA mine", "CREATE TEMP TABLE mine (a int)",
    "CREATE ROLE mine",
)  # fmt: skip
LOADER_MAY_NOT = (
    "SELECT * FROM others.ledger", "DROP TABLE others.ledger", "INSERT INTO others.ledger VALUES (2)", "DROP SCHEMA others CASCADE",
    "DROP SCHEMA mart CASCADE", "DROP SCHEMA {meta} CASCADE", "DROP DATABASE {database}", "CREATE TABLE others.mine (a int)",
    "CREATE TABLE public.mine (a int)", "CREATE SCHEMA mine", "CREATE ROLE mine", "ALTER SCHEMA mart RENAME TO mine",
    "GRANT ALL ON SCHEMA mart TO PUBLIC",
)  # fmt: skip


def refused(estate: Estate, name: str) -> None:
    """Try what must not be possible."""
    for database, statements in ((estate.reader, READER_MAY_NOT), (estate.loader, LOADER_MAY_NOT)):
        with database.connect() as connection:
            for statement in statements:
                words = statement.format(meta=f"_{name}", database=database.database)
                if words.startswith("GRANT"):
                    connection.execute(words.encode())  # a warning only: nothing is granted
                    continue
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(words.encode())
    acl = estate.target.query("SELECT nspacl::text FROM pg_namespace WHERE nspname = 'mart'")[0][0]
    assert "{=" not in acl
    assert ",=" not in acl


def test_doctor_and_run_name_the_script_that_gives_a_missing_right(
    server: PostgresServer, tmp_path: Path
) -> None:
    """Not a word of the statement is repeated: it may hold values of people."""
    estate = make_estate(server, "shop_rights")
    project = make(design_of(estate, "batch_elt"), tmp_path / "project")
    remedy = "; the scripts in sql/grants/ give its role what it needs"
    assert project.run("run", check=1).stderr.endswith(f"User does not have CONNECT privilege.{remedy}\n")
    with server.connect() as admin:
        admin.execute("GRANT CONNECT, TEMPORARY ON DATABASE shop_rights_target TO shop_rights_load")
    denied = f"error: warehouse: ERROR: permission denied for database shop_rights_target{remedy}\n"
    assert project.run("run", check=1).stderr.endswith(denied)
    apply(project, estate)
    project.run("doctor")
    for right, missing in (
        ("SELECT (region) ON sales.customers", "table customers"),
        ("SELECT ON sales.orders", "table orders"),
        ("USAGE ON SCHEMA sales", "schema sales"),
    ):
        estate.source.execute(f"REVOKE {right} FROM {project.name}_reader")
        said = project.run("doctor", check=1).stdout
        assert f"permission denied for {missing}{remedy}" in said, said
        estate.source.execute((project.folder / "sql/grants/origin.sql").read_text())


def test_a_script_names_every_table_that_is_read(server: PostgresServer, tmp_path: Path) -> None:
    estate = make_estate(server, "shop_named")
    project = make(design_of(estate, "batch_elt"), tmp_path / "project")
    script = (project.folder / "sql" / "grants" / "origin.sql").read_text()
    assert "visits" not in script
    assert "full_name" not in script
    assert 'ON TABLE "sales"."Order ""Lines""; odd"' in script
