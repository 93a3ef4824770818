"""Names of files that belong to a table, whatever the table is called."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9_]{1,80}")


def file_stem(name: str) -> str:
    """Return a name as part of a file name: itself where that is safe, else a readable part and a digest."""
    if _PLAIN.fullmatch(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:60]
    return f"{readable}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
