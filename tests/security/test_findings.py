"""bandit over whole generated projects: every kind of finding is explained here, by place, and there is no other."""

from __future__ import annotations

import json
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from generator import generate
from tests.environments import environment
from tests.project.designs import design
from tests.projects.designs import matrix_design, pairwise

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("findings")]

EXPLAINED = {
    ("B608", "src/*"): (
        "SQL put together from text. The pipeline's tables and columns are known only from its configuration, and SQL has"
        " no parameters for names: every name goes through quoted() and every value through literal() of its dialect."
        " tests/faults/test_names.py loads names made of quotes, semicolons and reserved words."
    ),
    (
        "B404",
        "orchestration/dags/*",
    ): "The DAG runs the pipeline's own command in its own environment; see B603.",
    ("B603", "orchestration/dags/*"): (
        "A list of words without a shell: a Python named by the operator, the pipeline's name, a stage's name, times and"
        " ids that Airflow made."
    ),
    (
        "B608",
        "tests/*",
    ): "Tests read and fill tables whose names the design gives; they quote them in the same way.",
    ("B101", "tests/*"): "Tests assert.",
    ("B105", "tests/fixtures/home.py"): "The key of tests that tokenise made-up rows.",
    ("B404", "tests/fixtures/*"): "Fixtures start the pipeline's commands and a throw-away PostgreSQL.",
    ("B603", "tests/fixtures/*"): "Lists of words without a shell, all of them the fixtures' own.",
}
"""Findings that stay, by bandit's number and the files they may be in, and why they are no faults."""


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """What bandit says of projects that together hold every connector, orchestrator and kind of transformation."""
    folder = tmp_path_factory.mktemp("findings")
    python = next(options for options in pairwise() if options.mode == "python")
    designs = {
        "elt": design("postgres", "postgres"),
        "copies": design("sqlite", "duckdb", modelled=False),
        "lake": design("files", "files"),
        "cron": design("duckdb", "files", technology={"orchestrator": "cron"}),
        "python": matrix_design(python),
    }
    for name, made in designs.items():
        generate(made, folder / name)
    program = environment("bandit", "bandit==1.9.4") / "bin/bandit"
    words = [str(program), "--quiet", "--recursive", ".", "--format", "json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["errors"] == []
    assert report["metrics"]["_totals"]["loc"] > 10_000
    assert report["metrics"]["_totals"]["nosec"] == 0, "findings are explained, not silenced"
    places = [Path(item["filename"]).parts for item in report["results"]]
    return [
        (item["test_id"], Path(*parts[1:]).as_posix(), item["issue_text"])
        for item, parts in zip(report["results"], places, strict=True)
    ]


def test_every_finding_is_explained(findings: list[tuple[str, str, str]]) -> None:
    unexplained = {
        finding
        for finding in findings
        if not any(finding[0] == test and fnmatch(finding[1], place) for test, place in EXPLAINED)
    }
    assert unexplained == set()


def test_every_explanation_is_of_something_that_is_found(findings: list[tuple[str, str, str]]) -> None:
    unneeded = [
        (test, place)
        for test, place in EXPLAINED
        if not any(finding[0] == test and fnmatch(finding[1], place) for finding in findings)
    ]
    assert unneeded == []
