"""`pipewizard generate` and `demo`: what is written, what is refused, and that refusing writes nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Run
from tui.cli import main
from tui.command_line.run_view import RunView

ROOT = Path(__file__).parents[2]


def test_dry_run_lists_every_file_and_writes_nothing(run: Run, design: Path, tmp_path: Path) -> None:
    code, out, err = run("generate", str(design), "-o", "out", "--dry-run")
    assert code == 0, err
    assert "+ new       README.md" in out
    assert not (tmp_path / "out").exists()
    told = json.loads(run("generate", str(design), "-o", "out", "--dry-run", "--json")[1])
    assert told["dry_run"] is True
    assert {"path": "README.md", "state": "new"} in told["files"]


def test_written_project_is_unchanged_the_second_time(run: Run, design: Path, tmp_path: Path) -> None:
    code, out, err = run("generate", str(design), "-o", "out")
    assert code == 0, err
    assert "wrote " in out
    assert "uv run python -m shop_orders run" in err
    told = json.loads(run("generate", str(design), "-o", "out", "--json")[1])
    assert {one["state"] for one in told["files"]} == {"unchanged"}
    assert {one["path"] for one in told["files"]} <= {
        path.relative_to(tmp_path / "out").as_posix()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }


def test_edited_file_is_reported_and_left(run: Run, design: Path, tmp_path: Path) -> None:
    run("generate", str(design), "-o", "out")
    (tmp_path / "out" / "README.md").write_text("mine")
    code, _, err = run("generate", str(design), "-o", "out")
    assert code == 0
    assert "README.md was edited by hand" in err
    assert (tmp_path / "out" / "README.md").read_text() == "mine"


def test_folder_of_someone_else_is_refused(run: Run, design: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for more in ([], ["--dry-run"]):
        code, out, err = run("generate", str(design), "-o", "mine", *more)
        assert (code, out) == (1, "")
        assert "not empty" in err
        assert err.count("\n") == 1
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("target", ["design.yaml", "design.yaml/below", "/proc/nowhere/out"])
def test_target_that_cannot_be_written_is_one_sentence(run: Run, design: Path, target: str) -> None:
    before = design.read_bytes()
    code, out, err = run("generate", str(design), "-o", target)
    assert (code, out) == (1, ""), err
    assert err.count("\n") == 1
    assert "internal error" not in err
    assert design.read_bytes() == before


@pytest.mark.slow
def test_demo_runs_headless_and_tells_what_was_loaded(tmp_path: Path) -> None:
    def demo(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tui", "demo", str(tmp_path / "demo"), "--yes", *more]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    first = demo()
    assert first.returncode == 0, first.stderr
    assert not any(line.startswith("{") for line in first.stderr.splitlines()), "log lines are for machines"
    assert re.search(r"^  extract\n    customers +1,500 rows$", first.stderr, re.MULTILINE)
    assert "balanced" in first.stderr
    again = demo("--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert told["tables"]
    with duckdb.connect(told["destination"], read_only=True) as connection:
        for table in told["tables"]:
            schema, _, name = table["table"].partition(".")
            (count,) = connection.execute(f'SELECT count(*) FROM "{schema}"."{name}"').fetchall()
            assert count == (table["rows"],)
            assert f"{table['rows']:,}" in first.stdout
            assert table["rows"] > 0


def test_the_view_of_a_run_leaves_nothing_unsaid() -> None:
    view = RunView()
    lines = [
        {"event": "stage_started", "stage": "pre_transform_quality", "level": "info"},
        {"event": "quality_check", "status": "passed", "level": "info"},
        {"event": "quality_check", "status": "failed", "level": "info"},
        {"event": "attention", "message": "amount is low", "level": "warning"},
        {"event": "stage_finished", "stage": "pre_transform_quality", "level": "info"},
        {"event": "run_failed", "error": "the gate is shut", "level": "error"},
    ]
    told = [line for each in lines for line in view.lines(json.dumps(each))]
    assert told == [
        "  check what was extracted",
        "    ▵ amount is low",
        "    · 1 check passed, 1 failed",
        "    ✗ the gate is shut",
    ]
    # What is no log line is shown as it came.
    for raw in ("Traceback (most recent call last):", "[1, 2]", "{broken", '{"a": 1}'):
        assert view.lines(raw) == [raw]


def test_main_without_arguments_takes_the_process_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["pipewizard", "--version"])
    assert main() == 0
