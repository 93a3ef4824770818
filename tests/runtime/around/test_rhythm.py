"""How long a schedule pauses, by the calendar; and which holes in the record of runs are believed because of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from templates.src.utils.clock import doubt
from templates.src.utils.schedule import longest_pause


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("* * * * *", 1), ("0 6 * * *", 1), ("*/5 8-18 * * mon-fri", 3), ("0 6 * * 1", 7), ("0 6 * * 7", 7),
        ("0 6 1 * *", 31), ("0 6 31 * *", 61), ("0 6 1,15 * *", 17), ("0 6 1 */3 *", 92), ("0 6 1 jan,JUL *", 184),
        ("0 6 29 2 *", 1461), ("0 6 L * *", 31), ("0 6 * * 2#1", 35), ("* * * 1 *", 336),
    ],
)  # fmt: skip
def test_longest_pause_is_that_of_the_days_on_which_cron_fires(schedule: str, days: int) -> None:
    assert longest_pause(schedule) == timedelta(days=days)


@pytest.mark.parametrize("schedule", [None, "", "nonsense", "0 6 * *", "a b c d e"])
def test_nobody_can_tell_the_pause_of_no_schedule(schedule: str | None) -> None:
    assert longest_pause(schedule) == timedelta()


RETENTION = timedelta(days=30)
MONTHLY = longest_pause("0 6 1 * *")


def months(count: int) -> list[datetime]:
    """Return the runs of a monthly pipeline."""
    return [datetime(2026, month, 1, 6, tzinfo=UTC) for month in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_monthly_pipeline_is_believed_from_its_first_months_on(count: int) -> None:
    assert doubt(months(count)[-1], months(count), None, RETENTION, MONTHLY) is None
    assert doubt(months(count)[-1], months(count), months(1)[0], RETENTION, MONTHLY) is None


def test_clock_that_jumped_by_more_than_two_of_its_pauses_is_doubted() -> None:
    ahead = months(2)[-1] + timedelta(days=70)
    said = doubt(ahead, months(2), months(2)[-1], RETENTION, MONTHLY)
    assert said is not None
    assert "nothing ran from 2026-02-01 to 2026-04-12" in said
    # What a person has confirmed is settled, and the runs before it with it.
    assert doubt(ahead, months(2), ahead, RETENTION, MONTHLY) is None


@pytest.mark.parametrize("days", [7, 9])
def test_daily_pipeline_may_stand_still_for_a_tenth_of_the_retention_but_no_longer_than_eight_days(
    days: int,
) -> None:
    last = datetime(2026, 1, 1, tzinfo=UTC)
    found = doubt(last + timedelta(days=days), [last], last, timedelta(days=365), longest_pause("0 6 * * *"))
    assert (found is None) is (days == 7)
