"""Text files that are replaced whole: whatever happens, they hold the old text or the new."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_USUAL = 0o666
"""What a new file may be, less what the user's mask forbids."""


def replace_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """Replace a file in one step, in UTF-8: readers see the old or the new, and a crash leaves one of them.

    Args:
        path: The file; its folder must be there.
        text: What it holds from now on.
        mode: Who may read and write it; None: who might before, or whoever may by default.

    Raises:
        OSError: it cannot be written; it is as it was.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(
            os.open(fresh, flags, _USUAL if mode is None else mode), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is None and path.exists():
            fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
