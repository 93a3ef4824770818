"""Run a command of a generated pipeline on a machine whose clock is wrong. Arguments: PACKAGE DAYS COMMAND [...]."""

from __future__ import annotations

import datetime as library
import runpy
import sys
from typing import Any, Self

package, days, *command = sys.argv[1:]
TRUE = library.datetime


class _AnyDatetime(type):
    """Values that come from elsewhere are points in time as well."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, TRUE)


class Wrong(TRUE, metaclass=_AnyDatetime):
    """A datetime that is off by the given days."""

    @classmethod
    def now(cls, tz: library.tzinfo | None = None) -> Self:
        """Return the present as the wrong clock has it."""
        there = TRUE.now(tz) + library.timedelta(days=float(days))
        return cls.fromtimestamp(there.timestamp(), tz)


vars(library)["datetime"] = Wrong
sys.argv = [package, *command]
runpy.run_module(package, run_name="__main__", alter_sys=True)
