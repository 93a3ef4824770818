"""The layout's promises: imports run one way, and the wizard starts without heavy libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "duckdb", "psycopg", "adbc_driver_postgresql", "jinja2", "pyarrow", "sqlglot")


def loaded_by(module: str) -> set[str]:
    """Return the top-level packages a fresh interpreter has loaded after importing a module."""
    code = f"import sys, {module}; print('\\n'.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["tui.app", "tui.cli", "generator", "generator.connectors.registry"])
def test_starting_loads_no_heavy_library(module: str) -> None:
    assert loaded_by(module).isdisjoint(HEAVY)


def test_command_line_starts_without_textual() -> None:
    assert "textual" not in loaded_by("tui.cli")


@pytest.mark.slow
def test_generator_never_imports_textual() -> None:
    code = (
        "import sys, pkgutil, importlib, generator\n"
        "for m in pkgutil.walk_packages(generator.__path__, 'generator.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "print('textual' in sys.modules, 'tui' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
