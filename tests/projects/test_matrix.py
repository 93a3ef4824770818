"""Every generated project is clean, typed and green: over all pairs of options, strategies and column types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sqlglot
import yaml

from generator import generate
from tests.generated import GeneratedProject
from tests.projects.designs import Options, matrix_design, pairwise

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
COMBINATIONS = pairwise()
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module", params=COMBINATIONS, ids=lambda options: options.name)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GeneratedProject:
    """A generated project of one combination."""
    options: Options = request.param
    folder = tmp_path_factory.mktemp(options.name) / "matrix"
    generate(matrix_design(options), folder)
    return GeneratedProject(folder, "matrix")


def tool(project: GeneratedProject, *words: str) -> None:
    """Run a program in the project; it must succeed."""
    done = subprocess.run(
        [str(TOOLS / words[0]), *words[1:]], cwd=project.folder, env=project.environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def test_generated_twice_is_the_same(project: GeneratedProject) -> None:
    before = {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}
    options = next(
        options for options in COMBINATIONS if options.name == project.folder.parent.name[: len(options.name)]
    )
    generate(matrix_design(options), project.folder)
    assert {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()} == before


def test_code_is_linted_and_formatted(project: GeneratedProject) -> None:
    tool(project, "ruff", "check", "--no-cache", ".")
    tool(project, "ruff", "format", "--no-cache", "--check", ".")


def test_code_is_typed(project: GeneratedProject) -> None:
    tool(project, "mypy", "--cache-dir", os.devnull)


def test_every_data_file_reads(project: GeneratedProject) -> None:
    dialect = "postgres" if "_postgres_elt_" in project.folder.parent.name else "duckdb"
    for path in project.folder.rglob("*"):
        place = path.relative_to(project.folder).as_posix()
        if path.suffix in (".yaml", ".example") and "env" not in path.name:
            assert yaml.safe_load(path.read_text()), place
        elif path.suffix == ".toml":
            assert tomllib.loads(path.read_text()), place
        elif path.suffix == ".json":
            assert json.loads(path.read_text()), place
        elif path.suffix == ".sql":
            spoken = "duckdb" if "/staging/" in place else "postgres" if "/grants/" in place else dialect
            assert sqlglot.parse(path.read_text(), dialect=spoken), place


def test_requirements_are_those_that_are_imported(project: GeneratedProject) -> None:
    needed = tomllib.loads((project.folder / "pyproject.toml").read_text())["project"]["dependencies"]
    listed = {line.partition(">")[0].partition("=")[0] for line in needed}
    imported = json.loads(project.run_python(IMPORTS).stdout)
    modules = {
        "pyyaml": "yaml", "adbc-driver-postgresql": "adbc_driver_postgresql", "adbc-driver-manager": "adbc_driver_manager",
    }  # fmt: skip
    # Python reads time zones from tzdata, and DuckDB makes pyarrow's batches of what goes to PostgreSQL.
    unseen = {"tzdata", "pyarrow"} if "_postgres_" in project.folder.parent.name else {"tzdata"}
    for name in listed - unseen:
        assert modules.get(name, name) in imported, f"{name} is required but never imported"
    known = {modules.get(name, name) for name in listed}
    assert set(imported) - known - {"matrix"} == set(), "imported but not required"


IMPORTS = """
import ast, json, pathlib, sys
found = set()
for path in pathlib.Path("src").rglob("*.py"):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    # What only a type checker looks at need not be installed.
    typing = {
        id(below) for node in nodes if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for item in node.body for below in ast.walk(item)
    }
    for node in (node for node in nodes if id(node) not in typing):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
print(json.dumps(sorted(found - set(sys.stdlib_module_names) - {"_typeshed"})))
"""


def test_every_module_imports(project: GeneratedProject) -> None:
    project.run_python(
        "import importlib, pathlib\n"
        "for path in sorted(pathlib.Path('src').rglob('*.py')):\n"
        "    parts = path.relative_to('src').with_suffix('').parts\n"
        "    name = '.'.join(part for part in ('matrix', *parts) if part != '__init__')\n"
        "    if not name.endswith('__main__'):\n"
        "        importlib.import_module(name)\n"
    )


def test_its_own_tests_pass(project: GeneratedProject) -> None:
    tool(project, "python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
