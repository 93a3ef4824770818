"""The design in words: schedule, pattern, strategies, as the documents say them."""

from __future__ import annotations

from cron_descriptor import Options, get_description

PATTERNS = {
    "batch_etl": "Rows go to an embedded DuckDB file, are transformed and checked there, then published",
    "batch_elt": "Rows land in a staging schema of the destination and are transformed and checked there",
}
EXTRACTION = {
    "full": "full: every row, every run",
    "incremental": "incremental: rows new or changed since the last published watermark",
}
LOADING = {
    "append": "append: rows are added; what is there already is not added again",
    "overwrite": "overwrite: the table is replaced; readers see the old or the new one, never an empty one",
    "upsert": "upsert: rows are inserted or updated by key",
    "merge": "merge: upsert; rows flagged as deleted, or gone from a full extract, are deleted here",
    "scd1": "scd1: rows are updated in place by key; no history",
    "scd2": "scd2: every version of a row is kept, with valid_from, valid_to and is_current",
    "scd3": "scd3: the previous value of tracked columns is kept beside the current one",
}


def schedule_words(schedule: str | None, timezone: str) -> str:
    """Return the schedule as a person would say it, as ``At 06:00 AM, every day (UTC)``."""
    if schedule is None:
        return "Not scheduled"
    options = Options()
    options.use_24hour_time_format = True
    options.verbose = True
    return f"{get_description(schedule, options)} ({timezone})"


def minutes_words(minutes: float | None) -> str:
    """Return a duration as people say it, as ``2 hours``."""
    if minutes is None:
        return "not stated"
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size and minutes % size == 0:
            return f"{int(minutes / size)} {unit}{'' if minutes == size else 's'}"
    return f"{minutes:g} minutes"
