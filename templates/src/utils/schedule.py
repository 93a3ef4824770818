"""How long a schedule pauses at most: what a cron expression says of the days on which it fires."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

_FIELDS = 5
_ONCE_A_MONTH = re.compile(r"[L#]", re.IGNORECASE)
"""The last day, the second Tuesday: one day of every month, which may lie a week apart from month to month."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SOME_YEARS = (date(2024, 1, 1), 8 * 366)
"""Days to look at: two leap years are among them."""


def longest_pause(schedule: str | None) -> timedelta:
    """Return the longest time between two days on which a schedule fires, zero where nobody can tell.

    Args:
        schedule: A cron expression of five fields; None where nothing is scheduled.
    """
    fields = (schedule or "").lower().split()
    if len(fields) != _FIELDS:
        return timedelta()
    _, _, days, months, weekdays = fields
    slack = timedelta()
    if _ONCE_A_MONTH.search(days + weekdays):
        days, weekdays, slack = "1", "*", timedelta(weeks=1)
    try:
        fires = _firing(days, months, weekdays)
    except ValueError:
        return timedelta()
    return slack + max((after - before for before, after in pairwise(fires)), default=timedelta())


def _firing(days: str, months: str, weekdays: str) -> list[date]:
    """Return the days of some years on which it fires."""
    wanted_days, wanted_months = _values(days, 1, 31), _values(months, 1, 12, _MONTHS)
    # Sunday is both 0 and 7.
    wanted_weekdays = {number % 7 for number in _values(weekdays, 0, 7, _WEEKDAYS)}
    either = not days.startswith("*") and not weekdays.startswith("*")
    first, count = _SOME_YEARS
    found = []
    for day in (first + timedelta(days=number) for number in range(count)):
        right = (day.day in wanted_days, day.isoweekday() % 7 in wanted_weekdays)
        if day.month in wanted_months and (any(right) if either else all(right)):
            found.append(day)
    return found


def _values(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> set[int]:
    """Return the numbers a field of a cron expression means.

    Raises:
        ValueError: it is none.
    """
    numbers = {name: str(least + place) for place, name in enumerate(names)}
    found = set[int]()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, dash, high = (numbers.get(word, word) for word in span.partition("-"))
        if low == "*":
            low, high = str(least), str(most)
        elif not dash:
            high = str(most) if step else low
        found.update(range(int(low), int(high) + 1, int(step or 1)))
    return found
