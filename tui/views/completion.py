"""What may stand at the editor's cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z_][\w$]*$")


@dataclass(frozen=True)
class Suggestion:
    """One completion: what is shown, what is inserted, and a word about it (its type, its table)."""

    label: str
    insert: str
    detail: str = ""


def word_before(line: str, column: int) -> str:
    """Return the identifier that ends at the column, empty where there is none."""
    match = _WORD.search(line[:column])
    return match[0] if match else ""
