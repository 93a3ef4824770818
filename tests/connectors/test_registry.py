"""Connectors are found by id; other packages join by entry point; nothing heavy loads before it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generator.connectors.registry import connector, destinations, sources
from generator.errors import DesignError

HEAVY = ("sqlalchemy", "duckdb", "psycopg", "pyarrow", "textual", "jinja2", "sqlglot")
THIRD_PARTY = '''
from generator.connectors.sqlite import SQLite


class Cellar(SQLite):
    """SQLite under another name."""

    id = "cellar"
    title = "Cellar"
'''


def test_an_unknown_connector_suggests_the_nearest() -> None:
    with pytest.raises(DesignError, match=r"there is no connector 'sqllite'. Did you mean sqlite\?$"):
        connector("sqllite")
    with pytest.raises(DesignError, match="Use postgres"):
        connector("postgresql")


def test_roles_decide_who_is_offered() -> None:
    assert [found.id for found in sources()] == ["sqlite", "duckdb", "postgres", "files"]
    assert [found.id for found in destinations()] == ["duckdb", "postgres", "files"]


def test_no_driver_loads_before_it_is_used() -> None:
    script = (
        "import sys, generator.connectors.jobs, generator.connectors.compat\n"
        "from generator.connectors.registry import all_connectors\n"
        "assert len(all_connectors()) == 4\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def installed(folder: Path, code: str, target: str) -> list[str]:
    """Lay out an installed package that registers a connector; return the command line that sees it."""
    (folder / "cellar_connector.py").write_text(code)
    info = folder / "cellar_connector-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cellar-connector\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[pipewizard.connectors]\ncellar = {target}\n")
    script = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        "from generator.connectors.registry import all_connectors, connector\n"
        "from generator.errors import DesignError\n"
        "print([found.id for found in all_connectors()])\n"
        "try:\n    print(connector('cellar').title)\nexcept DesignError as error:\n    print(error)\n"
    )
    return [sys.executable, "-c", script]


def test_another_package_adds_a_connector_by_entry_point(tmp_path: Path) -> None:
    command = installed(tmp_path, THIRD_PARTY, "cellar_connector:Cellar")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['sqlite', 'duckdb', 'postgres', 'files', 'cellar']", "Cellar"]


def test_a_broken_package_is_named_and_hurts_nobody_else(tmp_path: Path) -> None:
    command = installed(tmp_path, "import no_such_module", "cellar_connector:Cellar")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    offered, told = done.stdout.splitlines()
    assert offered == "['sqlite', 'duckdb', 'postgres', 'files']"
    assert "cellar-connector does not load" in told
