"""Changing an existing folder all at once: stage everything, commit a journal, then rename into place.

Before the journal stands, nothing of the folder has changed. Once it stands, the change is decided: a crash
in between is finished by whoever next looks at the folder (`recover`).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .record import FOLDER

_PENDING = f"{FOLDER}/pending"
_JOURNAL = f"{FOLDER}/journal.json"
_AT_ONCE = 16


def write_file(file: Path, content: bytes) -> None:
    """Write a file and the folders it lies in; it survives a power cut once `settle` was called."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def settle(files: Iterable[Path], root: Path) -> None:
    """Have files and the folders they lie in, up to ``root``, survive a power cut; what is gone is left out.

    Just these, not all that other programs have written. Side by side, for the disk takes in many at once in
    little more than the time of one.

    Raises:
        OSError: the disk did not take them.
    """
    files = list(files)
    inside = {folder for file in files for folder in file.parents if folder.is_relative_to(root)}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(_settle, [*files, *inside]):
            pass


def _settle(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        # It was removed, or is a folder above the project that others let nobody look into.
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems keep folders safe by themselves and refuse to be asked.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def apply(target: Path, writes: Mapping[str, bytes], removals: Sequence[str]) -> None:
    """Write and remove files of an existing folder: all of them or none.

    Raises:
        OSError: the folder is as it was before.
    """
    pending, journal = target / _PENDING, target / _JOURNAL
    shutil.rmtree(pending, ignore_errors=True)
    made = [] if (target / FOLDER).exists() else [target / FOLDER]
    try:
        pending.mkdir(parents=True)
        for number, content in enumerate(writes.values()):
            write_file(pending / str(number), content)
        plan = {"write": list(writes), "remove": list(removals)}
        write_file(pending / "journal.json", json.dumps(plan).encode())
        settle([*(pending / str(number) for number in range(len(writes))), pending / "journal.json"], pending)
        _keep_old(target, pending, [*writes, *removals])
        (pending / "journal.json").replace(journal)
        settle([journal, pending / "journal.json"], target)
    except BaseException:
        shutil.rmtree(pending, ignore_errors=True)
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        _carry_out(target)
    except OSError:
        _undo(target, plan)
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def recover(target: Path) -> None:
    """Finish a change that a crash interrupted, or clear away one that was never decided."""
    if (target / _JOURNAL).is_file():
        _carry_out(target)
    elif (target / _PENDING).is_dir():
        shutil.rmtree(target / _PENDING)
        with contextlib.suppress(OSError):
            (target / FOLDER).rmdir()


def _keep_old(target: Path, pending: Path, paths: Sequence[str]) -> None:
    """Keep a second name for every file about to be replaced, to go back to."""
    for number, path in enumerate(paths):
        if (target / path).is_file():
            os.link(target / path, pending / f"old-{number}")


def _carry_out(target: Path) -> None:
    pending, journal = target / _PENDING, target / _JOURNAL
    plan = json.loads(journal.read_text(encoding="utf-8"))
    for number, path in enumerate(plan["write"]):
        staged = pending / str(number)
        if staged.exists():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target / path)
    for path in plan["remove"]:
        (target / path).unlink(missing_ok=True)
        _drop_empty(target, (target / path).parent)
    settle([target / path for path in [*plan["write"], *plan["remove"]]], target)
    journal.unlink()
    shutil.rmtree(pending, ignore_errors=True)


def _undo(target: Path, plan: Mapping[str, Sequence[str]]) -> None:
    """Put back what was there before a change that could not be carried out."""
    pending = target / _PENDING
    for number, path in enumerate([*plan["write"], *plan["remove"]]):
        old = pending / f"old-{number}"
        if old.exists():
            old.replace(target / path)
        elif number < len(plan["write"]) and not (pending / str(number)).exists():
            (target / path).unlink(missing_ok=True)
            _drop_empty(target, (target / path).parent)
    (target / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(pending, ignore_errors=True)


def _drop_empty(target: Path, folder: Path) -> None:
    while folder != target:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
