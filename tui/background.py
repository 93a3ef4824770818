"""Work off the screen's thread that can never keep the program from exiting."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")
_running: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def leave(code: int, *, patience: float = 0.1) -> None:
    """End the process if background work is still going on after a moment; else return.

    Python stops daemon threads as it shuts down, and one inside a native library (a query engine, say) then takes
    the whole process down with an abort. Ending at once is the clean way: whatever had to be saved has been.
    """
    deadline = time.monotonic() + patience
    for thread in tuple(_running):
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in _running):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def in_background(work: Callable[[], Result]) -> Result:
    """Run `work` on a daemon thread and return its result, or raise what it raised.

    `asyncio.to_thread` and Textual's thread workers are waited for when the program exits; a daemon thread is not.
    Only for work on plain data: a thread cannot be killed, so live connections are probed in a subprocess.
    """
    task: Future[Result] = Future()
    task.set_running_or_notify_cancel()
    thread = threading.Thread(target=partial(_run, work, task), daemon=True)
    _running.add(thread)
    thread.start()
    return await asyncio.wrap_future(task)


def _run(work: Callable[[], Result], task: Future[Result]) -> None:
    # The screen's loop may be gone by the time the work ends: then nobody is waiting, and there is nothing to say.
    with suppress(RuntimeError):
        try:
            result = work()
        except BaseException as error:
            task.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            task.set_result(result)
