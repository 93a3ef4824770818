"""The schedule in words, its next runs, and durations as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

from generator.errors import DesignError

PRESETS: tuple[tuple[str, str], ...] = (
    ("every 15 minutes", "*/15 * * * *"),
    ("every hour", "0 * * * *"),
    ("every 6 hours", "0 */6 * * *"),
    ("daily at 06:00", "0 6 * * *"),
    ("weekdays at 06:00", "0 6 * * 1-5"),
    ("weekly, Monday 06:00", "0 6 * * 1"),
    ("monthly, the 1st 06:00", "0 6 1 * *"),
)
"""Schedules people ask for most: words and cron."""

FRESHNESS: tuple[tuple[str, float], ...] = (
    ("15 min", 15),
    ("1 h", 60),
    ("6 h", 360),
    ("24 h", 1440),
    ("7 d", 10080),
)
"""Freshness targets people ask for most: words and minutes."""

_DURATION = re.compile(
    r"\s*(\d+(?:[.,]\d+)?)\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)?\s*", re.IGNORECASE
)
_UNIT_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}


@dataclass(frozen=True)
class Schedule:
    """A cron expression explained. ``problem`` is empty when it can run."""

    words: str
    runs: tuple[datetime, ...] = ()
    problem: str = ""

    @property
    def interval(self) -> timedelta | None:
        """The longest gap between the runs listed."""
        gaps = [later - earlier for earlier, later in zip(self.runs, self.runs[1:], strict=False)]
        return max(gaps, default=None)


def explain(cron: str | None, timezone: str, now: datetime, *, runs: int = 5) -> Schedule:
    """Say what a cron expression means and when it runs next.

    Args:
        cron: Five fields; None or empty for a continuous pipeline.
        timezone: IANA name the expression is read in.
        now: Aware time to count from.
        runs: How many runs to list.
    """
    if cron is None or not cron.strip():
        return Schedule("continuous: a run starts when the one before has ended")
    from generator.advice.schedule import next_runs, schedule_words

    try:
        times = tuple(next_runs(cron, timezone, after=now, count=runs))
    except DesignError as wrong:
        return Schedule("", problem=f"{wrong.what}: {wrong.fix}")
    if not times:
        return Schedule("", problem=f"{cron!r} never runs: there is no such date")
    return Schedule(schedule_words(cron, timezone), times)


def run_lines(schedule: Schedule, now: datetime) -> list[str]:
    """Return one line per coming run: local time, UTC where it differs, and how long from now."""
    lines = []
    for run in schedule.runs:
        utc = run.astimezone(UTC)
        offset = "" if run.utcoffset() == timedelta(0) else f" ({utc:%H:%M} UTC)"
        lines.append(f"{run:%a %d %b  %H:%M}{offset}  in {span(run - now)}")
    return lines


def span(delta: timedelta) -> str:
    """Return a duration in its two largest units, as ``1 d 4 h``."""
    minutes = max(0, int(delta.total_seconds() // 60))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    shown = [f"{value} {unit}" for value, unit in parts if value][:2]
    return " ".join(shown) or "less than a minute"


def minutes_text(minutes: float | None) -> str:
    """Return minutes as people say them, as ``24 h`` or ``7 d``; empty for None."""
    if minutes is None:
        return ""
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes >= 2 * size and minutes % size == 0:
            return f"{minutes / size:g} {unit}"
    if minutes == 60:
        return "1 h"
    return f"{minutes:g} min"


def parse_minutes(text: str) -> float:
    """Read ``24h``, ``90 min``, ``7 d`` or plain minutes.

    Raises:
        ValueError: with a sentence for the person, when it is none of these.
    """
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no duration: write a number and a unit, as 15 min, 24 h or 7 d")
    unit = (match[2] or "m")[0].lower()
    return float(match[1].replace(",", ".")) * _UNIT_MINUTES[unit]


@lru_cache(maxsize=1)
def timezones() -> tuple[str, ...]:
    """Return the IANA names people choose from, UTC first."""
    names = sorted(
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    )
    return ("UTC", *names)
