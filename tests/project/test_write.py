"""Writing is all or nothing, and never over a person's work."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.errors import WriteError
from generator.project import journal, write
from generator.project.compare import compare
from generator.project.record import CONTENT, FOLDER, MANIFEST, Record, continued, read_record, today
from generator.project.rendered import HistoryEntry, RenderedProject, digest
from generator.project.write import check_target, write_project
from tests.servers.postgres import NOBODY

ENTRY = HistoryEntry("1.0.0", "digest", "2026-01-01", "2026-01-01")


def project(**files: str) -> RenderedProject:
    """Return a project of text files; ``__`` in a name stands for ``/``."""
    contents = {name.replace("__", "/"): text.encode() for name, text in files.items()}
    return RenderedProject(
        "shop", contents, dict.fromkeys(contents, "a test"), "version: 1\n", "digest", (ENTRY,)
    )


def tree(folder: Path) -> dict[str, str]:
    """Return the text of every file but the record, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and FOLDER not in path.parts
    }


def states(written: RenderedProject, folder: Path) -> dict[str, str]:
    return {state.path: state.state for state in compare(written, folder)}


def test_a_new_folder_gets_every_file_and_a_record(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    result = write_project(project(a="1\n", src__b="2\n"), target)
    assert tree(target) == {"a": "1\n", "src/b": "2\n"}
    assert result.files == ("a", "src/b")
    assert result.count("new") == 2
    record = read_record(target)
    assert record is not None
    assert record.digests == {"a": digest(b"1\n"), "src/b": digest(b"2\n")}
    assert record.contents() == {"a": b"1\n", "src/b": b"2\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_an_empty_folder_is_written_to(tmp_path: Path) -> None:
    write_project(project(a="1\n"), tmp_path)
    assert tree(tmp_path) == {"a": "1\n"}


def test_the_folder_one_stands_in_keeps_its_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    write_project(project(a="1\n"), Path())
    assert tmp_path.stat().st_ino == before
    assert Path("a").read_text() == "1\n"


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    result = write_project(project(a="1\n"), target)
    assert result.count("unchanged") == 1
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*")} == before


def test_states_and_differences_are_told(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(
        project(same="1\n", changed="old\n", edited="mine\n", gone="x\n", src__deep__gone="y\n"), target
    )
    (target / "edited").write_text("by hand\n")
    (target / "own").write_text("a person's file\n")
    later = project(same="1\n", changed="new\n", edited="yours\n", added="3\n")
    assert states(later, target) == {
        "added": "new", "changed": "changed", "edited": "edited", "gone": "removed", "same": "unchanged",
        "src/deep/gone": "removed",
    }  # fmt: skip
    diffs = {state.path: state.diff for state in compare(later, target)}
    assert diffs["changed"] == "--- a/changed\n+++ b/changed\n@@ -1 +1 @@\n-old\n+new\n"
    assert "-by hand\n+yours\n" in diffs["edited"]
    result = write_project(later, target)
    assert tree(target) == {
        "same": "1\n", "changed": "new\n", "edited": "by hand\n", "added": "3\n", "own": "a person's file\n",
    }  # fmt: skip
    assert result.kept == ("edited",)
    assert not (target / "src").exists()


def test_an_edited_file_stays_edited_and_keeps_the_base_of_its_edit(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    (target / "a").write_text("by hand\n")
    write_project(project(a="2\n"), target)
    write_project(project(a="3\n"), target)
    assert (target / "a").read_text() == "by hand\n"
    record = read_record(target)
    assert record is not None
    assert record.contents()["a"] == b"1\n"


def test_a_file_of_a_person_where_one_is_to_be_generated_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    (target / "b").write_text("mine\n")
    assert write_project(project(a="1\n", b="2\n"), target).kept == ("b",)
    assert (target / "b").read_text() == "mine\n"


def test_a_deleted_file_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    (target / "a").unlink()
    write_project(project(a="1\n"), target)
    assert tree(target) == {"a": "1\n"}


def test_links_are_never_written_through(tmp_path: Path) -> None:
    target, outside = tmp_path / "shop", tmp_path / "outside"
    write_project(project(a="1\n", src__b="2\n"), target)
    outside.mkdir()
    (outside / "b").write_text("precious\n")
    (target / "src" / "b").unlink()
    (target / "src").rmdir()
    (target / "src").symlink_to(outside)
    result = write_project(project(a="2\n", src__b="3\n"), target)
    assert result.kept == ("src/b",)
    assert (outside / "b").read_text() == "precious\n"


def test_a_folder_in_the_way_of_a_file_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    (target / "b").mkdir()
    (target / "c").write_text("a file\n")
    result = write_project(project(a="1\n", b="2\n", c__d="3\n"), target)
    assert result.kept == ("b", "c/d")


def test_a_folder_that_pipewizard_did_not_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work\n")
    with pytest.raises(WriteError, match="not empty and was not written by pipewizard"):
        write_project(project(a="1\n"), tmp_path)
    assert tree(tmp_path) == {"thesis.txt": "years of work\n"}


def test_a_file_as_target_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x\n")
    with pytest.raises(WriteError, match="is a file"):
        check_target(tmp_path / "file")
    with pytest.raises(WriteError):
        write_project(project(a="1\n"), tmp_path / "file" / "below")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 1}', '{"format": "x", "history": [], "files": {}}']
)
def test_a_damaged_record_is_one_clear_error(tmp_path: Path, text: str) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    (target / MANIFEST).write_text(text)
    with pytest.raises(WriteError, match="damaged"):
        write_project(project(a="2\n"), target)
    assert tree(target) == {"a": "1\n"}


def test_a_record_of_a_newer_pipewizard_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n"), target)
    (target / MANIFEST).write_text('{"format": 2, "history": [], "files": {}}')
    with pytest.raises(WriteError, match="newer pipewizard"):
        write_project(project(a="2\n"), target)


def test_a_record_without_content_still_tells_edits(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n", b="1\n"), target)
    (target / CONTENT).unlink()
    (target / "b").write_text("by hand\n")
    assert write_project(project(a="2\n", b="2\n"), target).kept == ("b",)
    assert tree(target) == {"a": "2\n", "b": "by hand\n"}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be somebody whom permissions bind: root may write anywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_no_permission_is_one_clear_error() -> None:
    # Not below pytest's own folder: others may not look into that, and would be refused for another reason.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        locked = Path(folder) / "locked"
        locked.mkdir(mode=0o555)
        with as_nobody(), pytest.raises(WriteError, match="locked/shop: no permission"):
            write_project(project(a="1\n"), locked / "shop")
        assert list(locked.iterdir()) == []


@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_full_disk_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: bool, after: int
) -> None:
    target = tmp_path / "shop"
    if existing:
        write_project(project(a="1\n", b="1\n"), target)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    written = 0

    def full(file: Path, content: bytes) -> None:
        nonlocal written
        if written == after:
            raise OSError(errno.ENOSPC, "No space left on device")
        written += 1
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    monkeypatch.setattr(write, "write_file", full)
    monkeypatch.setattr(journal, "write_file", full)
    with pytest.raises(WriteError, match="disk is full; nothing was changed"):
        write_project(project(a="2\n", b="2\n", c="2\n"), target)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_rename_that_fails_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "shop"
    write_project(project(a="1\n", b="1\n", gone="1\n"), target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    real = Path.replace

    def fails(self: Path, other: Path) -> Path:
        if Path(other).name == "b" and self.parent.name == "pending" and not self.name.startswith("old"):
            raise OSError(errno.EIO, "Input/output error")
        return real(self, other)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(WriteError, match="nothing was changed"):
        write_project(project(a="2\n", b="2\n", c__d="2\n"), target)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


KILLED = """
import os, signal, sys
from pathlib import Path
from generator.project import journal, write
from tests.project.test_write import project

steps = int(sys.argv[2])
def count(real):
    def step(*arguments, **options):
        global steps
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return real(*arguments, **options)
    return step

write.write_file = journal.write_file = count(journal.write_file)
Path.replace = count(Path.replace)
Path.rename = count(Path.rename)
Path.unlink = count(Path.unlink)
write.write_project(project(a="2\\n", b="2\\n", c__d="2\\n"), Path(sys.argv[1]))
"""
OLD = {"a": "1\n", "b": "1\n", "gone": "1\n"}
NEW = {"a": "2\n", "b": "2\n", "c/d": "2\n"}


@pytest.mark.slow
@pytest.mark.parametrize("existing", [False, True])
def test_killed_at_any_point_leaves_nothing_or_all(tmp_path: Path, existing: bool) -> None:
    for steps in range(40):
        target = tmp_path / str(steps) / "shop"
        if existing:
            write_project(project(**OLD), target)
        words = [sys.executable, "-c", KILLED, str(target), str(steps)]
        code = subprocess.run(words, cwd=Path(__file__).parents[2], check=False).returncode
        if target.is_dir():
            journal.recover(target)
        left = tree(target) if target.is_dir() else {}
        assert left in ((OLD, NEW) if existing else ({}, NEW)), steps
        result = write_project(project(a="2\n", b="2\n", c__d="2\n"), target)
        assert tree(target) == NEW
        assert result.kept == ()
        assert {path.name for path in target.parent.iterdir()} == {"shop"}
        if code == 0:
            return
        assert code == -signal.SIGKILL
    pytest.fail("the writing never came to its end")


def test_two_writers_take_turns(tmp_path: Path) -> None:
    target = tmp_path / "shop"
    failures: list[BaseException] = []

    def writer(text: str) -> None:
        try:
            for _ in range(5):
                write_project(project(a=text, b=text), target)
        except (OSError, WriteError) as error:
            failures.append(error)

    threads = [threading.Thread(target=writer, args=(text,)) for text in ("1\n", "2\n", "3\n")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    left = tree(target)
    assert left["a"] == left["b"]


def test_a_writer_that_waits_too_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "LOCK_SECONDS", 0.1)
    held = subprocess.Popen(
        [sys.executable, "-c", f"import fcntl, os, time; fd = os.open({str(tmp_path)!r}, os.O_RDONLY);"
         " fcntl.flock(fd, fcntl.LOCK_EX); print('held', flush=True); time.sleep(30)"],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert held.stdout is not None
        held.stdout.readline()
        with pytest.raises(WriteError, match="another pipewizard is writing"):
            write_project(project(a="1\n"), tmp_path / "shop")
    finally:
        held.kill()
        held.communicate()
    time.sleep(0)
    write_project(project(a="1\n"), tmp_path / "shop")


def test_the_same_design_keeps_its_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert today() == "2026-01-01"
    first = continued((), "1.0.0", "one")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769904000")
    assert continued(first, "1.0.0", "one") == first
    assert continued(first, "1.0.0", "two") == (HistoryEntry("1.0.0", "two", "2026-01-01", "2026-02-01"),)
    assert continued(first, "1.1.0", "two") == (
        *first,
        HistoryEntry("1.1.0", "two", "2026-02-01", "2026-02-01"),
    )


def test_no_record_means_no_history(tmp_path: Path) -> None:
    assert read_record(tmp_path / "nowhere") is None
    assert Record().contents() == {}
