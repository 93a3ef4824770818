"""Work off the screen's thread that can never keep the program from exiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")


async def in_background(work: Callable[[], Result]) -> Result:
    """Run `work` on a daemon thread and return its result, or raise what it raised.

    `asyncio.to_thread` and Textual's thread workers are waited for when the program exits; a daemon thread is not.
    Only for work on plain data: a thread cannot be killed, so live connections are probed in a subprocess.
    """
    task: Future[Result] = Future()
    task.set_running_or_notify_cancel()
    threading.Thread(target=partial(_run, work, task), daemon=True).start()
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
