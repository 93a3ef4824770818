"""Waiting for a database driver: inside its calls Python hears no signal, however long they take."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Waiting:
    """Has calls made by a thread of its own, one at a time, so that a signal is heard meanwhile and ends them."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1)

    def finish(self, call: Callable[[], Result], cancel: Callable[[], None]) -> Result:
        """Make a call and return what it returns, or raise what it raises.

        Args:
            call: Takes its time.
            cancel: Makes it end, from another thread; called when a signal ends the wait.
        """
        outcome = self._worker.submit(call)
        try:
            return outcome.result()
        except BaseException:
            if not outcome.done():
                cancel()
                outcome.exception()  # what it was working with is free again
            raise

    def close(self) -> None:
        """Let go of the thread."""
        self._worker.shutdown()
