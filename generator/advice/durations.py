"""Durations in words."""

from __future__ import annotations

_UNITS = ((1440 * 7, "week"), (1440, "day"), (60, "h"), (1, "min"))


def minutes_in_words(minutes: float) -> str:
    """Return minutes as people say them: ``24 h``, ``90 min``, ``30 s``, ``3 days``."""
    if minutes < 1:
        return f"{round(minutes * 60)} s"
    for size, unit in _UNITS:
        count = minutes / size
        if (count >= 2 or (size <= 60 and count >= 1)) and count == int(count):
            plural = "s" if unit in {"day", "week"} else ""
            return f"{int(count)} {unit}{plural}" if (unit, count) != ("day", 1) else "24 h"
    return f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:.1f} h"
