"""A cron expression as systemd's calendar events."""

from __future__ import annotations

import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def calendar_events(expression: str, timezone: str) -> list[str]:
    """Return the ``OnCalendar=`` values that fire when the cron expression does.

    Where both day of month and day of week are restricted, cron fires on either: hence more than one event.

    Raises:
        ValueError: the expression has no five fields.
    """
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(f"{expression!r} has {len(fields)} fields, not 5")
    minute, hour, month = (_numbers(fields[place], place) for place in (0, 1, 3))
    clock, months = f"{hour}:{minute}:00", month
    days = _days_of_month(fields[2])
    weekdays = _weekdays(fields[4])
    events = []
    if days is not None or weekdays is None:
        events += [f"*-{months}{day} {clock} {timezone}" for day in (days or ["-*"])]
    for name, day in weekdays or []:
        events.append(f"{name} *-{months}{day} {clock} {timezone}")
    return events


def _numbers(field: str, place: int) -> str:
    """Return a field as systemd's list of two-digit numbers, ``*`` for all."""
    low, high = _BOUNDS[place]
    values = _values(field, place)
    return "*" if len(values) == high - low + 1 else ",".join(f"{value:02d}" for value in sorted(values))


def _values(field: str, place: int) -> set[int]:
    low, high = _BOUNDS[place]
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, end = low, high if place != 4 else 6
        else:
            start = _number(first, place)
            end = _number(last, place) if last else (high if step else start)
        found |= set(range(start, end + 1, int(step or 1)))
    return found


def _number(text: str, place: int) -> int:
    names = _MONTHS if place == 3 else _DAYS if place == 4 else []
    return names.index(text[:3]) + (place == 3) if text[:3] in names else int(text)


def _days_of_month(field: str) -> list[str] | None:
    """Return the day part of each event, None where every day matches."""
    if field in ("*", "?"):
        return None
    parts = field.upper().split(",")
    last = ["~01" for part in parts if part == "L"]
    plain = ",".join(part for part in parts if part != "L")
    return last + ([f"-{_numbers(plain, 2)}"] if plain else [])


def _weekdays(field: str) -> list[tuple[str, str]] | None:
    """Return (weekdays, day part) of each event, None where every weekday matches."""
    if field in ("*", "?"):
        return None
    plain: set[int] = set()
    special: list[tuple[str, str]] = []
    for part in field.split(","):
        if match := re.fullmatch(r"(\w+)#(\d)", part):
            first = 7 * (int(match[2]) - 1) + 1
            special.append(
                (_day_name(_number(match[1].lower(), 4)), f"-{first:02d}..{min(first + 6, 31):02d}")
            )
        elif match := re.fullmatch(r"(\w+)L", part, re.IGNORECASE):
            special.append((_day_name(_number(match[1].lower(), 4)), "~07/1"))
        else:
            plain |= {value % 7 for value in _values(part, 4)}
    names = [(",".join(_day_name(value) for value in sorted(plain)), "-*")] if plain else []
    return None if len(plain) == 7 else names + special


def _day_name(value: int) -> str:
    return _DAYS[value % 7].title()
