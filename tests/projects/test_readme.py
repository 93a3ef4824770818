"""What README and specification tell people to type really works, in an environment made as they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from generator import generate
from generator.demo import demo_design, make_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
VALUES = {"PII_TOKEN_KEY": "0123456789abcdef0123456789abcdef"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's project with its ``.env`` filled in, and an environment by uv."""
    folder = tmp_path_factory.mktemp("readme")
    make_shop(folder / "shop.sqlite")
    target = folder / "shop_orders"
    generate(demo_design(folder), target)
    shutil.copy(target / "config" / ".env.example", target / ".env")
    filled = VALUES | {
        "SHOP_PATH": str(folder / "shop.sqlite"),
        "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
    }
    lines = (target / ".env").read_text().splitlines()
    lines = [
        f"{name}={filled[name]}" if (name := line.partition("=")[0]) in filled else line for line in lines
    ]
    (target / ".env").write_text("\n".join(lines) + "\n")
    return target


def shell(project: Path, line: str, code: int = 0) -> str:
    """Run a line as a person would, in the project's folder."""
    kept = {
        name: os.environ[name]
        for name in os.environ
        if not name.startswith(("VIRTUAL_ENV", "PYTHON", "PIPELINE"))
    }
    done = subprocess.run(
        line, shell=True, cwd=project, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, (
        f"{line}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout


def commands(project: Path) -> list[str]:
    """Return every command README and specification name, in order, each once."""
    found: dict[str, None] = {}
    for name in ("README.md", "data-pipeline-spec.md"):
        text = (project / name).read_text()
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            found |= dict.fromkeys(
                line.partition(" #")[0].strip() for line in block.splitlines() if line.strip()
            )
        inline = re.findall(r"`((?:uv run |python -m |make )[^`]*)`", text)
        found |= dict.fromkeys(inline)
    return list(found)


def test_uv_sets_everything_up_and_runs(project: Path) -> None:
    shell(project, "uv run python -m shop_orders doctor")
    said = shell(project, "uv run python -m shop_orders run")
    assert "success" in said
    with duckdb.connect(str(project.parent / "warehouse.duckdb"), read_only=True) as database:
        assert database.execute("SELECT count(*) FROM analytics.daily_revenue").fetchall()[0][0] > 0


def test_its_tests_and_tools_pass_through_uv(project: Path) -> None:
    for line in ("uv run pytest -q", "uv run ruff check .", "uv run ruff format --check .", "uv run mypy"):
        shell(project, line)


def test_every_command_that_is_named_works(project: Path) -> None:
    elsewhere = (
        "docker ",
        "cp ",
        "python3 -m venv",
        ".venv/bin/pip",
        "uv run pytest",
        "uv run ruff",
        "uv run mypy",
    )
    named = [line for line in commands(project) if not line.startswith(elsewhere)]
    assert len(named) > 20
    for line in named:
        typed = re.sub(r"^python -m", ".venv/bin/python -m", line)
        if typed.startswith("make PY="):
            typed = typed.replace(" ...", " status")
        if typed.startswith("make ") and "PY=" not in typed:
            typed += " PY=.venv/bin/python"
        shell(project, typed)


def test_every_make_target_is_a_command_that_exists(project: Path) -> None:
    targets = re.findall(r"(?m)^([a-z-]+):.*## ", (project / "Makefile").read_text())
    for target in targets:
        shell(project, f"make -n {target} FROM=2026-01-01 TO=2026-01-02 SUBJECT=1")
    assert {"run", "backfill", "check", "doctor", "status", "dlq", "erase", "test", "lint", "image"} <= set(
        targets
    )


def test_pip_sets_it_up_too(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop_orders"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns(".venv", ".state", "*.egg-info"))
    for line in (
        "python3 -m venv .venv",
        ".venv/bin/pip install -q -e '.[dev]'",
        ".venv/bin/python -m shop_orders run",
    ):
        assert line.replace(" -q", "") in (project / "README.md").read_text()
        shell(copy, line)
