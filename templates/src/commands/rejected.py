"""``dlq``: rows that were rejected, listed, shown, tried again, deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from ..pipeline import Pipeline
from ..settings import Settings
from ..utils.dead_letters import DeadLetters
from ..utils.retry import EXIT_FAILED, EXIT_OK
from .destination import destination
from .summary import run_summary, table


def listing(settings: Settings, *, of: str | None, everything: bool, limit: int, as_json: bool) -> int:
    """Print the newest dead letters."""
    with destination(settings) as loader:
        letters = DeadLetters(loader.engine, settings.meta_schema)
        found = letters.list(table=of, status=None if everything else "open", limit=limit)
        waiting = letters.count("open", of)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False, default=str))
        return EXIT_OK
    if found:
        names = ("id", "table_name", "status", "attempts", "created_at", "reason")
        rows = [
            [str(row[name])[:19] if name == "created_at" else row[name] for name in names] for row in found
        ]
        print(table([name.removesuffix("_name").removesuffix("_at") for name in names], rows))
    print("1 dead letter is waiting" if waiting == 1 else f"{waiting or 'no'} dead letters are waiting")
    return EXIT_OK


def show(settings: Settings, *, start: str) -> int:
    """Print everything about one dead letter."""
    with destination(settings) as loader:
        found = DeadLetters(loader.engine, settings.meta_schema).show(start)
    if len(found) != 1:
        said = (
            "no dead letter"
            if not found
            else f"more than one dead letter ({', '.join(r['id'] for r in found)})"
        )
        print(f"{said} has an id that begins with {start}")
        return EXIT_FAILED
    for name, value in found[0].items():
        print(f"{name + ':':<17}{'-' if value in (None, '') else value}")
    return EXIT_OK


def replay(settings: Settings, *, of: str | None, run_id: str) -> int:
    """Try rejected rows again and print what became of them."""
    record = Pipeline(settings).replay(table=of, run_id=run_id)
    if record.tables:
        print(run_summary(record))
        return EXIT_OK
    with destination(settings) as loader:
        superseded = DeadLetters(loader.engine, settings.meta_schema).count("superseded", of)
    why = f" ({superseded:,} are superseded: later runs have read their rows again)" if superseded else ""
    print(f"no dead letters are waiting; nothing was replayed{why}")
    return EXIT_OK


def purge(
    settings: Settings, *, of: str | None, older_than: timedelta | None, also_open: bool, run_id: str
) -> int:
    """Delete dead letters."""
    before = (datetime.now(UTC) - older_than).isoformat() if older_than else None
    with destination(settings, purpose=run_id) as loader, loader.transaction():
        letters = DeadLetters(loader.engine, settings.meta_schema)
        count = letters.purge(table=of, closed=not also_open, before=before)
    print(f"{count:,} dead letters deleted")
    return EXIT_OK
