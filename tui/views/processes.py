"""What a person sees of a program that runs: its lines without control codes and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HIDDEN = "•••"
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]"
)
_SHORTEST_SECRET = 4
"""Shorter values are left alone: hiding every ``1`` would tell more than it hides."""

EXIT_WORDS: Mapping[int, str] = {
    0: "done",
    1: "failed",
    2: "wrong usage or configuration",
    3: "stopped by a quality gate: nothing was published",
    75: "another run holds the lock: nothing was written",
    130: "stopped",
    143: "stopped",
    -2: "stopped",
    -9: "killed",
    -15: "stopped",
}
"""What the exit codes of a generated project mean."""


def clean_line(line: str, secrets: Iterable[str] = ()) -> str:
    """Return one line of output as it may be shown.

    A carriage return means that the program drew over the line; the last drawing counts.
    """
    text = _CONTROL.sub("", line.rstrip("\r\n").rpartition("\r")[2]).expandtabs(4)
    return redact(text, secrets)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret value hidden, longest first."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text


def exit_words(code: int) -> str:
    """Return what an exit code of the generated project means."""
    return EXIT_WORDS.get(code, f"failed with exit code {code}")


@dataclass(frozen=True)
class ArrivedTable:
    """A published table and its rows, as ``status --json`` tells it."""

    name: str
    rows: int | None
