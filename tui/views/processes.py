"""What a person sees of a program that runs: its lines without control codes and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

HIDDEN = "•••"
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]"
)
_LOG = re.compile(
    r"\d{4}-\d\d-\d\d[T ](?P<time>\d\d:\d\d:\d\d)\S*\s+\[(?P<level>\w+)\s*\]\s+(?P<rest>.*)", re.DOTALL
)
_SAME = re.compile(r"\s(?:pipeline|run_id)=\S+")
_PADDING = re.compile(r"\s{2,}")
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
PYTEST_EXIT_WORDS: Mapping[int, str] = {
    0: "all passed",
    1: "some tests failed",
    2: "stopped before all tests ran",
    5: "no tests were found",
}
"""What pytest's exit codes mean."""


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


def exit_words(code: int, words: Mapping[int, str] = EXIT_WORDS) -> str:
    """Return what an exit code means; by default one of the generated project."""
    return words.get(code, EXIT_WORDS.get(code, f"failed with exit code {code}"))


def short_log(line: str) -> str:
    """Return a log line without what is the same on every line: date, pipeline, run id, padding."""
    match = _LOG.fullmatch(line)
    if match is None:
        return line
    rest = _SAME.sub("", match["rest"])
    return f"{match['time']} {match['level']:<7} {_PADDING.sub('  ', rest)}".rstrip()
