"""What was written survives a power cut: it is on the disk before it takes its place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from generator.errors import WriteError
from generator.project.write import write_project
from tests.project.test_write import project, tree


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> set[tuple[int, int]]:
    """Files and folders that were brought to the disk, by device and inode: they stay the same when renamed."""
    found: set[tuple[int, int]] = set()
    bring = os.fsync

    def bring_and_tell(descriptor: int) -> None:
        bring(descriptor)
        about = os.fstat(descriptor)
        found.add((about.st_dev, about.st_ino))

    monkeypatch.setattr(os, "fsync", bring_and_tell)
    return found


def left_out(folder: Path, on_disk: set[tuple[int, int]]) -> list[Path]:
    """Return what of a folder, itself and what it lies in was not brought to the disk."""
    every = [folder.parent, folder, *folder.rglob("*")]
    return [path for path in every if (path.stat().st_dev, path.stat().st_ino) not in on_disk]


def test_a_new_project_is_on_the_disk_whole(tmp_path: Path, on_disk: set[tuple[int, int]]) -> None:
    target = tmp_path / "new" / "folders" / "shop"
    write_project(project(a="1\n", src__b="2\n", src__deep__c="3\n"), target)
    assert left_out(target, on_disk) == []
    assert left_out(tmp_path / "new", on_disk) == []


def test_a_change_is_on_the_disk_whole(tmp_path: Path, on_disk: set[tuple[int, int]]) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n", src__b="2\n", gone__c="3\n"), target)
    on_disk.clear()
    write_project(project(a="1\n", src__b="changed\n", fresh__d="4\n"), target)
    same = {target / "a", target.parent, *(target / ".pipewizard").rglob("*")}
    assert [path for path in left_out(target, on_disk) if path not in same] == []


def test_a_disk_that_does_not_take_it_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(WriteError, match="nothing was changed"):
        write_project(project(a="2\n"), target)
    with pytest.raises(WriteError, match="nothing was changed"):
        write_project(project(a="2\n"), tmp_path / "other")
    assert tree(target) == {"a": "1\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]
