"""Names derived from the design's: of files, classes and environment variables."""

from __future__ import annotations

import hashlib
import re

from .encoders import Identifier

_PLAIN = re.compile(r"[A-Za-z0-9_]{1,80}")


def file_stem(name: str) -> str:
    """Return the name as part of a file name: itself where safe, else a readable part and a digest."""
    if _PLAIN.fullmatch(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:60]
    return f"{readable}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def class_name(name: str, suffix: str) -> Identifier:
    """Return a class name, as ``DailyRevenueTransformer`` for ``daily_revenue``."""
    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)
    return Identifier(f"{camel}{suffix}" if not camel[:1].isdigit() else f"_{camel}{suffix}")


def bare_table(reference: str) -> str:
    """Return the table of a reference such as ``staging.orders``."""
    return reference.rpartition(".")[2]


def fit(name: str, limit: int = 63) -> str:
    """Return a name of at most ``limit`` bytes, as the runtime shortens it: its beginning and a digest."""
    if len(name.encode()) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return name.encode()[: limit - 11].decode(errors="ignore") + "_" + digest
