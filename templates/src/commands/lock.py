"""``unlock``: who holds the lock, and the release of one that a run left behind."""

from __future__ import annotations

import structlog

from ..settings import Settings
from ..utils.lock import RunLock
from ..utils.lock_status import lock_status
from ..utils.retry import EXIT_OK
from .destination import destination


def unlock(settings: Settings, *, of: str | None, sure: bool, force: bool) -> int:
    """Say who holds the lock, and release it where asked to.

    Args:
        settings: The configuration.
        of: Only if this run holds it.
        sure: Release it.
        force: Also where its holder seems to be at work.

    Raises:
        LockHeldError: its holder is at work; it was not released.
    """
    schema = settings.meta_schema
    with destination(settings) as loader:
        found = lock_status(loader.engine, schema)
        if of and (found is None or found.lease.run_id != of):
            print(f"run {of} does not hold the lock")
            return EXIT_OK
        if found is None:
            print("the lock is free")
            return EXIT_OK
        print(f"held by {found.text}")
        if not sure:
            print("nothing was released; add --yes to do it")
            return EXIT_OK
        minutes = settings.pipeline.max_runtime_minutes
        RunLock(loader.engine, schema, "", "process", minutes).free(found.lease, force=force)
    structlog.get_logger(__name__).warning("lock_released", of=found.lease.run_id, holder=found.lease.holder)
    print("released: the next run may start")
    return EXIT_OK
