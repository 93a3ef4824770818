"""Saves the draft shortly after every change, one save at a time, off the screen's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from generator.errors import UserError

from .background import in_background
from .state import WizardState

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.design.yaml_dump import DesignWriter

DELAY_SECONDS = 0.3
"""From a change to its save; a crash loses at most a second of work."""


class DraftStore(Protocol):
    """What the saver needs of a draft: see `generator.drafts`."""

    def save(
        self, design: PipelineDesign, *, step: str = ..., write: Callable[[PipelineDesign], str] = ...
    ) -> Mapping[str, str]:
        """Write the draft atomically; return secrets that stood in the design, by variable."""

    def release(self) -> object:
        """Let others open the draft."""


class Saver:
    """Keeps a draft on disk equal to the state.

    Args:
        state: What to save.
        draft: Where to.
        report: Told the words for the title line (``saved · 12:03``) whenever they change.
        clock: The time of day, for those words.
    """

    def __init__(
        self,
        state: WizardState,
        draft: DraftStore,
        report: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._state = state
        self._draft = draft
        self._report = report
        self._clock = clock
        self._saved_revision = -1
        self._task: asyncio.Task[None] | None = None
        self._writer: DesignWriter | None = None

    def _written(self, design: PipelineDesign) -> str:
        """Return the design's text; of thousands of tables only those that changed are written anew."""
        if self._writer is None:
            from generator.design.yaml_dump import DesignWriter

            self._writer = DesignWriter()
        return self._writer.dump(design)

    def request(self) -> None:
        """Save soon; more requests meanwhile are one save."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._save_soon())

    async def _save_soon(self) -> None:
        while not self.is_saved:
            self._report("saving…")
            await asyncio.sleep(DELAY_SECONDS)
            revision, design, step = self._state.revision, self._state.design, self._state.step
            try:
                found = await in_background(partial(self._draft.save, design, step=step, write=self._written))
            except (UserError, OSError) as error:
                self._report(f"✗ not saved: {error}")
                return
            self._state.secrets.update(found)
            self._done(revision)

    @property
    def is_saved(self) -> bool:
        """Whether the draft on disk is what the state holds."""
        return self._saved_revision == self._state.revision

    def mark_saved(self) -> None:
        """The draft on disk is what the state holds: it was just opened."""
        self._done(self._state.revision)

    def flush(self) -> None:
        """Save now, in this thread: the program is about to leave."""
        if self.is_saved:
            return
        revision = self._state.revision
        try:
            self._draft.save(self._state.design, step=self._state.step, write=self._written)
        except (UserError, OSError) as error:
            self._report(f"✗ not saved: {error}")
        else:
            self._done(revision)

    def close(self) -> None:
        """Save and let go of the draft."""
        self.flush()
        if self._task is not None:
            self._task.cancel()
        self._draft.release()

    def _done(self, revision: int) -> None:
        self._saved_revision = revision
        self._report(f"saved · {self._clock():%H:%M}")
