"""Is it as late as the clock says? What deletes by the time must not believe one clock alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engines.base import Engine

_SHARE, _LEAST, _MOST = 10, timedelta(days=1), timedelta(days=8)
_PAUSES = 2
"""As many pauses of the schedule are believed: one run may have been left out."""


def earlier(now: datetime, engine: Engine) -> datetime:
    """Return the present by this machine's clock or by the destination server's, whichever is earlier.

    Args:
        now: The present by this machine's clock (aware).
        engine: The destination.
    """
    if engine.dialect != "postgres":
        return now
    told: datetime = engine.query("SELECT now()")[0][0]
    return min(now, told)


def doubt(
    now: datetime,
    runs: Iterable[datetime],
    confirmed: datetime | None,
    retention: timedelta,
    pause: timedelta,
) -> str | None:
    """Return why the present may not be what the clock says, None where nothing speaks against it.

    A clock that jumped ahead leaves a hole in the record: a time in which nothing ran. Holes up to a tenth of the
    retention (a day at least, eight at most), or up to twice the longest pause of the schedule, are believed.

    Args:
        now: The present (aware).
        runs: When runs started.
        confirmed: When rows were last deleted; holes before that are settled.
        retention: How long rows are kept.
        pause: The longest pause of the schedule, zero where there is none.
    """
    limit = max(min(max(retention / _SHARE, _LEAST), _MOST), pause * _PAUSES)
    points = sorted(moment for moment in runs if moment <= now and (confirmed is None or moment > confirmed))
    if confirmed is not None and confirmed <= now:
        points.insert(0, confirmed)
    for before, after in itertools.pairwise([*points, now]):
        if after - before > limit:
            return (
                f"the clock says {now:%Y-%m-%d}, but nothing ran from {before:%Y-%m-%d} to {after:%Y-%m-%d}:"
                " it may have jumped ahead"
            )
    return None
