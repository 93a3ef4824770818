"""``doctor``, ``ack``, ``erase`` and ``retention``: the commands that look after a pipeline and its data."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ..engines.base import Engine
from ..engines.rewrite import rewrite
from ..settings import Settings
from ..utils.alerts import notify
from ..utils.clock import doubt, earlier
from ..utils.doctor import examine
from ..utils.erasure import erase as erase_person
from ..utils.erasures import Erasures
from ..utils.retention import Due, Retentions, delete_due, find_due
from ..utils.retry import EXIT_FAILED, EXIT_OK, EXIT_USAGE, LoadError
from ..utils.schedule import longest_pause
from ..utils.state import State
from .destination import destination, places
from .summary import table

_SIGNS = {True: "ok     ", False: "NOT OK ", None: "info   "}


def doctor(settings: Settings) -> int:
    """Print every finding as it is made; 2 if the configuration is wrong, 1 if something else is."""
    wrong = []
    for finding in examine(settings):
        wrong += [finding] if finding.ok is False else []
        print(f"{_SIGNS[finding.ok]} {finding.subject}: {finding.text}", flush=True)
    if not wrong:
        print(f"{settings.pipeline.name} is ready to run")
        return EXIT_OK
    ours = ", ".join(finding.subject for finding in wrong if finding.configuration)
    print(f"{len(wrong)} to be put right" + (f", first of all {ours}" if ours else ""))
    return EXIT_USAGE if ours else EXIT_FAILED


def ack(settings: Settings, *, by: str | None) -> int:
    """Lift a suspension."""
    with destination(settings, purpose="ack") as loader:
        state = State(loader.engine, settings.meta_schema)
        reason = state.suspension()
        with loader.transaction():
            count = state.acknowledge(by or _user())
    print(f"acknowledged: {reason}; the next run may start" if count else "the pipeline is not suspended")
    return EXIT_OK


def erase(settings: Settings, *, subject: str, sure: bool, run_id: str) -> int:
    """Erase one person, or count what would go."""
    looked_at: list[tuple[Engine, str]] = []
    with destination(settings, purpose=run_id) as loader:
        found = erase_person(places(loader), settings, subject, dry_run=not sure, looked_at=looked_at)
        hits = _print_counts(found)
        ours = [relation for engine, relation in looked_at if engine is loader.engine]
        files = loader.forget_deleted(ours) if sure else []
    for path in files:
        rewrite(path, settings)
    if sure:
        print(f"erased {hits:,} rows" if hits else "nothing is known of this person")
        print("rows of theirs that the source still gives are left out from now on; erase them there, too")
    else:
        print(
            f"{hits:,} rows would be erased; add --yes to do it"
            if hits
            else "nothing is known of this person"
        )
    return EXIT_OK


def lift(settings: Settings, *, subject: str, run_id: str) -> int:
    """Let the rows of a person who was erased come again, as after a new consent."""
    with destination(settings, purpose=run_id) as loader, loader.transaction():
        known = Erasures(loader.engine, settings.meta_schema).lift(subject)
    if known:
        print("lifted: rows that the source gives of this person from now on are loaded again")
    else:
        print("this person is not among the erased; name them as they were named then")
    return EXIT_OK


def retention(settings: Settings, *, dry_run: bool, sure: bool, run_id: str) -> int:
    """Delete what is older than the design keeps, or count it.

    Raises:
        LoadError: the clock looks wrong, or a published table would be emptied; nothing was deleted.
    """
    days = settings.requirements.retention_days
    if days is None:
        print("nothing is due: the design sets no retention_days")
        return EXIT_OK
    kept = timedelta(days=days)
    with destination(settings, purpose=run_id) as loader:
        record = Retentions(loader.engine, settings.meta_schema)
        now = earlier(datetime.now(UTC), loader.engine)
        due = find_due(places(loader), settings, now)
        pause = longest_pause(settings.pipeline.schedule)
        hindrance = doubt(now, record.runs(), record.last(), kept, pause) or _emptied(due)
        if hindrance and not sure and not dry_run:
            message = (
                f"{hindrance}; nothing was deleted, `retention --yes` does it if that is as it should be"
            )
            notify(settings, "error", "retention refused", message)
            raise LoadError(message, stage="retention")
        count = sum(item.rows for item in due)
        if not dry_run:
            delete_due(due)
            with loader.transaction():
                record.record(run_id, now - kept, count, now)
    _print_counts({f"{item.schema}.{item.table}": item.rows for item in due})
    print(f"{count:,} rows older than {days} days {'would be' if dry_run else 'were'} deleted")
    if hindrance and dry_run:
        print(f"it would be refused without --yes: {hindrance}")
    return EXIT_OK


def _emptied(due: list[Due]) -> str | None:
    names = [f"{item.schema}.{item.table}" for item in due if item.emptied]
    return f"no row of {', '.join(names)} would be left" if names else None


def _print_counts(found: Mapping[str, int]) -> int:
    rows = [[name, count] for name, count in found.items() if count]
    if rows:
        print(table(["table", "rows"], rows))
    return sum(found.values())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
