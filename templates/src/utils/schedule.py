"""How long a schedule pauses at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile

_FIELDS = 5
_FROM, _TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2032, 12, 31, tzinfo=UTC)
"""The years to look at: three leap years are among them."""


def longest_pause(schedule: str | None) -> timedelta:
    """Return the longest time, in whole days, between two days on which a schedule fires; zero where nobody can tell.

    Args:
        schedule: A cron expression of five fields; None where nothing is scheduled.
    """
    from cronsim import CronSim, CronSimError

    fields = (schedule or "").split()
    if len(fields) != _FIELDS:
        return timedelta()
    try:
        # Once a day is enough: what counts are the days.
        fires = CronSim(" ".join(["0", "0", *fields[2:]]), _FROM)
    except CronSimError:
        return timedelta()
    days = takewhile(lambda day: day < _TO, fires)
    return max((after - before for before, after in pairwise(days)), default=timedelta())
