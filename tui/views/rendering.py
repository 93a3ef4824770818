"""A rendering in the background: it tells how far it is, and ends when nobody waits for it any more."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

TOLD_EVERY_SECONDS = 0.5


class GivenUpError(Exception):
    """Nobody waits for the result any more."""


class Rendering:
    """Takes the progress of `generator.project.generate` on a thread, and tells it on the screen's.

    Args:
        app: Whose screen it is.
        tell: Shows the progress in words; seldom called, and never for what is done at once.
    """

    def __init__(self, app: App[Any], tell: Callable[[str], None]) -> None:
        self._app, self._tell = app, tell
        self._wanted = True
        self._told = time.monotonic()

    def give_up(self) -> None:
        """Let the rendering end at its next step."""
        self._wanted = False

    def progress(self, what: str, done: int, total: int) -> None:
        """Take in how far it is.

        Raises:
            GivenUpError: nobody waits for it.
        """
        if not self._wanted:
            raise GivenUpError
        now = time.monotonic()
        if now - self._told >= TOLD_EVERY_SECONDS:
            self._told = now
            self._app.call_later(self._tell, f"{what} {done:,} of {total:,}")
