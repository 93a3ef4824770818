"""Is it as late as the clock says? What deletes by the time must not believe one clock alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median_low
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engines.base import Engine

_SHARE, _LEAST, _MOST = 10, timedelta(days=1), timedelta(days=8)
_USUAL, _STEPS = 4, 2


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
    now: datetime, runs: Iterable[datetime], confirmed: datetime | None, retention: timedelta
) -> str | None:
    """Return why the present may not be what the clock says, None where nothing speaks against it.

    A clock that jumped ahead leaves a hole in the record: a time in which nothing ran. Holes up to a tenth of the
    retention (a day at least, eight at most), or up to four times the usual step between runs, are believed.

    Args:
        now: The present (aware).
        runs: When runs started.
        confirmed: When rows were last deleted; holes before that are settled.
        retention: How long rows are kept.
    """
    past = sorted(moment for moment in runs if moment <= now)
    steps = [after - before for before, after in itertools.pairwise(past)]
    usual = median_low(steps) if len(steps) >= _STEPS else timedelta()
    limit = max(min(max(retention / _SHARE, _LEAST), _MOST), usual * _USUAL)
    points = [moment for moment in past if confirmed is None or moment > confirmed]
    if confirmed is not None and confirmed <= now:
        points.insert(0, confirmed)
    for before, after in itertools.pairwise([*points, now]):
        if after - before > limit:
            return (
                f"the clock says {now:%Y-%m-%d}, but nothing ran from {before:%Y-%m-%d} to {after:%Y-%m-%d}:"
                " it may have jumped ahead"
            )
    return None
