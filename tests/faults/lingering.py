"""Run a generated pipeline that waits at a named point until a file is there. Arguments: PACKAGE POINT FILE.

Once it waits, FILE.reached is there."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

SECONDS_TO_WAIT = 60

package, point, file = sys.argv[1:]


def observe(reached: str, subject: str) -> None:
    """Wait where it was asked for."""
    if reached == point:
        Path(f"{file}.reached").touch()
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while reached == point and not Path(file).exists() and time.monotonic() < deadline:
        time.sleep(0.02)


errors = importlib.import_module(f"{package}.utils.retry")
settings = importlib.import_module(f"{package}.settings").load_settings()
try:
    importlib.import_module(f"{package}.pipeline").Pipeline(settings, observer=observe).run()
except errors.LockHeldError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
