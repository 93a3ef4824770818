"""A rendered project onto disk: all of it or nothing, and never over a person's work."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.errors import WriteError

from .compare import FileState, compare
from .journal import apply, recover, settle, write_file
from .record import Record, read_record, record_files
from .rendered import RenderedProject

LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class WriteResult:
    """What was written.

    Attributes:
        target: The project's root.
        files: Every path of the project, sorted.
        states: What became of each file.
        kept: Paths a person had edited, which were left as they are.
        dry_run: Nothing was written; the states say what would be.
    """

    target: Path
    files: tuple[str, ...]
    states: tuple[FileState, ...]
    kept: tuple[str, ...]
    dry_run: bool = False

    def count(self, state: str) -> int:
        """Return how many files are in a state."""
        return sum(1 for item in self.states if item.state == state)


def check_target(target: Path) -> None:
    """Refuse a folder that pipewizard may not write to.

    Raises:
        WriteError: it is no folder, or holds files and was not written by pipewizard.
    """
    try:
        if target.is_symlink() and not target.exists():
            raise WriteError("is a link that leads nowhere", where=str(target), fix="choose another folder")
        if not target.exists():
            return
        if not target.is_dir():
            raise WriteError("is a file", where=str(target), fix="choose another folder")
        if read_record(target) is None and any(target.iterdir()):
            raise WriteError(
                "the folder is not empty and was not written by pipewizard",
                where=str(target),
                fix="choose an empty or a new folder",
            )
    except OSError as error:
        raise _write_error(error, target) from error


def write_project(project: RenderedProject, target: Path) -> WriteResult:
    """Write the project into ``target``, which becomes its root.

    Raises:
        WriteError: the folder is someone else's, cannot be written or the disk is full; nothing has changed.
    """
    target = target.resolve()
    try:
        with _lock(target):
            if target.is_dir():
                recover(target)
            check_target(target)
            return _write(project, target)
    except OSError as error:
        raise _write_error(error, target) from error


def _write(project: RenderedProject, target: Path) -> WriteResult:
    states = compare(project, target)
    kept = tuple(state.path for state in states if state.state == "edited")
    record = read_record(target) or Record()
    writes = {s.path: project.files[s.path] for s in states if s.state in ("new", "changed")}
    removals = [s.path for s in states if s.state == "removed"]
    writes |= _changed_record(project, target, record, kept)
    if not target.exists() or (not any(target.iterdir()) and Path.cwd() != target):
        _create(target, writes)
    elif writes or removals:
        apply(target, writes, removals)
    return WriteResult(target, tuple(sorted(project.files)), tuple(states), kept)


def _changed_record(
    project: RenderedProject, target: Path, record: Record, kept: tuple[str, ...]
) -> dict[str, bytes]:
    """Return the record's files that differ from those on disk; an edited file keeps the base of its edit."""
    contents = dict(project.files)
    if kept:
        before = record.contents()
        for path in kept:
            contents.pop(path, None)
            if path in before:
                contents[path] = before[path]
    files = record_files(project.name, project.design, project.history, contents)
    return {path: content for path, content in files.items() if _differs(target / path, content)}


def _differs(file: Path, content: bytes) -> bool:
    try:
        return file.read_bytes() != content
    except OSError:
        return True


def _create(target: Path, writes: dict[str, bytes]) -> None:
    """Build the whole project beside the target, then rename it into place."""
    building = target.parent / f".{target.name}.pipewizard-new"
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir()
        for path, content in writes.items():
            write_file(building / path, content)
        settle([building / path for path in writes], building)
        building.rename(target)
        settle([target], Path(target.anchor))
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


@contextlib.contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Keep other writers out of the folder that holds the target, for as long as the writing takes.

    Raises:
        WriteError: another pipewizard has been writing there for `LOCK_SECONDS`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise WriteError(
                        "another pipewizard is writing there", where=str(target), fix="wait until it is done"
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


_CAUSES = {
    errno.ENOSPC: ("the disk is full", "free some space"),
    errno.EDQUOT: ("the disk quota is used up", "free some space"),
    errno.EACCES: ("no permission to write", "choose a folder you may write to"),
    errno.EPERM: ("no permission to write", "choose a folder you may write to"),
    errno.EROFS: ("the file system is read-only", "choose a folder you may write to"),
    errno.ENOTDIR: ("a part of the path is a file", "choose another folder"),
    errno.EEXIST: ("a part of the path is a file", "choose another folder"),
    errno.ENAMETOOLONG: ("the path is too long", "choose a shorter path"),
}


def _write_error(error: OSError, target: Path) -> WriteError:
    what, fix = _CAUSES.get(
        error.errno or 0, (f"cannot be written: {error.strerror or error}", "choose another folder")
    )
    return WriteError(f"{what}; nothing was changed", where=str(target), fix=fix)
