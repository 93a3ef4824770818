"""The files of ``sql/quality_checks``: read as they are, and run in as few scans as they allow.

A file is a query of one row (records_checked, records_failed, observed), then perhaps a line that starts with
``-- examples`` and a query of up to ten offending rows. Leading comment lines say what is asserted. Queries
laid out one expression to a line whose FROM lines are equal are answered by one scan; any other layout runs
on its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

EXAMPLES_PREFIX = "-- examples"
_LAYOUT = re.compile(
    r"SELECT\n  (\S.*) AS records_checked,\n  (\S.*) AS records_failed,\n  (\S.*) AS observed\nFROM (\S.*)"
)


@dataclass(frozen=True)
class CheckFile:
    """What a check's file says."""

    description: str
    query: str
    examples: str


def read_check_file(text: str) -> CheckFile:
    """Take a check's file apart at its marker line."""
    lines = text.strip().splitlines()
    description = []
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        if comment := lines.pop(0).lstrip("- ").strip():
            description.append(comment)
    split = next((at for at, line in enumerate(lines) if line.startswith(EXAMPLES_PREFIX)), len(lines))
    query, examples = "\n".join(lines[:split]), "\n".join(lines[split + 1 :])
    return CheckFile(" ".join(dict.fromkeys(description)), _statement(query), _statement(examples))


def scans(queries: Sequence[str]) -> list[list[int]]:
    """Group queries (by position) that one scan can answer."""
    groups: dict[str, list[int]] = {}
    for position, query in enumerate(queries):
        match = _LAYOUT.fullmatch(query)
        groups.setdefault(f"FROM {match[4]}" if match else query, []).append(position)
    return list(groups.values())


def combined(queries: Sequence[str]) -> str:
    """Return one query with three columns for each of several that share their FROM line, in order."""
    parts = [_LAYOUT.fullmatch(query) for query in queries]
    expressions = [part[number] for part in parts if part for number in (1, 2, 3)]
    source = next(part[4] for part in parts if part)
    columns = ",\n".join(f"  {expression}\n  AS c{number}" for number, expression in enumerate(expressions))
    return f"SELECT\n{columns}\nFROM {source}"


def _statement(text: str) -> str:
    return text.strip().rstrip(";").rstrip()
