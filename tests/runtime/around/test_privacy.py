"""Tokens are HMAC-SHA256, NULL stays NULL, and an erased person leaves no row anywhere."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from templates.src.utils.dead_letters import DeadLetters, dead_letter
from templates.src.utils.erasure import Place, erase
from templates.src.utils.privacy import KEY_VARIABLE, MASK, install, token
from templates.src.utils.retention import delete_due, find_due
from templates.src.utils.retry import ConfigurationError
from templates.src.utils.state import State
from tests.runtime.around.world import engine, settings

KEY = "a key that is long enough"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    key=st.text(st.characters(exclude_categories=["Cs"]), min_size=16, max_size=90),
)
def test_tokens_equal_pythons_hmac(database: duckdb.DuckDBPyConnection, value: str, key: str) -> None:
    install(database, key)
    ((found,),) = database.execute("SELECT tokenize(?)", [value]).fetchall()
    assert found == hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest() == token(value, key)


def test_null_stays_null_and_masks_hide_everything_else() -> None:
    with duckdb.connect() as connection:
        install(connection, KEY)
        assert connection.execute("SELECT tokenize(NULL), mask(NULL), mask('x'), mask(3)").fetchall() == [
            (None, None, MASK, MASK)
        ]


def test_neither_macro_nor_key_reaches_the_database_file(tmp_path: Path) -> None:
    path = tmp_path / "staging.duckdb"
    with duckdb.connect(str(path)) as connection:
        install(connection, KEY)
        connection.execute("CREATE TABLE t AS SELECT tokenize('ada@example.org') AS email")
    content = path.read_bytes()
    assert KEY.encode() not in content
    assert b"ada@example.org" not in content
    with duckdb.connect(str(path)) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT tokenize('x')")


def test_a_short_key_is_refused() -> None:
    with duckdb.connect() as connection, pytest.raises(ConfigurationError, match="at least 16"):
        install(connection, "short")


def test_without_a_key_nothing_can_be_tokenised() -> None:
    with duckdb.connect() as connection:
        install(connection, None)
        with pytest.raises(duckdb.CatalogException):
            connection.execute("SELECT tokenize('x')")


@pytest.mark.parametrize("subject", ["2", "bob@example.org"])
def test_an_erased_person_is_nowhere_and_nobody_else_is_touched(tmp_path: Path, subject: str) -> None:
    on = engine()
    configured = settings(tmp_path, {KEY_VARIABLE: KEY})
    people = ", ".join(f"({number}, '{token(email, KEY)}', 'Oslo')" for number, email in PEOPLE.items())
    for name in ("staging.customers", "analytics.customers", "analytics.customers__changes"):
        on.execute(f"CREATE TABLE {name} AS SELECT * FROM (VALUES {people}) t(customer_id, email, city)")
    on.execute(
        "CREATE TABLE analytics.orders AS SELECT i AS order_id, i % 3 AS customer_id FROM range(9) t(i)"
    )
    on.execute("CREATE TABLE analytics.other AS SELECT i AS id, 'x' AS email FROM range(4) t(i)")
    letters, state = DeadLetters(on, "_shop"), State(on, "_shop")
    letters.ensure()
    state.ensure()
    letters.record(
        dead_letter("orders", "extraction", "r", "bad", {"order_id": n, "customer_id": n, "amount": "?"})
        for n in (1, 2)
    )
    for number in (1, 2):
        examples = json.dumps([{"customer_id": str(number)}])
        on.execute(
            f"INSERT INTO _shop.check_results VALUES ('r', 's', 'c', 'customers', 'warn', 'failed', 'm', 2, 1,"
            f" '{examples}', now())"
        )
    places = [Place(on, "staging"), Place(on, "analytics"), Place(on, "_shop")]

    counted = erase(places, configured, subject, dry_run=True)
    found = erase(places, configured, subject)

    assert found == counted
    assert sum(found.values()) == 3 + 3 + 1 + 1
    assert sum(erase(places, configured, subject).values()) == 0
    for name in ("staging.customers", "analytics.customers", "analytics.customers__changes"):
        assert on.query(f"SELECT customer_id FROM {name} ORDER BY 1") == [(1,), (3,)]
    assert on.query("SELECT count(*) FROM analytics.orders WHERE customer_id <> 2") == [(6,)]
    assert on.query("SELECT count(*) FROM analytics.other") == [(4,)]
    assert [json.loads(row["payload"])["customer_id"] for row in letters.list()] == [1]
    examples_left = {row[0] for row in on.query("SELECT failed_examples FROM _shop.check_results")}
    assert examples_left == {"[]", '[{"customer_id": "1"}]'}


PEOPLE = {1: "ada@example.org", 2: "bob@example.org", 3: "eve@example.org"}


def test_retention_deletes_what_is_due_and_nothing_else(tmp_path: Path) -> None:
    on = engine()
    old, young = NOW - timedelta(days=31), NOW - timedelta(days=29)
    for name in ("staging.orders", "analytics.orders"):
        on.execute(
            f"CREATE TABLE {name} AS SELECT * FROM (VALUES (1, TIMESTAMPTZ '{old}'), (2, TIMESTAMPTZ '{young}'),"
            " (3, NULL)) t(order_id, ordered_at)"
        )
    on.execute(
        f"CREATE TABLE analytics.customers AS SELECT 1 AS customer_id, TIMESTAMPTZ '{old}' AS updated_at"
    )
    State(on, "_shop").ensure()
    on.execute(f"INSERT INTO _shop.lineage VALUES ('a', '{old}', '{{}}'), ('b', '{young}', '{{}}')")
    configured = settings(tmp_path, requirements={"retention_days": 30})
    places = [Place(on, "staging"), Place(on, "analytics"), Place(on, "_shop")]

    found = find_due(places, configured, NOW)
    delete_due(found)

    due = {"staging.orders": 1, "analytics.orders": 1, "_shop.lineage": 1}
    assert {f"{item.schema}.{item.table}": item.rows for item in found if item.rows} == due
    assert not any(item.emptied for item in found)
    assert on.query("SELECT order_id FROM analytics.orders ORDER BY 1") == [(2,), (3,)]
    assert on.query("SELECT count(*) FROM analytics.customers") == [(1,)]
    assert sum(item.rows for item in find_due(places, configured, NOW)) == 0
    assert find_due(places, settings(tmp_path), NOW) == []
