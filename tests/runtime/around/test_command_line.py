"""The generated command line: exit codes, one sentence for an error, help that teaches, no secret shown."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from templates.src.__main__ import main
from templates.src.commands.parser import build, moment, window
from templates.src.commands.summary import run_summary
from templates.src.utils.state import RunRecord, TableCounts
from tests.runtime.around.world import config

KEY = "planted-token-key-0123456789"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's home with a configuration, a source, and everything set."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "pipeline_config.yaml").write_text(yaml.safe_dump(config()))
    (tmp_path / "sql" / "staging").mkdir(parents=True)
    for table in ("customers", "orders"):
        (tmp_path / "sql" / "staging" / f"{table}_staging.sql").write_text("SELECT * FROM raw\n")
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("CREATE TABLE customers (customer_id BIGINT, email TEXT, city TEXT)")
        shop.execute(
            "CREATE TABLE orders (order_id BIGINT, customer_id BIGINT, amount NUMERIC, ordered_at TEXT)"
        )
    shop.close()
    environment = {
        "PIPELINE_HOME": str(tmp_path), "PIPELINE_STATE_DIR": str(tmp_path / "state"), "PII_TOKEN_KEY": KEY,
        "SHOP_PATH": str(tmp_path / "shop.db"), "WAREHOUSE_PATH": str(tmp_path / "wh.duckdb"),
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(signal, "signal", lambda *_: handler)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_doctor_names_every_variable_and_finds_everything_in_order(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "doctor")
    assert code == 0, out
    assert all(name in out for name in ("SHOP_PATH", "WAREHOUSE_PATH", "PII_TOKEN_KEY", "source shop"))
    assert KEY not in out
    assert not (home / "wh.duckdb").exists()


def test_doctor_names_all_that_is_missing_at_once(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_PATH")
    monkeypatch.setenv("PII_TOKEN_KEY", "short")
    code, out, _ = said(capsys, "doctor")
    assert code == 2
    assert "NOT OK  SHOP_PATH: is not set" in out
    assert "NOT OK  PII_TOKEN_KEY: is too short" in out
    assert "3 to be put right, first of all SHOP_PATH, PII_TOKEN_KEY" in out


def test_doctor_tells_an_empty_value_from_one_that_is_set(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of .env.example that was not filled in; a password may be empty, a path may not."""
    changed = config()
    changed["sources"][0]["connection"]["password"] = "${SHOP_PASSWORD}"
    (home / "config" / "pipeline_config.yaml").write_text(yaml.safe_dump(changed))
    monkeypatch.setenv("SHOP_PASSWORD", "")
    code, out, _ = said(capsys, "doctor")
    assert (code, "info    SHOP_PASSWORD: is empty (shop: password)" in out) == (0, True), out
    monkeypatch.setenv("WAREHOUSE_PATH", "")
    code, out, _ = said(capsys, "doctor")
    assert (code, "NOT OK  WAREHOUSE_PATH: is empty (warehouse: path)" in out) == (2, True), out


def test_doctor_looks_at_every_table_and_names_the_system_once(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(home / "shop.db") as shop:
        shop.execute("DROP TABLE orders")
    shop.close()
    code, out, _ = said(capsys, "doctor")
    remedy = "bring it back, or take it out of config/pipeline_config.yaml"
    assert (code, f"\nNOT OK  source shop: table orders is gone; {remedy}\n" in out) == (1, True), out


def test_doctor_misses_a_query_a_run_would_need(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "sql" / "staging" / "customers_staging.sql").unlink()
    code, out, _ = said(capsys, "doctor")
    assert code == 2
    assert "missing: sql/staging/customers_staging.sql; generate the project again" in out


def test_run_names_all_variables_that_are_missing_at_once(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_PATH")
    monkeypatch.delenv("WAREHOUSE_PATH")
    code, _, said_of_it = said(capsys, "run")
    assert code == 2
    assert "environment variables are not set: SHOP_PATH, WAREHOUSE_PATH" in said_of_it


def test_doctor_tells_a_system_that_is_away_from_a_wrong_configuration(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PATH", str(home / "not there.db"))
    assert said(capsys, "doctor")[0] == 1


def test_status_of_a_pipeline_that_never_ran(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "status")[:2] == (0, "shop: has never run\n")
    code, out, _ = said(capsys, "status", "--json")
    assert (code, json.loads(out)["runs"]) == (0, [])


def test_commands_on_an_empty_destination_say_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "dlq", "list")[:2] == (0, "no dead letters are waiting\n")
    assert said(capsys, "dlq", "purge")[:2] == (0, "0 dead letters deleted\n")
    assert said(capsys, "erase", "--subject", "x")[:2] == (0, "nothing is known of this person\n")
    assert said(capsys, "ack")[:2] == (0, "the pipeline is not suspended\n")
    assert said(capsys, "retention")[0] == 0
    assert said(capsys, "check")[:2] == (0, "no final checks are configured\n")


def test_a_destination_in_use_exits_75(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(home / "wh.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        code, _, err = said(capsys, "status")
        process.communicate("")
    assert code == 75
    assert err.startswith("error: ")
    assert "in use" in err


def test_a_missing_variable_is_one_sentence_and_exit_2(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAREHOUSE_PATH")
    code, out, err = said(capsys, "status")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "WAREHOUSE_PATH" in err
    code, _, err = said(capsys, "--debug", "status")
    assert (code, "Traceback" in err) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["stage", "nonsense", "--run-id", "1"], ["stage", "loading"], ["backfill"], ["dlq"], ["erase"],
     ["backfill", "--from", "yesterday", "--to", "2026-01-01"], ["status", "--runs", "0"]],
)  # fmt: skip
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        build("shop").parse_args(arguments)
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("sound", "misspelt", "told"),
    [
        ("strategy: incremental", "strategy: incrementl", "strategy cannot be 'incrementl'; it is one of full, incremental"),
        ("strategy: upsert", "strategy: upsrt", "strategy cannot be 'upsrt'; it is one of append, overwrite, upsert, "),
        ("email: tokenize", "email: tokenise", "pii cannot be 'tokenise'; it is one of drop, mask, tokenize"),
        ("pattern: batch_elt", "pattern: batch_etll", "pattern cannot be 'batch_etll'; it is one of batch_etl, batch_elt"),
    ],
)  # fmt: skip
def test_a_misspelt_choice_is_no_other_choice(
    sound: str, misspelt: str, told: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read as something else, it would extract everything, or write personal data as it is."""
    file = home / "config" / "pipeline_config.yaml"
    text = yaml.safe_dump(config(technology={"pattern": "batch_elt"}))
    file.write_text(text.replace(sound, misspelt, 1))
    assert file.read_text() != text
    code, _, err = said(capsys, "run")
    assert (code, err.startswith(f"error: config/pipeline_config.yaml: {told}")) == (2, True), err


def test_configuration_that_is_no_yaml_is_told_in_one_line_with_its_place(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "config" / "pipeline_config.yaml"
    file.write_text("version: 1\npipeline:\n  name: [shop\nsources: []\n")
    code, _, err = said(capsys, "run")
    assert code == 2
    assert (
        err == f"error: {file}, line 4, column 8: this is not valid YAML: did not find expected ',' or ']'\n"
    )


@pytest.mark.parametrize(
    "command", ["run", "backfill", "check", "doctor", "status", "dlq", "erase", "ack", "retention", "stage"]
)
def test_help_teaches_by_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        build("shop").parse_args([command, "--help"])
    assert stopped.value.code == 0
    assert f"  python -m shop {command}" in capsys.readouterr().out


def test_every_example_of_the_help_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    parser = build("shop")
    for command in (
        "run",
        "backfill",
        "check",
        "doctor",
        "status",
        "dlq",
        "erase",
        "ack",
        "retention",
        "stage",
    ):
        with pytest.raises(SystemExit):
            parser.parse_args([command, "--help"])
        examples = capsys.readouterr().out.partition("examples:")[2].partition("exit codes")[0].splitlines()
        for example in (line.split()[3:] for line in examples if line.strip()):
            assert parser.parse_args(example).command == command


def test_debug_is_accepted_on_either_side_of_the_command() -> None:
    parser = build("shop")
    assert parser.parse_args(["--debug", "run"]).debug
    assert parser.parse_args(["run", "--debug"]).debug
    assert not parser.parse_args(["run"]).debug


def test_spans_and_moments_are_read() -> None:
    assert [window(text) for text in ("30m", "6h", "1d", "2w")] == [
        timedelta(minutes=30), timedelta(hours=6), timedelta(days=1), timedelta(weeks=2),
    ]  # fmt: skip
    assert [moment(text) for text in ("2026-01-31", "2026-01-31T06:00:00+02:00", "-5")] == [
        "2026-01-31", "2026-01-31T06:00:00+02:00", "-5",
    ]  # fmt: skip


def test_the_summary_balances(home: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def summary(**counts: Any) -> str:
        tables = (TableCounts("orders", **counts),)
        end = start + timedelta(seconds=2)
        return run_summary(RunRecord("r1", "run", "success", start, finished_at=end, tables=tables))

    text = summary(extracted=1200, loaded=1190, rejected=7, filtered=3)
    assert text.splitlines()[0] == "run r1: success in 2.0 s"
    assert "  1,200 extracted = 1,190 loaded + 7 rejected + 3 filtered (balanced)" in text
    assert "NOT BALANCED" in summary(extracted=5, loaded=4)


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_source_that_is_not_there_is_named_with_what_to_do(
    command: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PATH", str(home / "gone.db"))
    code, out, err = said(capsys, command)
    assert code == 1
    assert f"{home}/gone.db: there is no such file or folder; check the path in its connection\n" in out + err
    assert not (home / "gone.db").exists()


def test_checking_before_anything_is_published_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    final = [{"check": "row_count", "name": "row_count_orders", "table": "orders", "min_rows": 1}]
    text = yaml.safe_dump(config(quality={"final": final}))
    (home / "config" / "pipeline_config.yaml").write_text(text)
    told = "error: nothing is published yet, so there is nothing to check; `run` first\n"
    code, out, err = said(capsys, "check")
    assert (code, out, err) == (1, "", told)


@pytest.mark.parametrize("command", ["run", "status", "doctor"])
def test_a_state_folder_that_cannot_be_made_is_told_with_what_to_do(
    command: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_STATE_DIR", str(home / "shop.db" / "state"))
    code, out, err = said(capsys, command)
    assert code == 1
    assert f"state folder{':' if command == 'doctor' else ''} {home}/shop.db/state cannot be " in out + err
    assert "set PIPELINE_STATE_DIR" in out + err
    assert "unexpected" not in err


def test_doctor_names_the_process_that_has_the_destination_open(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be a run, or somebody who looks at the data."""
    holding = f"import duckdb; held = duckdb.connect('{home}/wh.duckdb'); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        code, out, _ = said(capsys, "doctor")
        other.communicate("\n")
    assert code == 0
    assert f"destination warehouse: duckdb; {home}/wh.duckdb is in use by process {other.pid}\n" in out
