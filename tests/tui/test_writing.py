import json
from pathlib import Path

import pytest

from generator.demo import demo_design
from generator.design.models import Destination, PipelineDesign, Transformation
from generator.project.generate import generate
from tui.views.arrivals import arrived_head, arrived_tables
from tui.views.files import diff_counts, diff_lines, file_tree, language_of, readable
from tui.views.published import Arrived, located, parse_status
from tui.views.writing import (
    default_target,
    next_commands,
    overwrite_question,
    plan,
    plan_text,
    project_environment,
    secret_values,
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("project") / "shop_orders"
    generate(demo_design(target.parent), target)
    return target


def test_a_new_folder_gets_every_file_new(tmp_path: Path) -> None:
    found = plan(demo_design(tmp_path), tmp_path / "new")
    assert set(found.counts) == {"new"}
    assert found.writes == len(found.files)
    assert overwrite_question(found.counts) == ""
    assert not (tmp_path / "new").exists()


def test_a_written_folder_needs_nothing(written: Path) -> None:
    assert set(plan(demo_design(written.parent), written).counts) == {"unchanged"}


def test_edits_are_kept_and_changes_are_asked_for(written: Path) -> None:
    readme = written / "README.md"
    before = readme.read_bytes()
    readme.write_bytes(before + b"mine\n")
    design = demo_design(written.parent)
    design.pipeline.max_runtime_minutes = 77
    try:
        found = plan(design, written)
    finally:
        readme.write_bytes(before)
    states = {file.path: file for file in found.files}
    assert states["README.md"].state == "edited"
    assert "-mine" in states["README.md"].diff
    assert states["config/pipeline_config.yaml"].state == "changed"
    assert found.files[0].state == "edited"
    assert "rewritten" in overwrite_question(found.counts)
    assert "edited by you, kept" in plan_text(found.counts)


def test_someone_elses_folder_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    found = plan(demo_design(tmp_path), tmp_path)
    assert found.files == ()
    assert "not empty" in found.problem


def test_an_unfinished_design_says_what_is_missing(tmp_path: Path) -> None:
    assert "to be mended first" in plan(PipelineDesign(), tmp_path / "new").problem


def test_the_folder_proposed_is_named_after_the_pipeline(tmp_path: Path) -> None:
    design = demo_design(tmp_path)
    assert default_target(design, None, tmp_path) == tmp_path / "shop_orders"
    assert default_target(design, tmp_path / "there", tmp_path) == tmp_path / "there"


def test_next_commands_can_be_typed_as_they_are(tmp_path: Path) -> None:
    commands = [command for command, _ in next_commands(tmp_path / "a b" / "p", "p", tmp_path)]
    assert commands[0] == "cd 'a b/p'"
    assert "uv run python -m p run" in commands


def test_the_project_does_not_inherit_the_wizards_environment(tmp_path: Path) -> None:
    found = project_environment({"VIRTUAL_ENV": "/x", "PYTHONPATH": "/y", "HOME": "/h"}, tmp_path)
    assert found == {"HOME": "/h"}


def test_in_the_demo_the_projects_own_key_counts(tmp_path: Path) -> None:
    project = tmp_path / "shop_orders"
    project.mkdir()
    (project / ".env").write_text("PII_TOKEN_KEY=abc\n# comment=1\n")
    environment = {"PII_TOKEN_KEY": "other", "HOME": "/h"}
    assert project_environment(environment, project) == environment
    (tmp_path / ".pipewizard-demo").touch()
    assert project_environment(environment, project) == {"HOME": "/h"}


def test_secrets_are_those_typed_and_those_that_sound_secret() -> None:
    found = secret_values({"A": "typed"}, {"DB_PASSWORD": "deep", "HOME": "/h"}, ["DB_PASSWORD", "HOME"])
    assert set(found) == {"typed", "deep"}


def test_status_is_read_from_among_other_lines() -> None:
    told = {
        "tables": {"orders": {"rows": 5, "watermark": "2026"}},
        "runs": [{"status": "success", "loaded": 5}],
    }
    arrived = parse_status(f"warning: something\n{json.dumps(told, indent=2)}\n")
    assert arrived is not None
    assert arrived.tables == (("orders", 5, "2026"),)
    assert arrived.run == "success · 5 loaded"


@pytest.mark.parametrize("output", ["", "no json", "{", '{"tables": 3}', "[1]"])
def test_what_is_no_status_is_none(output: str) -> None:
    assert parse_status(output) is None


def test_a_diff_line_that_looks_like_a_header_counts() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- sql comment\n+-- other comment\n same\n"
    assert diff_counts(diff) == (1, 1)
    assert [line.kind for line in diff_lines(diff)] == ["hunk", "removed", "added", "context"]


def test_the_tree_has_folders_first() -> None:
    tree = file_tree(["b.txt", "src/a.py", "src/utils/x.py", "README.md"], "root")
    assert list(tree.folders) == ["src"]
    assert tree.files == ["README.md", "b.txt"]
    assert tree.count == 4


def test_previews_know_languages_and_survive_binary_data() -> None:
    assert language_of("docker/Dockerfile") == "docker"
    assert language_of("sql/x.sql") == "sql"
    assert "binary" in readable(b"\xff\xfe\x00")
    assert "empty" in readable(b"")


STATUS = Arrived((("analytics.daily", 10, ""), ("orders", 5, "2026-01-01")), "success")


def modelled(**destination: object) -> PipelineDesign:
    return PipelineDesign(
        destination=Destination.model_validate(destination), transformations=[Transformation(name="daily")]
    )


def test_what_was_published_stands_before_what_it_came_from(tmp_path: Path) -> None:
    design = modelled(type="duckdb", connection={"path": "wh.duckdb"})
    found = located(STATUS, design, {}, tmp_path)
    assert "published 1 table, 10 rows" in arrived_head(found).plain
    listed = arrived_tables(found).plain
    assert listed.index("analytics.daily") < listed.index("from") < listed.index("orders")
    assert "Nothing has run yet" in arrived_head(None).plain


def test_what_was_published_says_in_which_file(tmp_path: Path) -> None:
    design = modelled(type="duckdb", connection={"path": "${WAREHOUSE_PATH}"})
    (tmp_path / ".env").write_text("WAREHOUSE_PATH='of the project.duckdb'\n")
    file = tmp_path / "of the project.duckdb"
    assert located(STATUS, design, {}, tmp_path).place == f"DuckDB, file {file}, schema analytics"
    given = located(STATUS, design, {"WAREHOUSE_PATH": "/data/wh.duckdb"}, tmp_path)
    assert given.place == "DuckDB, file /data/wh.duckdb, schema analytics"
    unknown = located(STATUS, design, {}, tmp_path / "elsewhere")
    assert unknown.place == "DuckDB, path=${WAREHOUSE_PATH}, schema analytics"


def test_what_was_published_says_on_which_server_and_never_a_password(tmp_path: Path) -> None:
    connection = {
        "host": "db.example.com", "port": "5433", "database": "wh", "username": "writer", "password": "${WH_PASSWORD}",
    }  # fmt: skip
    design = PipelineDesign(
        destination=Destination.model_validate(
            {"type": "postgres", "connection": connection, "schema": "mart"}
        )
    )
    arrived = Arrived((("orders", 5, "2026-01-01"),), "success")
    found = located(arrived, design, {"WH_PASSWORD": "hunter2-very-secret"}, tmp_path)
    assert found.place == "PostgreSQL, database wh on db.example.com:5433, schema mart"
    assert [name for name, _, _ in found.tables] == ["mart.orders"]
    assert "hunter2" not in arrived_head(found).plain + repr(found)


def test_what_was_published_says_in_which_folder(tmp_path: Path) -> None:
    design = modelled(type="files", connection={"path": "/lake"})
    found = located(STATUS, design, {}, tmp_path)
    assert found.place == "Files, folder /lake, a folder for each table"
    assert [name for name, _, _ in found.tables] == ["daily"]


def test_what_a_person_reads_first_stands_first(tmp_path: Path) -> None:
    found = plan(demo_design(tmp_path), tmp_path / "new")
    paths = [file.path for file in found.files]
    assert paths[:2] == ["README.md", "data-pipeline-spec.md"]
    hidden = [path.rpartition("/")[2].startswith(".") for path in paths]
    assert hidden == sorted(hidden), "what only programs read stands last"
    tree = file_tree(paths, "root")
    assert tree.files[:2] == ["README.md", "data-pipeline-spec.md"]
    assert tree.files[-1].startswith(".")
