"""``requirements.lock``: every package a project needs, by version and hash.

It is made by uv from what the package index offers on that day, so it is no part of what a design alone determines:
it is written only when asked for, here or by the project's own ``make lock``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from generator.errors import WriteError

LOCK = "requirements.lock"
COMMAND = (
    "uv", "pip", "compile", "--quiet", "--generate-hashes", "--universal", "--python-version", "3.11",
    "--custom-compile-command", "make lock", "--no-emit-index-url", "-o", LOCK, "requirements.txt",
)  # fmt: skip
TIMEOUT_SECONDS = 300


def lock_requirements(project: Path) -> Path:
    """Write the lock of a generated project and return its path; versions of one that is there are kept.

    Raises:
        WriteError: uv is not installed, or the packages cannot be resolved; the project stands without a lock.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise WriteError(
            "uv is not installed", where=LOCK, fix="install uv, then run make lock in the project"
        )
    try:
        subprocess.run(
            [uv, *COMMAND[1:]], cwd=project, env=os.environ, capture_output=True, text=True, check=True,
            timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no message"])[-1].strip()
        raise WriteError(
            f"uv could not resolve the packages: {last}",
            where=LOCK,
            fix="check that the package index can be reached, then run make lock in the project",
        ) from None
    except subprocess.TimeoutExpired:
        raise WriteError(
            f"uv did not end within {TIMEOUT_SECONDS} s", where=LOCK, fix="run make lock in the project later"
        ) from None
    return project / LOCK
