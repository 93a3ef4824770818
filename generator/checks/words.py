"""Checks put into words: one line each, whatever a name or value holds."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from generator.design.models import Check, Scalar

from .model import columns_of

_LONGEST_LIST = 6
_LONGEST_TEXT = 100
"""Characters."""


def one_line(text: str) -> str:
    """Return text with every run of white space and control characters as one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def beginning(text: str) -> str:
    """Return the words a text begins with, on one line; what is left out is marked."""
    return textwrap.shorten(one_line(text), _LONGEST_TEXT, placeholder=" ...")


def named(check: Check) -> str:
    """Return the columns of a check for a sentence."""
    names = columns_of(check)
    if not names:
        return "a column"
    return one_line(names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}")


def place(check: Check) -> str:
    """Return `` in orders``, empty while the table is not chosen."""
    return f" in {one_line(check.table)}" if check.table else ""


def table(check: Check) -> str:
    """Return the checked table for the start of a sentence."""
    return one_line(check.table) if check.table else "the table"


def number(value: float) -> str:
    """Return a number without a needless fraction."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else str(value)


def bounds(verb: str, low: float | None, high: float | None) -> str:
    """Return ``is between 0 and 10``, ``is at least 0`` or ``is at most 10``."""
    if low is not None and low == high:
        return f"{verb} exactly {number(low)}"
    if low is not None and high is not None:
        return f"{verb} between {number(low)} and {number(high)}"
    if low is not None:
        return f"{verb} at least {number(low)}"
    return f"{verb} at most {number(high)}" if high is not None else f"{verb} within bounds"


def listed(values: Iterable[Scalar]) -> str:
    """Return values separated by commas, the tail of a long list counted."""
    texts = [one_line("NULL" if value is None else str(value)) or "''" for value in values]
    shown = (
        texts
        if len(texts) <= _LONGEST_LIST
        else [*texts[:_LONGEST_LIST], f"{len(texts) - _LONGEST_LIST} more"]
    )
    return ", ".join(shown) or "nothing"
