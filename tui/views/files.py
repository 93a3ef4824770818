"""Files to be written: their tree, their language, and diffs, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

FileMark = Literal["new", "changed", "unchanged", "edited", "removed", "kept"]

MARKS: Mapping[str, tuple[str, str]] = {
    "new": ("+", "new"),
    "changed": ("~", "changed"),
    "unchanged": ("=", "unchanged"),
    "edited": ("!", "edited by you, kept"),
    "removed": ("-", "no longer needed"),
}
"""Glyph and words for each state of a file; colour only repeats them."""

_LANGUAGES = {
    ".py": "python", ".sql": "sql", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json",
    ".md": "markdown", ".cfg": "ini", ".ini": "ini", ".sh": "bash", ".txt": "text", ".lock": "text",
    ".service": "ini", ".timer": "ini", ".jsonl": "json",
}  # fmt: skip
_LANGUAGES_BY_NAME = {
    "Dockerfile": "docker",
    "Makefile": "make",
    ".env.example": "bash",
    "connections.yaml.example": "yaml",
}
_READ_FIRST = ("README.md", "data-pipeline-spec.md")
PREVIEW_BYTES = 200_000
"""More of a file than this is not shown: nobody reads it in a preview."""


@dataclass
class Folder:
    """A folder of the tree: folders and files by name, in the order they are shown."""

    name: str
    path: str = ""
    folders: dict[str, Folder] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Files in it and below."""
        return len(self.files) + sum(folder.count for folder in self.folders.values())


def file_tree(paths: Iterable[str], root: str) -> Folder:
    """Return the tree of the paths (with forward slashes): folders by name, files in the order they are read."""
    top = Folder(root)
    for path in sorted(paths, key=_folders_first):
        folder = top
        *parents, _ = PurePosixPath(path).parts
        for depth, name in enumerate(parents):
            folder = folder.folders.setdefault(name, Folder(name, "/".join(parents[: depth + 1])))
        folder.files.append(path)
    return top


def _folders_first(path: str) -> tuple[tuple[int, str], ...]:
    *parents, _ = PurePosixPath(path).parts
    rank, _ = reading_order(path)
    return (*((0, parent) for parent in parents), (1 + rank, path))


def reading_order(path: str) -> tuple[int, str]:
    """Return a sort key: what a person reads first stands first, what only programs read (dot files) last."""
    if path in _READ_FIRST:
        return _READ_FIRST.index(path), path
    return len(_READ_FIRST) + PurePosixPath(path).name.startswith("."), path


def language_of(path: str) -> str:
    """Return the pygments language of a file by its name, ``text`` when none fits."""
    name = PurePosixPath(path).name
    return _LANGUAGES_BY_NAME.get(name) or _LANGUAGES.get(PurePosixPath(path).suffix, "text")


def readable(content: bytes) -> str:
    """Return a file's content for a preview: text, cut where it gets long."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return f"{size_text(len(content))} of binary data"
    if len(text) > PREVIEW_BYTES:
        return text[:PREVIEW_BYTES] + f"\n… {size_text(len(content))} in all"
    return text or "(an empty file)"


def size_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size < 1024:
        return f"{size} bytes"
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} kB"
    return f"{size / 1024 / 1024:.1f} MB"


@dataclass(frozen=True)
class DiffLine:
    """One line of a unified diff: its kind and its text with the sign in front."""

    kind: Literal["added", "removed", "hunk", "context"]
    text: str


def diff_lines(diff: str) -> list[DiffLine]:
    """Return the lines of a unified diff, without the two file headers."""
    lines: list[DiffLine] = []
    seen_hunk = False
    for text in diff.splitlines():
        if text.startswith("@@"):
            seen_hunk = True
            lines.append(DiffLine("hunk", text))
        elif not seen_hunk and text.startswith(("---", "+++")):
            continue
        elif text.startswith("+"):
            lines.append(DiffLine("added", text))
        elif text.startswith("-"):
            lines.append(DiffLine("removed", text))
        else:
            lines.append(DiffLine("context", text))
    return lines


def diff_counts(diff: str) -> tuple[int, int]:
    """Return how many lines a diff adds and removes."""
    kinds = [line.kind for line in diff_lines(diff)]
    return kinds.count("added"), kinds.count("removed")
