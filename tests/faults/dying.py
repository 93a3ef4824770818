"""Run a generated pipeline and die (SIGKILL) at a named point. Arguments: PACKAGE POINT OCCURRENCE [COMMAND ...].

COMMAND is ``run``, ``stage NAME RUN_ID``, ``backfill FROM TO`` or ``replay``; OCCURRENCE counts from 1.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from datetime import timedelta

package, point, occurrence, command, *arguments = sys.argv[1:]
seen = 0


def observe(reached: str, subject: str) -> None:
    """Die when the point is reached for the given time."""
    global seen
    if reached == point:
        seen += 1
        if seen == int(occurrence):
            os.kill(os.getpid(), signal.SIGKILL)


errors = importlib.import_module(f"{package}.utils.retry")
settings = importlib.import_module(f"{package}.settings").load_settings()
pipeline = importlib.import_module(f"{package}.pipeline").Pipeline(settings, observer=observe)
try:
    if command == "run":
        pipeline.run()
    elif command == "stage":
        pipeline.stage(*arguments)
    elif command == "backfill":
        pipeline.backfill(*arguments, window=timedelta(days=1))
    else:
        pipeline.replay()
except errors.LockHeldError as error:
    sys.exit(error.exit_code)
