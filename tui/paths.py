"""Paths as people type them."""

from __future__ import annotations

from pathlib import Path


def absolute(text: str) -> str:
    """Return a path that means the same from every folder: a project does not run where it was designed.

    What refers to a variable, or is no path (a URL, ``:memory:``), stays as it was typed.
    """
    plain = text.strip()
    if not plain or "${" in plain or "://" in plain or plain.startswith(":"):
        return text
    try:
        return str(Path(plain).expanduser().absolute())
    except RuntimeError:
        # The home folder of someone who is not known here.
        return text
