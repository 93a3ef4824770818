"""The destination, opened for a command that is not a run; nobody else writes while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..loaders import open_loader
from ..loaders.base_loader import BaseLoader
from ..settings import Settings
from ..utils.dead_letters import DeadLetters
from ..utils.erasure import Place
from ..utils.lock import RunLock
from ..utils.state import State


@contextmanager
def destination(settings: Settings, *, purpose: str = "") -> Iterator[BaseLoader]:
    """Open the destination, with the pipeline's state tables in place.

    Args:
        settings: The configuration.
        purpose: Id of a command that writes: it takes the lease as a run does, and gives it back.

    Raises:
        LockHeldError: a run is at work.
        PipelineError: the destination cannot be reached.
    """
    schema = settings.meta_schema
    with open_loader(settings) as loader:
        state, letters = State(loader.engine, schema), DeadLetters(loader.engine, schema)
        lock = RunLock(loader.engine, schema, purpose, "process", settings.pipeline.max_runtime_minutes)
        if purpose or state.missing():
            lock.hold()
            with loader.transaction():
                state.ensure()
                letters.ensure()
        if not purpose:
            yield loader
            return
        lock.acquire()
        try:
            yield loader
        finally:
            lock.release()


def places(loader: BaseLoader) -> list[Place]:
    """Return every schema that may hold rows of this pipeline, staging first."""
    settings = loader.settings
    return [
        Place(loader.staging, loader.staging_schema),
        Place(loader.engine, settings.destination.schema),
        Place(loader.engine, settings.meta_schema),
    ]
