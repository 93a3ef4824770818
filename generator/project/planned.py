"""One file of the blueprint: where it goes and how its content is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .render import copy_bytes, render_template


@dataclass(frozen=True)
class PlannedFile:
    """A file to be made; ``origin`` names the template or the writer, for messages."""

    path: str
    origin: str
    make: Callable[[], bytes]
    verbatim: bool = False
    """Copied byte for byte: neither formatted nor changed."""


def copied(path: str, template: str) -> PlannedFile:
    """Plan a file that is the template itself."""
    return PlannedFile(path, f"templates/{template}", lambda: copy_bytes(template), verbatim=True)


def templated(path: str, template: str, **context: Any) -> PlannedFile:
    """Plan a file that a template renders from a context."""
    return PlannedFile(path, f"templates/{template}", lambda: render_template(template, context).encode())


def written(path: str, origin: str, make: Callable[[], str]) -> PlannedFile:
    """Plan a file that a serializer of ours writes; ``origin`` is the writer's module."""
    return PlannedFile(path, f"generator/project/files/{origin}.py", lambda: make().encode())
