"""A connector of another package is probed, generated and run like our own, and changes nothing else."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.generated import GeneratedProject

ROOT = Path(__file__).parents[2]
CONNECTOR = """
from pathlib import Path
from typing import ClassVar
from generator.connectors.base import Templates
from generator.connectors.sqlite import SQLite

class Elsewhere(SQLite):
    id = "elsewhere"
    title = "Elsewhere"
    summary = "a system only another package knows"
    templates: ClassVar = Templates(source=("src/extractors/elsewhere.py",), folder=Path(__file__).parent / "templates")
"""
EXTRACTOR = '''"""Reads what only another package knows."""

from __future__ import annotations

from ..utils.elsewhere_words import GREETING
from .sqlite import SQLiteExtractor


class ElsewhereExtractor(SQLiteExtractor):
    """A reader that greets."""

    greeting = GREETING
'''
THIN = '''"""Extractor of the source {{ source.name }}."""

from __future__ import annotations

from .elsewhere import ElsewhereExtractor


class {{ source.class_name }}(ElsewhereExtractor):
    """Reads the tables of {{ source.name }}."""
'''
DESIGN = """
pipeline: {{name: feed, owner: me}}
sources:
  - name: shop
    type: {kind}
    connection: {{path: "${{SHOP_PATH}}"}}
    tables: [{{table: people, primary_key: [id]}}]
destination: {{name: warehouse, type: duckdb, connection: {{path: "${{WAREHOUSE_PATH}}"}}}}
technology: {{orchestrator: cron}}
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that holds the other package as an installer would leave it."""
    place = tmp_path / "site"
    ours = (ROOT / "templates" / "tests" / "fixtures" / "sqlite_source.py").read_text()
    for name, text in {
        "elsewhere_connector/__init__.py": CONNECTOR,
        "elsewhere_connector/templates/src/extractors/elsewhere.py": EXTRACTOR,
        "elsewhere_connector/templates/src/extractors/elsewhere_extractor.py.j2": THIN,
        "elsewhere_connector/templates/src/utils/elsewhere_words.py": '"""Words."""\n\nGREETING = "hello"\n',
        "elsewhere_connector/templates/src/pipeline.py": "raise SystemExit('not ours')\n",
        "elsewhere_connector/templates/tests/fixtures/elsewhere_source.py": ours,
        "elsewhere-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n",
        "elsewhere-1.0.dist-info/entry_points.txt": (
            "[pipewizard.connectors]\nelsewhere = elsewhere_connector:Elsewhere\n"
        ),
    }.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return place


def pipewizard(place: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    """Run a command with the other package installed."""
    done = subprocess.run(
        [sys.executable, "-m", "tui", *words], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(place), **(env or {})},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_is_probed_generated_and_run(installed: Path, tmp_path: Path) -> None:
    shop, warehouse, design = (tmp_path / name for name in ("shop.db", "warehouse.duckdb", "design.yaml"))
    with sqlite3.connect(shop) as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        database.execute("INSERT INTO people VALUES (1, 'Ann'), (2, 'Böb')")
    design.write_text(DESIGN.format(kind="elsewhere"))
    variables = {"SHOP_PATH": str(shop), "WAREHOUSE_PATH": str(warehouse)}

    row = next(line for line in pipewizard(installed, "connectors").splitlines() if "elsewhere" in line)
    assert row.split()[-1] == "elsewhere"
    pipewizard(installed, "probe", str(design), "-o", str(design), env=variables)
    pipewizard(installed, "generate", str(design), "-o", str(tmp_path / "feed"))
    project = GeneratedProject(tmp_path / "feed", "feed", variables)
    assert (project.folder / "src" / "utils" / "elsewhere_words.py").exists()
    assert "not ours" not in (project.folder / "src" / "pipeline.py").read_text()
    project.run("doctor")
    assert "2 extracted = 2 loaded" in project.run("run").stdout
    own = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project.folder, env=project.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert own.returncode == 0, own.stdout[-3000:]


@pytest.mark.slow
def test_other_projects_do_not_notice_it(installed: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    design = tmp_path / "design.yaml"
    design.write_text(DESIGN.format(kind="sqlite"))
    variables = {"SHOP_PATH": str(tmp_path / "shop.db"), "SOURCE_DATE_EPOCH": "1767225600"}
    pipewizard(installed, "probe", str(design), "-o", str(design), env=variables)
    for name, place in {"with": installed, "without": tmp_path / "nothing"}.items():
        pipewizard(place, "generate", str(design), "-o", str(tmp_path / name), env=variables)
    trees = [
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*") if path.is_file()}
        for name in ("with", "without")
    ]  # fmt: skip
    assert trees[0] == trees[1]
