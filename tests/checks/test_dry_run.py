"""A check is tried on sample rows before anything is generated."""

from __future__ import annotations

import pytest

from generator.checks.catalogue import CHECKS
from generator.checks.dry_run import dry_run
from generator.connectors.catalog import Sample
from generator.design.models import Check
from tests.checks.test_catalogue import COMPLETE

SAMPLES = {
    "orders": Sample(
        columns=("a", "n", "t"), rows=(("x", "1", "2026-01-01 10:00:00+00"), ("yy", "-2", None))
    ),
    "few": Sample(columns=("a",), rows=(("x",),)),
    "other": Sample(columns=("a",), rows=(("x",), ("yy",))),
}
TYPES = {"orders": {"a": "text", "n": "integer", "t": "timestamptz"}, "other": {"a": "text"}}


@pytest.mark.parametrize("kind", CHECKS)
def test_every_type_can_be_tried(kind: str) -> None:
    check = Check.model_validate({"check": kind, "table": "orders", **COMPLETE[kind]})
    assert dry_run(check, SAMPLES, TYPES).status != "errored"


def test_the_outcome_is_told_in_words() -> None:
    check = Check(check="range", table="orders", column="n", min=0)
    outcome = dry_run(check, SAMPLES, TYPES)
    assert outcome.status == "failed"
    assert (
        outcome.text == "fails on the sample: n in orders is at least 0: 1 of 2 rows (lowest -2, highest 1)"
    )
    assert dry_run(Check(check="row_count", table="orders", min_rows=1), SAMPLES).status == "passed"


@pytest.mark.parametrize(
    "check",
    [
        Check(check="row_count", table="orders", min_rows=1000),
        Check(check="freshness", table="orders", column="t", max_age_hours=1),
        Check(
            check="referential_integrity",
            table="orders",
            column="a",
            reference_table="few",
            reference_column="a",
        ),
    ],
    ids=lambda check: check.check,
)
def test_what_rows_outside_the_sample_can_mend_is_no_failure_of_a_part(check: Check) -> None:
    assert dry_run(check, SAMPLES, TYPES).status == "failed"
    outcome = dry_run(check, SAMPLES, TYPES, parts={"orders", "few"})
    assert outcome.status == "unsure"
    assert outcome.text.startswith("a sample cannot tell; it fails on the sample: ")


def test_what_a_part_has_too_much_of_the_whole_has_too() -> None:
    check = Check(check="row_count", table="orders", max_rows=1)
    assert dry_run(check, SAMPLES, TYPES, parts={"orders"}).status == "failed"


def test_a_query_that_never_ends_is_stopped() -> None:
    endless = "SELECT 1 FROM range(1000000000) a(x), range(1000000000) b(y) WHERE x + y < 0"
    outcome = dry_run(Check(check="custom_sql", table="orders", sql=endless), SAMPLES, TYPES, timeout=0.2)
    assert outcome == type(outcome)("errored", "stopped after 0.2 s")


def test_a_query_cannot_reach_files() -> None:
    check = Check(check="custom_sql", table="orders", sql="SELECT * FROM read_text('/etc/hostname')")
    outcome = dry_run(check, SAMPLES, TYPES)
    assert outcome.status == "errored"
    assert "disabled" in outcome.text


def test_a_missing_sample_is_said() -> None:
    assert (
        dry_run(Check(check="row_count", table="nope", min_rows=1), SAMPLES).text
        == "there is no sample of nope"
    )
