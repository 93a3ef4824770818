"""Ruff over all rendered Python of a project at once: imports sorted, formatted, checked."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruff import find_ruff_bin

from .render import RenderError

_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Finding:
    """Something ruff says of a file."""

    path: str
    line: int
    code: str
    message: str


def styled(files: Mapping[str, bytes], pyproject: bytes) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the files with imports sorted and code formatted, and what ruff still has to say of them.

    Args:
        files: Python files that parse, by path in the project.
        pyproject: The project's own, which holds ruff's settings.

    Raises:
        RenderError: ruff could not be run.
    """
    if not files:
        return {}, []
    formatted, findings = _styled(tuple(files.items()), pyproject)
    return dict(formatted), list(findings)


@lru_cache(maxsize=16)
def _styled(
    files: tuple[tuple[str, bytes], ...], pyproject: bytes
) -> tuple[tuple[tuple[str, bytes], ...], tuple[Finding, ...]]:
    # Ruff's three starts are a good part of a rendering, and most changes of a design leave its Python as it was.
    with tempfile.TemporaryDirectory(prefix="pipewizard-") as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_bytes(pyproject)
        for path, content in files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        # Unused imports of a template that serves several shapes of project go the same way as unsorted ones.
        _ruff(folder, "check", "--select", "I,F401", "--fix-only", "--exit-zero")
        _ruff(folder, "format")
        answer = _ruff(folder, "check", "--exit-zero", "--output-format", "json")
        findings = tuple(_finding(folder, item) for item in json.loads(answer))
        return tuple((path, (folder / path).read_bytes()) for path, _ in files), findings


def _ruff(folder: Path, command: str, *options: str) -> str:
    words = [find_ruff_bin(), command, "--no-cache", "--quiet", *options, "."]
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError(f"ruff cannot be run: {error}", fix="reinstall pipewizard") from error
    if done.returncode:
        raise RenderError(f"ruff {command} failed: {done.stderr.strip()[:500]}", fix="reinstall pipewizard")
    return done.stdout


def _finding(folder: Path, item: dict[str, Any]) -> Finding:
    path = Path(item["filename"]).resolve().relative_to(folder.resolve()).as_posix()
    return Finding(path, item["location"]["row"], item["code"] or "syntax", item["message"])
