"""What rendering yields: the files of a project, by path, ready to be written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class RenderedProject:
    """A whole project in memory.

    Attributes:
        name: The pipeline's name, which is the package's.
        files: Content by path (POSIX, relative to the project's root), sorted.
        origins: The template or writer each file came from, for messages.
        design: The design as given, in canonical YAML.
        design_digest: SHA-256 of the resolved design, which the spec and the configuration carry.
        versions: Every (version, date) the design has had; the first date is when the project was created.
    """

    name: str
    files: dict[str, bytes]
    origins: dict[str, str] = field(repr=False)
    design: str = field(repr=False)
    design_digest: str
    history: tuple[HistoryEntry, ...]


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the change log: a version of the design, the digest of the design, and ISO dates in UTC."""

    version: str
    design_digest: str
    created: str
    updated: str
