"""What a project asks for can be installed by hash, as the image installs it, and runs there without any rights."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from generator import generate
from generator.design.yaml_io import dump_design
from tests.project.designs import design

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("installing")]
WITHOUT_RIGHTS = (
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if os.geteuid() == 0 else []
)
"""Even root then may only do what the permissions of a file say, as in a container that has dropped all capabilities."""
ROWS = 25


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made and locked by the command line."""
    folder = tmp_path_factory.mktemp("locked")
    made = design("sqlite", "duckdb", modelled=False, name="locked_shop")
    (folder / "design.yaml").write_text(dump_design(made))
    words = [sys.executable, "-m", "tui", "generate", "design.yaml", "-o", "locked_shop", "--lock"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "requirements.lock" in done.stdout
    return folder / "locked_shop"


def pins(project: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9-]+)==(\S+)", (project / "requirements.lock").read_text(), re.MULTILINE)
    return dict(found)


def test_the_lock_pins_every_requirement_by_hash_and_names_no_host(project: Path) -> None:
    text = (project / "requirements.lock").read_text()
    asked = [re.split(r"[<>=\[]", line)[0] for line in (project / "requirements.txt").read_text().split()]
    assert set(asked) <= set(pins(project))
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text
    assert "index" not in text
    assert str(project) not in text


def test_a_lock_changes_nothing_that_was_generated(project: Path, tmp_path: Path) -> None:
    generate(design("sqlite", "duckdb", modelled=False, name="locked_shop"), tmp_path / "again")
    for path in (tmp_path / "again").rglob("*"):
        if path.is_file():
            place = path.relative_to(tmp_path / "again")
            assert path.read_bytes() == (project / place).read_bytes(), place
    again = generate(design("sqlite", "duckdb", modelled=False, name="locked_shop"), project)
    assert {state.state for state in again.states} == {"unchanged"}
    assert (project / "requirements.lock").exists()


def test_make_lock_makes_the_same(project: Path, tmp_path: Path) -> None:
    generate(design("sqlite", "duckdb", modelled=False, name="locked_shop"), tmp_path / "by_make")
    subprocess.run(["make", "lock"], cwd=tmp_path / "by_make", check=True, capture_output=True)
    made = (tmp_path / "by_make" / "requirements.lock").read_text()
    assert made == (project / "requirements.lock").read_text()


def installed(project: Path, venv: Path) -> Path:
    """Follow the image's instructions for installing, in a fresh environment; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [
        str(venv / "bin/python"),
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
        "--no-cache-dir",
    ]
    subprocess.run([*pip, "--require-hashes", "-r", str(project / "requirements.lock")], check=True)
    build = shutil.copytree(
        project, venv / "build", ignore=shutil.ignore_patterns("tests", "docker", ".pipewizard")
    )
    subprocess.run([*pip, "--no-deps", str(build)], check=True)
    return venv / "bin/python"


def test_pip_installs_by_hash_and_the_pipeline_runs_with_no_rights_on_its_own_files(
    project: Path, tmp_path: Path
) -> None:
    """As in the container: no capabilities, no home, and only state and data can be written to."""
    python = installed(project, tmp_path / "venv")
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], capture_output=True, check=True)
    versions = {item["name"].lower().replace("_", "-"): item["version"] for item in json.loads(listed.stdout)}
    assert {name: versions.get(name) for name in pins(project) if name in versions} != {}
    assert all(version == versions[name] for name, version in pins(project).items() if name in versions)

    app, data, state = tmp_path / "app", tmp_path / "data", tmp_path / "state"
    for folder in (app / "config", data, state):
        folder.mkdir(parents=True)
    shutil.copytree(project / "sql", app / "sql")
    shutil.copy(project / "config/pipeline_config.yaml", app / "config")
    fill(data / "shop.db")
    for path in (*app.rglob("*"), app):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(app)
    env = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "PIPELINE_HOME": str(app), "PIPELINE_STATE_DIR": str(state),
        "SHOP_PATH": str(data / "shop.db"), "WAREHOUSE_PATH": str(data / "warehouse.duckdb"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    for words in (["doctor"], ["run"], ["status"]):
        line = [*WITHOUT_RIGHTS, str(python), "-m", "locked_shop", *words]
        done = subprocess.run(line, cwd=app, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert snapshot(app) == before
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        assert (
            connection.execute("SELECT count(*), sum(amount) FROM analytics.orders").fetchall()[0][0] == ROWS
        )


def fill(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT NOT NULL,"
            " amount NUMERIC(10,2), updated_at TIMESTAMP NOT NULL)"
        )
        connection.execute(
            "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, email TEXT, region TEXT)"
        )
        rows = [(number, number, "paid", number, f"2026-01-01 12:{number:02d}:00") for number in range(ROWS)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()


def snapshot(folder: Path) -> dict[str, float]:
    return {str(path): path.stat().st_mtime for path in folder.rglob("*")}
