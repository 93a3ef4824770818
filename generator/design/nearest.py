"""The word a person most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 200
"""Longer words are not compared: nobody mistypes them, and the comparison is quadratic."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to ``word``, or None when none is close."""
    if len(word) > _LONGEST:
        return None
    by_folded = {name.casefold(): name for name in known}
    if not (found := get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)):
        return None
    return by_folded[found[0]]


def did_you_mean(word: str, known: Iterable[str], *, limit: int = 8) -> str:
    """Return a remedy: the nearest known word, or the list of known ones (at most ``limit``)."""
    names = list(known)
    if match := nearest(word, names):
        return f"did you mean {match}?"
    if not names:
        return ""
    more = ", ..." if len(names) > limit else ""
    return f"known are {', '.join(names[:limit])}{more}"
