"""The command line keeps its contract: exit codes, one-sentence errors, JSON for machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


def program(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_help_teaches_by_example(run: Run) -> None:
    code, out, _ = run("-h")
    assert code == 0
    assert "pipewizard generate design.yaml -o shop" in out
    for command in ("demo", "generate", "validate", "probe", "connectors", "drafts"):
        code, out, _ = run(command, "-h")
        assert code == 0
        assert "examples:\n  " in out
        assert f"pipewizard {command}" in out


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from tui.cli import main; main(['-h']); "
        "print([m for m in ('pydantic', 'rich', 'textual', 'yaml', 'sqlalchemy', 'duckdb', 'sqlglot') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("pipewizard 0.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["genrate"], "did you mean generate?"),
        (["generate", "x.yaml"], "-o/--output"),
        (["generate"], "DESIGN.yaml"),
        (["validate", "none.yaml"], "there is no file none.yaml"),
        (["--nonsense"], "--nonsense"),
        (["drafts", "delete"], "needs the draft's name"),
        (["drafts", "erase"], "use one of list, path, delete"),
        (["probe", "none.yaml"], "there is no file"),
    ],
)
def test_wrong_usage_is_exit_2_and_one_sentence(run: Run, arguments: list[str], said: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert said.lower() in err.lower()
    assert err.startswith("pipewizard: ")
    assert err.count("\n") == 1
    assert err.count("pipewizard: ") == 1
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["kind"] == "usage"


def test_wizard_without_a_terminal_names_the_headless_command() -> None:
    for environment in ({**os.environ, "TERM": "dumb"}, {**os.environ, "TERM": "xterm"}):
        for arguments in ([], ["demo", "somewhere"]):
            done = program(*arguments, env=environment, stdin=subprocess.DEVNULL)
            assert done.returncode == 2
            assert "terminal" in done.stderr
            assert (
                "pipewizard demo DIR --yes" if arguments else "pipewizard generate DESIGN.yaml -o DIR"
            ) in done.stderr
            assert not (ROOT / "somewhere").exists()


def test_validate_a_good_design(run: Run, design: Path) -> None:
    code, out, _ = run("validate", str(design), "--json")
    assert code == 0, out
    assert json.loads(out)["valid"] is True


def test_validate_lists_every_problem(run: Run, design: Path) -> None:
    text = design.read_text().replace("shop_orders", "class").replace("staging.orders", "staging.ordrs")
    design.write_text(text + "pipeline_typo: 1\n")
    code, out, err = run("validate", str(design))
    assert (code, out) == (1, "")
    assert f"{design}, line " in err
    assert "pipeline_typo: there is no such key" in err
    design.write_text(text)
    code, out, err = run("validate", str(design))
    assert code == 1
    assert "error  pipeline.name: class is a word of the Python language. Use class_data." in out
    assert "Did you mean staging.orders?" in out
    code, out, err = run("validate", str(design), "--json")
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert {problem["path"] for problem in told["problems"]} >= {
        "pipeline.name",
        "transformations[0].input_tables[0]",
    }
    assert all(set(problem) == {"path", "severity", "message", "fix", "step"} for problem in told["problems"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("pipeline: {name: a\n", "line 2, column 1"),
        ("pipeline: {nmae: a}\n", "did you mean name?"),
        ("pipeline: {max_runtime_minutes: x}\n", "expected a whole number"),
        ("version: 9\n", "upgrade pipewizard"),
        ("", "the file is empty"),
    ],
)
def test_bad_files_fail_with_their_place(run: Run, tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(content)
    for arguments in (["validate", "bad.yaml"], ["generate", "bad.yaml", "-o", "out"], ["probe", "bad.yaml"]):
        code, out, err = run(*arguments)
        assert (code, out) == (1, "")
        assert said.lower() in err.lower()
        code, out, err = run(*arguments, "--json")
        assert (code, err) == (1, "")
        assert json.loads(out)["error"]["message"]
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "bad.yaml").read_text() == content


def test_generate_refuses_a_design_with_errors_and_lists_them(run: Run, design: Path, tmp_path: Path) -> None:
    design.write_text(
        design.read_text()
        .replace("shop_orders", "class")
        .replace("sql: SELECT updated_at AS day FROM staging.orders", "sql: ''")
    )
    code, out, err = run("generate", str(design), "-o", str(tmp_path / "out"))
    assert (code, out) == (1, "")
    assert "pipeline.name" in err
    assert "transformations[0].sql" in err
    assert not (tmp_path / "out").exists()
    code, out, _ = run("generate", str(design), "-o", str(tmp_path / "out"), "--json")
    assert len(json.loads(out)["error"]["problems"]) >= 2


def test_connectors_are_listed(run: Run) -> None:
    code, out, _ = run("connectors", "--json")
    assert code == 0
    found = {one["id"]: one for one in json.loads(out)["connectors"]}
    assert {"sqlite", "duckdb", "postgres", "files"} <= set(found)
    code, out, _ = run("connectors")
    assert code == 0
    assert "postgres" in out


def test_drafts_are_listed_found_and_deleted(run: Run, tmp_path: Path) -> None:
    from generator import drafts
    from generator.design.models import PipelineDesign

    assert run("drafts")[0] == 0
    design = PipelineDesign.model_validate({"pipeline": {"description": "sales"}})
    with drafts.create(design, name="shop") as draft:
        draft.save(draft.design)
    code, out, _ = run("drafts", "list", "--json")
    assert code == 0
    assert [one["name"] for one in json.loads(out)["drafts"]] == ["shop"]
    assert run("drafts")[1].count("shop") == 1
    code, out, _ = run("drafts", "path", "shop")
    assert (code, Path(out.strip()).is_file()) == (0, True)
    assert run("drafts", "delete", "shop")[0] == 0
    code, out, err = run("drafts", "delete", "shop")
    assert (code, out) == (1, "")
    assert "no such draft" in err


def test_demo_refuses_a_folder_it_did_not_make(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    code, out, err = run("demo", str(tmp_path / "mine"), "--yes")
    assert (code, out) == (1, "")
    assert "not empty" in err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_reader_that_leaves_early_is_no_error() -> None:
    script = f"{sys.executable} -m tui connectors --json | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_control_characters_never_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text('pipeline: {name: "\\e[31mred"}\n"\\e[2J": 1\n')
    code, out, err = run("validate", "d.yaml")
    assert code == 1
    assert "\x1b" not in out + err


def test_internal_error_shows_no_traceback_without_debug(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.command_line import connectors

    def broken(*_: object) -> int:
        raise ValueError("secret detail")

    monkeypatch.setattr(connectors, "run", broken)
    code, out, err = run("connectors")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert "secret detail" not in err
    assert "--debug" in err
    with pytest.raises(ValueError, match="secret detail"):
        run("connectors", "--debug")
    assert "Traceback" in run("validate", "none.yaml", "--debug")[2]
