"""Rejected rows are kept once, closed once, and stop a run only when there are both many and a large share."""

from __future__ import annotations

import json

import pytest

from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.settings import Thresholds
from templates.src.utils.dead_letters import DeadLetter, DeadLetters, breaker, dead_letter
from tests.runtime.around.world import engine

ROW = {"order_id": 1, "amount": "abc'; --", "email": "ada@example.org"}


@pytest.fixture
def letters() -> DeadLetters:
    made = DeadLetters(engine(), "_shop")
    made.ensure()
    made.ensure()
    return made


def rejected(number: int, run: str = "r1", table: str = "orders") -> DeadLetter:
    return dead_letter(table, "extraction", run, "amount does not fit", {"order_id": number}, column="amount")


def test_a_dead_letter_holds_the_offending_value_but_no_personal_one(letters: DeadLetters) -> None:
    letters.record(
        [dead_letter("orders", "extraction", "r", "no number", ROW, column="amount", personal=["email"])]
    )
    letters.record(
        [dead_letter("orders", "extraction", "r", "too long", ROW, column="email", personal=["email"])]
    )
    amount, email = sorted(letters.list(), key=lambda row: row["column_name"])
    assert (amount["offending_value"], email["offending_value"]) == ("abc'; --", None)
    assert json.loads(amount["payload"]) == {"order_id": 1, "amount": "abc'; --"}
    assert "ada@example.org" not in json.dumps([amount, email])


def test_the_same_bad_row_of_every_run_is_one_dead_letter(letters: DeadLetters) -> None:
    for run in ("r1", "r2", "r3"):
        assert letters.record([rejected(1, run), rejected(2, run)]) == 2
    assert letters.count() == 2
    assert {row["attempts"] for row in letters.list()} == {3}
    assert {row["run_id"] for row in letters.list()} == {"r3"}


def test_letters_written_in_sql_and_in_python_are_the_same(letters: DeadLetters) -> None:
    letter = rejected(7)
    letters.record([letter])
    query = "SELECT 'amount does not fit' AS reason, 'amount' AS column_name, NULL AS offending_value, '{0}' AS payload"
    letters.record_select(query.format('{"order_id": 7}'), "orders", "extraction", "r2")
    letters.record_select(query.format('{"order_id": 8}'), "orders", "extraction", "r2")
    found = {row["payload"]: row["attempts"] for row in letters.list()}
    assert found == {'{"order_id": 7}': 2, '{"order_id": 8}': 1}


def test_many_letters_are_recorded_in_batches(letters: DeadLetters) -> None:
    assert letters.record(rejected(number) for number in range(1201)) == 1201
    assert letters.count() == 1201
    assert len(letters.list(limit=50)) == 50


def test_a_second_replay_closes_nothing(letters: DeadLetters) -> None:
    letters.record([rejected(1), rejected(2), rejected(3, table="customers")])
    ids = [row["id"] for row in letters.replayable("orders")]
    assert len(ids) == 2
    assert letters.mark_replayed(ids, "again") == 2
    assert letters.mark_replayed(ids, "again") == 0
    assert letters.replayable("orders") == []
    assert letters.tables() == {"customers": 1}


def test_purge_spares_what_was_not_replayed_unless_told(letters: DeadLetters) -> None:
    letters.record([rejected(1), rejected(2)])
    letters.mark_replayed([letters.list()[0]["id"]], "again")
    assert letters.purge(status="replayed") == 1
    assert letters.purge(before="2000-01-01") == 0
    assert letters.purge() == 1


def test_show_finds_by_the_beginning_of_the_id(letters: DeadLetters) -> None:
    letters.record([rejected(1)])
    (row,) = letters.list()
    assert letters.show(row["id"][:4]) == [row]
    assert letters.show("%") == []


def test_letters_vanish_with_their_transaction() -> None:
    on: DuckDBEngine = engine()
    letters = DeadLetters(on, "_shop")
    letters.ensure()

    def recorded_in_a_failing_transaction() -> None:
        with on.transaction():
            letters.record([rejected(1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        recorded_in_a_failing_transaction()
    assert letters.count() == 0


@pytest.mark.parametrize(
    ("extracted", "rejected_rows", "trips"),
    [
        (100, 0, False),
        (100, 60, False),
        (100_000, 101, False),
        (10_000, 101, True),
        (101, 101, True),
        (0, 101, True),
    ],
)
def test_the_breaker_needs_rate_and_count(extracted: int, rejected_rows: int, trips: bool) -> None:
    thresholds = Thresholds(max_failure_rate_percent=1.0, max_failed_rows=100)
    assert breaker(extracted, rejected_rows, thresholds) is trips


def test_no_rejected_row_trips_nothing_even_when_none_is_allowed() -> None:
    assert not breaker(10, 0, Thresholds(0.0, 0))
    assert breaker(10, 1, Thresholds(0.0, 0))
