"""What people have put on a published PostgreSQL table stays when the table is replaced: who may see which rows, above all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.runtime.core.places import postgres_place
from tests.runtime.core.project import loading
from tests.runtime.core.test_replicate import LISTED, orders, project, truth
from tests.servers.postgres import PostgresDatabase

TABLE = "analytics.orders"
GUARDS = {
    "policy": (
        f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY large ON {TABLE} USING (amount > 1)",
    ),
    "column privilege": (f"REVOKE ALL ON {TABLE} FROM PUBLIC", f"GRANT SELECT (id) ON {TABLE} TO PUBLIC"),
    "trigger": (
        "CREATE FUNCTION analytics.tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        f"CREATE TRIGGER told AFTER INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION analytics.tell()",
    ),
    "publication": (
        f"ALTER TABLE {TABLE} REPLICA IDENTITY FULL",
        f"CREATE PUBLICATION orders_for_others FOR TABLE {TABLE}",
    ),
}
LEFT = f"""
SELECT (SELECT count(*) FROM pg_policy WHERE polrelid = '{TABLE}'::regclass)
    + (SELECT count(*) FROM pg_trigger WHERE tgrelid = '{TABLE}'::regclass)
    + (SELECT count(*) FROM pg_publication_rel WHERE prrelid = '{TABLE}'::regclass)
    + (SELECT count(*) FROM pg_attribute WHERE attrelid = '{TABLE}'::regclass AND attacl IS NOT NULL)
"""


@pytest.mark.slow
@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("pattern", ["batch_elt", "batch_etl"])
def test_replaced_table_keeps_what_guards_it(
    tmp_path: Path, source: sqlite3.Connection, postgres_database: PostgresDatabase, guard: str, pattern: str
) -> None:
    place = postgres_place(postgres_database, pattern)
    made = project(tmp_path, place, loading("overwrite"))
    orders(source, (1, 1, "a", "2024-01-01 00:00:00"), (2, 2, "b", "2024-01-01 00:00:00"))
    made.run()
    postgres_database.execute(*GUARDS[guard])
    orders(source, (3, 3, "c", "2024-01-02 00:00:00"))
    made.run()
    assert postgres_database.query(LEFT) == [(1,)]
    assert place.rows("orders", LISTED) == truth(source)
