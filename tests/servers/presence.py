"""What a test needs and this machine may lack: fail in CI, skip elsewhere and say how to get it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(what: str, install: str) -> NoReturn:
    """Fail in CI, skip anywhere else: ``what`` is not here, and ``install`` is the command that gets it."""
    message = f"{what} is not here; get it with: {install}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
