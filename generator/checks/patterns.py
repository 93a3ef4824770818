"""Which regular expressions mean the same in every engine a check may run in."""

from __future__ import annotations

import re

_UNPORTABLE = {
    r"\(\?(<?[=!])": "look-ahead and look-behind are not known to every engine",
    r"\(\?P?<[A-Za-z_]": "named groups are not known to every engine",
    r"\\[1-9]": "back-references are not known to every engine",
    r"\\[pPAzZbBQEkGXC]": "this escape does not mean the same in every engine",
    r"\(\?[^:]": "inline flags and special groups do not mean the same in every engine",
    r"[*+?}]\+": "possessive repeats are not known to every engine",
}


def pattern_problem(pattern: str) -> str:
    """Return why a regular expression cannot be used, empty where it can.

    Python, RE2 (DuckDB) and PostgreSQL's ARE agree on the common part of the syntax only; what lies
    outside of it is refused here rather than found out by a check that passes in one engine and fails in
    another.
    """
    if "\0" in pattern:
        return "the pattern holds a NUL character"
    if pattern.startswith("***"):
        return "the pattern starts with ***, which PostgreSQL takes as a switch"
    bare = re.sub(r"\\\\", "", pattern)
    for unportable, reason in _UNPORTABLE.items():
        if re.search(unportable, bare):
            return reason
    try:
        re.compile(pattern)
    except re.error as error:
        return f"the pattern is not a regular expression: {error}"
    except OverflowError:
        return "the pattern repeats something too often"
    repeats = [int(number) for number in re.findall(r"\{(\d+)", bare)] + [
        int(n) for n in re.findall(r",(\d+)\}", bare)
    ]
    if any(number > 255 for number in repeats):
        return "a repeat of more than 255 is not known to every engine"
    return ""
