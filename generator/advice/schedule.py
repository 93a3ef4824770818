"""Schedules: from a freshness target to cron, from cron to words and next runs, and whether they fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from generator.design.models import PipelineDesign
from generator.errors import DesignError

from .advice import Advice
from .durations import minutes_in_words

# Interval in minutes -> cron. Daily and weekly runs at 6: sources are quiet and people find fresh data.
_STEPS: tuple[tuple[int, str], ...] = (
    (10080, "0 6 * * 1"),
    (1440, "0 6 * * *"),
    (720, "0 6,18 * * *"),
    (480, "0 */8 * * *"),
    (360, "0 */6 * * *"),
    (240, "0 */4 * * *"),
    (180, "0 */3 * * *"),
    (120, "0 */2 * * *"),
    (60, "0 * * * *"),
    (30, "*/30 * * * *"),
    (20, "*/20 * * * *"),
    (15, "*/15 * * * *"),
    (10, "*/10 * * * *"),
    (5, "*/5 * * * *"),
    (1, "* * * * *"),
)
_REFERENCE = datetime(2025, 1, 1, tzinfo=UTC)
_DAILY = re.compile(r"[0-5]?\d ([01]?\d|2[0-3]) \* \* \*")


@dataclass(frozen=True)
class FreshnessFit:
    """Whether interval + runtime meets the freshness; ``problem`` is empty when it does. All in minutes."""

    interval: float | None
    runtime: float | None
    freshness: float | None
    problem: str = ""


def zone(name: str) -> ZoneInfo:
    """Return the time zone.

    Raises:
        DesignError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DesignError(
            f"there is no time zone {name!r}",
            where="pipeline.timezone",
            fix="use an IANA name, as Europe/Berlin",
        ) from error


def next_runs(cron: str, timezone: str, *, after: datetime | None = None, count: int = 5) -> list[datetime]:
    """Return the next run times, in the time zone.

    A time that a clock change skips runs right after the gap; one that it repeats runs once.

    Args:
        cron: Five fields.
        timezone: IANA name.
        after: An aware time; default: now.
        count: How many.

    Raises:
        DesignError: the cron expression or the time zone is not valid.
    """
    place = zone(timezone)
    start = (after or datetime.now(UTC)).astimezone(place)
    try:
        if len(cron.split()) != 5:
            raise CronSimError("it has not five fields")
        times = CronSim(cron, start)
    except CronSimError as error:
        raise DesignError(
            f"{cron!r} is not a cron expression ({error})",
            where="pipeline.schedule",
            fix="give five fields: minute hour day month weekday, as '0 6 * * *'",
        ) from error
    return [moment.astimezone(place) for moment, _ in zip(times, range(count), strict=False)]


def schedule_words(cron: str | None, timezone: str = "UTC") -> str:
    """Return a schedule in words, as ``daily at 06:00 UTC``; the cron text itself where it is not valid."""
    if cron is None:
        return "continuous"
    fields = cron.split()
    if _DAILY.fullmatch(" ".join(fields)):
        return f"daily at {int(fields[1]):02}:{int(fields[0]):02} {timezone}"
    from cron_descriptor import FormatError, MissingFieldError, Options, WrongArgumentError, get_description

    options = Options()
    options.use_24hour_time_format = True
    options.verbose = False
    try:
        CronSim(cron, _REFERENCE)
        words: str = get_description(cron, options)
    except (CronSimError, FormatError, MissingFieldError, WrongArgumentError, ValueError, IndexError):
        return cron
    return f"{words[0].lower()}{words[1:]} ({timezone})"


@lru_cache(maxsize=256)
def longest_interval(cron: str, timezone: str) -> float | None:
    """Return the longest time between two runs, in minutes, over some weeks and months; None if it never
    runs.

    Raises:
        DesignError: the cron expression or the time zone is not valid.
    """
    runs = next_runs(cron, timezone, after=_REFERENCE, count=400)
    if len(runs) < 2:
        return None
    stamps = [run.astimezone(UTC) for run in runs]
    gaps = sorted((later - sooner) / timedelta(minutes=1) for sooner, later in pairwise(stamps))
    # A clock change makes one gap of a year an hour longer; that is no property of the schedule.
    if len(gaps) > 20 and gaps[-1] - gaps[-2] == 60:
        return gaps[-2]
    return gaps[-1]


def freshness_fit(design: PipelineDesign) -> FreshnessFit:
    """Tell whether the schedule can meet the freshness target: longest interval + p95 runtime <= target.

    An unknown runtime counts as nothing; a schedule that cannot be read gives no verdict.
    """
    target = design.requirements.freshness_minutes
    runtime = design.requirements.expected_runtime_minutes
    cron = design.pipeline.schedule
    try:
        interval = longest_interval(cron, design.pipeline.timezone) if cron else None
    except DesignError:
        interval = None
    if interval is None or target is None:
        return FreshnessFit(interval, runtime, target)
    problem = ""
    if interval + (runtime or 0) > target:
        took = f" + {minutes_in_words(runtime)} p95 runtime" if runtime else ""
        problem = f"{minutes_in_words(interval)} between runs{took} exceeds {minutes_in_words(target)}"
    elif runtime and runtime >= interval:
        problem = (
            f"a run takes {minutes_in_words(runtime)} but the next starts after {minutes_in_words(interval)}"
        )
    return FreshnessFit(interval, runtime, target, problem)


def advise_schedule(
    freshness_minutes: float | None, runtime_minutes: float | None = None
) -> Advice[str | None]:
    """Recommend a cron expression: the longest round interval with interval + p95 runtime <= freshness.

    The choice is None, with the reason, where no schedule reaches the target.
    """
    if freshness_minutes is None:
        return Advice(
            "0 6 * * *",
            "no freshness target is set; daily before working hours suits most",
            "0 * * * *",
            "when people look at today's numbers",
            rule="schedule.default",
        )
    runtime = runtime_minutes or 0
    told = f" and a p95 runtime of {minutes_in_words(runtime)}" if runtime else ""
    fitting = [step for step in _STEPS if step[0] + runtime <= freshness_minutes and runtime < step[0]]
    if not fitting:
        return Advice(
            None,
            f"unreachable: no schedule gives {minutes_in_words(freshness_minutes)}"
            + (f" when a run takes {minutes_in_words(runtime)}" if runtime else "; that needs streaming"),
            None,
            "make runs shorter or accept older data",
            rule="schedule.unreachable",
            offered=False,
        )
    (interval, cron), shorter = fitting[0], fitting[1:2]
    return Advice(
        cron,
        f"every {minutes_in_words(interval)} keeps data within {minutes_in_words(freshness_minutes)}{told}",
        shorter[0][1] if shorter else None,
        "when a late run must still meet the target" if shorter else "",
        rule="schedule.from_freshness",
        inputs=(f"freshness {minutes_in_words(freshness_minutes)}", f"runtime {minutes_in_words(runtime)}"),
    )
