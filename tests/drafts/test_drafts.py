"""Drafts: nothing is lost, nothing secret is written, one wizard at a time."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator import drafts
from generator.design.models import AlertChannel, PipelineDesign, Source
from generator.design.yaml_io import load_design
from generator.errors import DraftError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIPEWIZARD_DRAFTS", str(tmp_path / "drafts"))
    return tmp_path / "drafts"


def design(name: str = "shop") -> PipelineDesign:
    made = PipelineDesign()
    made.pipeline.name = name
    return made


def saved(name: str = "shop", step: str = "quality") -> PipelineDesign:
    made = design(name)
    with drafts.create(made) as draft:
        draft.save(made, step=step)
    return made


def test_a_saved_draft_comes_back_with_its_step() -> None:
    made = saved()
    (info,) = drafts.list_drafts()
    assert (info.name, info.pipeline, info.step) == ("shop", "shop", "quality")
    assert info.problems_left() > 0
    with drafts.resume("shop") as draft:
        assert (draft.design, draft.step) == (made, "quality")


def test_a_draft_that_holds_nothing_is_not_kept(folder: Path) -> None:
    with drafts.create() as draft:
        draft.save(PipelineDesign())
        assert draft.path.exists()
        draft.save(design())
        draft.save(PipelineDesign())
    assert drafts.list_drafts() == []
    assert not list(folder.glob("*.json"))


def test_a_draft_is_a_design_file_only_its_owner_can_read(folder: Path) -> None:
    made = saved()
    assert load_design(folder / "shop.yaml") == made
    for path in (folder / "shop.yaml", folder / "shop.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_newest_first_and_free_names() -> None:
    saved("shop")
    with drafts.create(design("shop")) as second:
        assert second.name == "shop_2"
        second.save(design("shop"))
    os.utime(drafts.draft_path("shop"), (time.time() + 10, time.time() + 10))
    assert [info.name for info in drafts.list_drafts()] == ["shop", "shop_2"]


def test_a_draft_without_a_usable_name_gets_one() -> None:
    with drafts.create(design("../../etc/passwd\0")) as draft:
        assert draft.name == "etc_passwd"
    with drafts.create(design("💥")) as draft:
        assert draft.name == "draft"


def test_second_wizard_is_told_who_has_the_draft() -> None:
    saved()
    with (
        drafts.resume("shop"),
        pytest.raises(DraftError, match=rf"open in another wizard \(process {os.getpid()} on "),
    ):
        drafts.resume("shop")
    drafts.resume("shop").release()


def test_draft_of_a_killed_wizard_can_be_resumed() -> None:
    saved()
    script = "import sys\nfrom generator import drafts\nd = drafts.resume('shop')\nprint('open', flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(DraftError, match=f"process {other.pid} on "):
            drafts.resume("shop")
        other.send_signal(signal.SIGKILL)
        other.wait()
    drafts.resume("shop").release()


KILLED = """
import os, pathlib, signal, sys
from generator import drafts

left = int(sys.argv[1])


def counted(call):
    def counting(*arguments):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*arguments)

    return counting


draft = drafts.resume("shop")
design = draft.design.model_copy(deep=True)
design.pipeline.description = "new"
os.fsync, pathlib.Path.replace = counted(os.fsync), counted(pathlib.Path.replace)
draft.save(design, step="slas")
"""


@pytest.mark.slow
def test_killed_at_any_point_of_saving_leaves_a_whole_draft() -> None:
    for calls in range(20):
        made = saved(f"shop_{calls}")
        made.pipeline.description = "old"
        with drafts.resume(f"shop_{calls}") as draft:
            draft.save(made)
        script = KILLED.replace('"shop"', f'"shop_{calls}"')
        code = subprocess.run([sys.executable, "-c", script, str(calls)], check=False).returncode
        with drafts.resume(f"shop_{calls}") as draft:
            left = draft.design
        made.pipeline.description = "new" if code == 0 else left.pipeline.description
        assert left == made
        assert left.pipeline.description in ("old", "new")
        if code == 0:
            assert calls == 4, "two files, each made sure of and put in place"
            return
        assert code == -signal.SIGKILL
    pytest.fail("the saving never came to its end")


def test_full_disk_keeps_the_draft_saved_before(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    made = saved()
    before = (folder / "shop.yaml").read_bytes()

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with drafts.resume("shop") as draft:
        monkeypatch.setattr(os, "fsync", full)
        made.pipeline.description = "changed"
        with pytest.raises(DraftError, match=r"No space left on device.*intact"):
            draft.save(made)
    assert (folder / "shop.yaml").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["shop.json", "shop.yaml"]


def test_unwritable_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PIPEWIZARD_DRAFTS", str(tmp_path / "file" / "drafts"))
    with pytest.raises(DraftError, match="could not be saved"):
        drafts.create(design())
    assert drafts.list_drafts() == []


def test_draft_of_a_newer_version_is_refused_and_untouched(folder: Path) -> None:
    saved()
    newer = "version: 7\nnew_section: {}\n"
    (folder / "shop.yaml").write_text(newer)
    with pytest.raises(DraftError, match=r"version 7.*[Uu]pgrade"):
        drafts.resume("shop")
    assert (folder / "shop.yaml").read_text() == newer
    (info,) = drafts.list_drafts()
    with pytest.raises(DraftError):
        info.problems_left()


def test_damaged_sidecar_is_no_harm(folder: Path) -> None:
    saved()
    for content in ("", "[]", "{", '{"step": 5}'):
        (folder / "shop.json").write_text(content)
        with drafts.resume("shop") as draft:
            assert draft.step == "sources"


def test_deleting_can_be_undone() -> None:
    made = saved()
    deleted = drafts.delete("shop")
    assert drafts.list_drafts() == []
    assert drafts.restore(deleted) == "shop"
    with drafts.resume("shop") as draft:
        assert (draft.design, draft.step) == (made, "quality")


def test_undo_never_overwrites_a_draft_made_meanwhile() -> None:
    saved()
    deleted = drafts.delete("shop")
    saved()
    assert drafts.restore(deleted) == "shop_2"
    assert {info.name for info in drafts.list_drafts()} == {"shop", "shop_2"}


def test_open_draft_is_not_deleted() -> None:
    saved()
    with drafts.resume("shop"), pytest.raises(DraftError, match="open in a wizard"):
        drafts.delete("shop")


@pytest.mark.parametrize("name", ["none", "../shop", "", "a/b", "\0", "x" * 300])
def test_unknown_and_hostile_names_are_refused(name: str) -> None:
    saved()
    with pytest.raises(DraftError, match="no such draft"):
        drafts.resume(name)


def test_no_secret_reaches_the_disk(folder: Path) -> None:
    made = design()
    made.sources = [
        Source(
            name="shop",
            type="postgres",
            connection={"host": "db", "password": "hunter2", "user": "${SHOP_USER}"},
        ),
        Source(
            name="1st",
            type="unknown",
            connection={"api_key": "hunter3", "url": "postgresql://u:hunter4@h/db"},
        ),
    ]
    made.destination.connection = {"token": 123456, "path": "x.db"}
    made.monitoring.alerts.channels = [
        AlertChannel(type="slack", webhook_url="https://hunter5"),
        AlertChannel(type="slack", webhook_url="https://hunter6"),
    ]
    before = made.model_copy(deep=True)
    with drafts.create(made) as draft:
        found = draft.save(made)
        assert made == before
    on_disk = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode()
    assert "hunter" not in on_disk
    assert "123456" not in on_disk
    assert found == {
        "SHOP_PASSWORD": "hunter2",
        "_1ST_API_KEY": "hunter3",
        "_1ST_PASSWORD": "hunter4",
        "WAREHOUSE_TOKEN": "123456",
        "SLACK_WEBHOOK_URL": "https://hunter5",
        "SLACK_WEBHOOK_URL_2": "https://hunter6",
    }
    again = load_design(folder / "shop.yaml")
    assert again.sources[0].connection == {
        "host": "db",
        "password": "${SHOP_PASSWORD}",
        "user": "${SHOP_USER}",
    }
    assert again.sources[1].connection["url"] == "postgresql://u:${_1ST_PASSWORD}@h/db"


def test_sidecar_holds_only_what_the_list_needs(folder: Path) -> None:
    saved()
    assert json.loads((folder / "shop.json").read_text()) == {
        "version": 1,
        "step": "quality",
        "pipeline": "shop",
    }
