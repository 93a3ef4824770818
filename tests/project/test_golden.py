"""Three whole projects, kept as they are generated: a change of what we write is seen in its review.

Files copied byte for byte are listed by name only. ``UPDATE_GOLDEN=1`` writes the trees anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.demo import demo_design
from generator.design.models import PipelineDesign
from generator.project.generate import render_project
from generator.project.render import copy_bytes, templates_folder
from generator.project.rendered import HistoryEntry, RenderedProject
from tests.project.designs import connection, customers_table, design, orders_table

GOLDEN = Path(__file__).parents[1] / "golden"
LISTING = "FILES.txt"


def postgres_elt() -> PipelineDesign:
    """PostgreSQL to PostgreSQL, transformed where the data lands, run by cron."""
    return design("postgres", "postgres", technology={"pattern": "batch_elt", "orchestrator": "cron"})


def files_etl() -> PipelineDesign:
    """Files to files, every table under its own name."""
    source = {
        "name": "drop",
        "type": "files",
        "connection": connection("files", "DROP"),
        "tables": [
            orders_table(table="orders/*.csv", alias="orders", extraction={"strategy": "full"}),
            customers_table(table="customers.jsonl", alias="customers", pii={"email": "mask"}),
        ],
    }
    return design("files", "files", modelled=False, sources=[source])


DESIGNS: dict[str, Callable[[], PipelineDesign]] = {
    "demo": lambda: demo_design("demo"),
    "postgres_elt": postgres_elt,
    "files_etl": files_etl,
}


def rendered(name: str) -> RenderedProject:
    history = (HistoryEntry("1.0.0", "", "2026-01-01", "2026-01-01"),)
    return render_project(DESIGNS[name](), history=history)


def kept(project: RenderedProject) -> dict[str, str]:
    """Return the files to compare: the listing, and every file that is more than a copy."""
    copies = {path for path, origin in project.origins.items() if _copied(origin, project.files[path])}
    files = {path: content.decode() for path, content in project.files.items() if path not in copies}
    return {LISTING: "".join(f"{path}\n" for path in sorted(project.files))} | files


def _copied(origin: str, content: bytes) -> bool:
    template = origin.removeprefix("templates/")
    return (templates_folder() / template).is_file() and copy_bytes(template) == content


@pytest.mark.parametrize("name", list(DESIGNS))
def test_the_project_is_the_golden_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    folder, wanted = GOLDEN / name, kept(rendered(name))
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(folder, ignore_errors=True)
        for path, text in wanted.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    found = {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }
    assert sorted(found) == sorted(wanted)
    for path, text in wanted.items():
        assert found[path] == text, path
