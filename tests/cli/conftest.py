"""Running the command line in this process, and a design to run it on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.design.test_problems import GOOD
from tui.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PIPEWIZARD_DRAFTS", str(tmp_path / "drafts"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.fixture
def design(tmp_path: Path) -> Path:
    file = tmp_path / "design.yaml"
    file.write_text(GOOD)
    return file
