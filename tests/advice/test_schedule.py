"""Schedules: cron from freshness, words, next runs across clock changes, and whether the target can be met."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from generator.advice.schedule import (
    advise_schedule,
    freshness_fit,
    longest_interval,
    next_runs,
    schedule_words,
)
from generator.design.models import PipelineDesign
from generator.errors import DesignError


@pytest.mark.parametrize(
    ("freshness", "runtime", "cron"),
    [
        (None, None, "0 6 * * *"),
        (10080, None, "0 6 * * 1"),
        (1440, None, "0 6 * * *"),
        (1440, 30, "0 6,18 * * *"),
        (60, None, "0 * * * *"),
        (60, 10, "*/30 * * * *"),
        (15, None, "*/15 * * * *"),
        (15, 14, None),
        (0.5, None, None),
        (60, 60, None),
    ],
)
def test_the_longest_round_interval_that_fits_is_chosen(
    freshness: float, runtime: float, cron: str | None
) -> None:
    advice = advise_schedule(freshness, runtime)
    assert advice.choice == cron
    assert ("unreachable" in advice.reason) == (cron is None)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        (None, "continuous"),
        ("0 6 * * *", "daily at 06:00 UTC"),
        ("5 18 * * *", "daily at 18:05 UTC"),
        ("*/15 * * * *", "every 15 minutes (UTC)"),
        ("0 6 * * 1", "at 06:00, only on Monday (UTC)"),
        ("not cron", "not cron"),
        ("99 99 * * *", "99 99 * * *"),
    ],
)
def test_words(cron: str | None, words: str) -> None:
    assert schedule_words(cron) == words


def test_runs_keep_local_time_across_clock_changes() -> None:
    spring = next_runs("30 2 * * *", "Europe/Berlin", after=datetime(2026, 3, 27, 12, tzinfo=UTC), count=3)
    assert [f"{run:%d %H:%M %z}" for run in spring] == ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"]
    autumn = next_runs("30 2 * * *", "Europe/Berlin", after=datetime(2026, 10, 24, 12, tzinfo=UTC), count=2)
    assert [f"{run:%d %H:%M}" for run in autumn] == ["25 02:30", "26 02:30"]
    steady = next_runs("0 6 * * *", "America/New_York", after=datetime(2026, 3, 7, 12, tzinfo=UTC), count=2)
    assert [run.astimezone(UTC).hour for run in steady] == [10, 10]


def test_five_runs_by_default() -> None:
    assert len(next_runs("0 * * * *", "UTC")) == 5


@pytest.mark.parametrize(
    ("cron", "timezone"),
    [
        ("61 * * * *", "UTC"),
        ("* * *", "UTC"),
        ("0 0 6 * * *", "UTC"),
        ("0 0 30 2 *", "UTC"),
        ("0 6 * * *", "Mars/Olympus"),
    ],
)
def test_what_is_not_valid_is_one_clear_error(cron: str, timezone: str) -> None:
    with pytest.raises(DesignError):
        next_runs(cron, timezone)


@pytest.mark.parametrize(
    ("cron", "minutes"),
    [
        ("0 6 * * *", 1440),
        ("0 6,18 * * *", 720),
        ("0 9-17 * * *", 16 * 60),
        ("0 6 * * 1-5", 3 * 1440),
        ("*/20 * * * *", 20),
    ],
)
def test_the_longest_interval_counts(cron: str, minutes: float) -> None:
    assert longest_interval(cron, "Europe/Berlin") == minutes


@pytest.mark.parametrize(
    ("cron", "freshness", "runtime", "fits"),
    [
        ("0 6 * * *", 1440, None, True),
        ("0 6 * * *", 1440, 10, False),
        ("0 6 * * *", 1500, 10, True),
        ("0 6 * * 1-5", 1440, None, False),
        ("*/15 * * * *", 60, 20, False),
        (None, 1, None, True),
        ("nonsense", 1, None, True),
    ],
)
def test_interval_plus_runtime_must_fit_the_freshness(
    cron: str | None, freshness: float, runtime: float | None, fits: bool
) -> None:
    design = PipelineDesign()
    design.pipeline.schedule = cron
    design.requirements.freshness_minutes = freshness
    design.requirements.expected_runtime_minutes = runtime
    assert (freshness_fit(design).problem == "") is fits
