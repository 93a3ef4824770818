"""What may stand at the editor's cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r'(?:"[^"]*|[^\W\d][\w$]*)$')


@dataclass(frozen=True)
class Suggestion:
    """One completion: its label, what is inserted, a word about it, how many characters it replaces."""

    label: str
    insert: str
    detail: str = ""
    back: int = 0


def word_before(line: str, column: int) -> str:
    """Return the identifier that ends at the column, empty where there is none."""
    match = _WORD.search(line[:column])
    return match[0] if match else ""
