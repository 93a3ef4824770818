"""What writing a project would do to a folder: the state of every file, with the difference."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .record import Record, read_record
from .rendered import RenderedProject, digest

State = Literal["new", "changed", "unchanged", "edited", "removed"]


@dataclass(frozen=True)
class FileState:
    """One file and what becomes of it.

    ``new`` is created, ``changed`` rewritten, ``removed`` deleted because the design needs it no more,
    ``edited`` was changed by a person and is left alone. ``diff`` is a unified diff from
    what is there to what is generated.
    """

    path: str
    state: State
    diff: str = ""


def compare(project: RenderedProject, target: Path) -> list[FileState]:
    """Return the state of every file of the project, and of files an earlier generation wrote, by path.

    Raises:
        WriteError: the folder's record is damaged.
    """
    record = read_record(target)
    return _states(project, target, record or Record())


def _states(project: RenderedProject, target: Path, record: Record) -> list[FileState]:
    states = [
        _state(path, content, _present(target, path), record.digests.get(path))
        for path, content in project.files.items()
    ]
    for path, recorded in record.digests.items():
        if path not in project.files and (present := _present(target, path)) is not None:
            state: State = "removed" if digest(present) == recorded else "edited"
            states.append(FileState(path, state, _diff(path, present, b"")))
    return sorted(states, key=lambda state: state.path)


def _state(path: str, content: bytes, present: bytes | None, recorded: str | None) -> FileState:
    if present is None:
        return FileState(path, "new", _diff(path, b"", content))
    if present == content:
        return FileState(path, "unchanged")
    state: State = "changed" if recorded == digest(present) else "edited"
    return FileState(path, state, _diff(path, present, content))


def _present(target: Path, path: str) -> bytes | None:
    """Return what is at the path now; whatever is no plain file of this folder counts as a person's own."""
    file = target / path
    if file.is_symlink() or file.is_dir() or _through_link(target, file):
        return b"\x00not a plain file\n"
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b"\x00not a folder\n" if _blocked(target, file) else None
    except OSError:
        return b"\x00unreadable\n"


def _through_link(target: Path, file: Path) -> bool:
    return any(parent.is_symlink() for parent in file.parents if target in parent.parents)


def _blocked(target: Path, file: Path) -> bool:
    """Tell whether a folder on the way is something else, so that the file cannot be made."""
    return any(parent.exists() and not parent.is_dir() for parent in file.parents if target in parent.parents)


def _diff(path: str, old: bytes, new: bytes) -> str:
    try:
        before, after = old.decode().splitlines(keepends=True), new.decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        return f"{path}: binary content differs\n"
    lines = difflib.unified_diff(
        before, after, f"a/{path}" if old else "/dev/null", f"b/{path}" if new else "/dev/null"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
