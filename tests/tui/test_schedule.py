from datetime import UTC, datetime, timedelta

import pytest

from tui.views.schedule import PRESETS, explain, minutes_text, parse_minutes, run_lines, span, timezones

NOW = datetime(2026, 3, 27, 3, 0, tzinfo=UTC)


def test_next_runs_keep_the_local_hour_across_a_clock_change() -> None:
    plan = explain("0 6 * * *", "Europe/Berlin", NOW)
    assert [f"{run:%d %H:%M}" for run in plan.runs] == [
        "27 06:00",
        "28 06:00",
        "29 06:00",
        "30 06:00",
        "31 06:00",
    ]
    # Summer time begins on 29 March 2026: the same local hour is an hour earlier in UTC.
    assert [run.astimezone(UTC).hour for run in plan.runs] == [5, 5, 4, 4, 4]


def test_a_schedule_is_told_in_words() -> None:
    assert explain("0 6 * * *", "UTC", NOW).words == "daily at 06:00 UTC"
    assert "continuous" in explain(None, "UTC", NOW).words


@pytest.mark.parametrize("cron", ["0 6 * *", "61 * * * *", "0 0 30 2 *", "[/x]", "every day"])
def test_what_is_no_schedule_is_said_with_the_cure(cron: str) -> None:
    plan = explain(cron, "UTC", NOW)
    assert plan.problem
    assert plan.runs == ()


def test_an_unknown_time_zone_is_said() -> None:
    assert "Mars/Olympus" in explain("0 6 * * *", "Mars/Olympus", NOW).problem


@pytest.mark.parametrize("cron", [cron for _, cron in PRESETS])
def test_every_preset_runs(cron: str) -> None:
    assert len(explain(cron, "UTC", NOW).runs) == 5


def test_run_lines_tell_local_time_utc_and_the_wait() -> None:
    plan = explain("0 6 * * *", "Europe/Berlin", NOW, runs=1)
    assert run_lines(plan, NOW) == ["Fri 27 Mar  06:00 (05:00 UTC)  in 2 h"]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("24h", 1440), ("90 min", 90), ("7 d", 10080), ("45", 45), ("1.5 h", 90), ("2 weeks", 20160)],
)
def test_durations_are_read_as_people_write_them(text: str, minutes: float) -> None:
    assert parse_minutes(text) == minutes


@pytest.mark.parametrize("minutes", [1, 15, 60, 90, 360, 1440, 1500, 10080])
def test_a_duration_shown_reads_back_as_the_same(minutes: float) -> None:
    assert parse_minutes(minutes_text(minutes)) == minutes


@pytest.mark.parametrize("text", ["", "soon", "-5 h", "5 parsecs"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_minutes(text)


def test_spans_name_their_two_largest_units() -> None:
    assert span(timedelta(days=1, hours=4, minutes=9)) == "1 d 4 h"
    assert span(timedelta(seconds=20)) == "less than a minute"


def test_utc_leads_the_time_zones() -> None:
    assert timezones()[0] == "UTC"
    assert "Europe/Berlin" in timezones()
