"""The whole pipeline on sample data: what is published, what a second run does, what a gate stops."""

from __future__ import annotations

import json

from fixtures.home import Home
from fixtures.samples import sample_rows

PUBLISHED = ["revenue"]
REPLICATED = []
STEADY = ["revenue"]
ALWAYS_FAILS = "SELECT\n  1 AS records_checked,\n  1 AS records_failed,\n  'made to fail' AS observed\nFROM (SELECT 1) AS one;\n"


def test_the_first_run_publishes_every_table(home: Home) -> None:
    home.run("run")
    state = json.loads(home.run("status", "--json"))
    assert state
    for table in home.tables:
        name = table.get("alias") or table["table"]
        if name in REPLICATED:
            assert len(home.published(name)) == len(sample_rows(table)), name


def test_a_second_run_over_an_unchanged_source_changes_nothing(home: Home) -> None:
    home.run("run")
    before = {table: home.content(table) for table in STEADY}
    home.run("run")
    assert {table: home.content(table) for table in STEADY} == before


def test_a_gate_that_fails_publishes_nothing(home: Home) -> None:
    stage, check = next(
        (
            (stage, checks[0])
            for stage in ("pre_transform", "post_transform")
            if (checks := home.config["quality"].get(stage))
        ),
        ("", {}),
    )
    if not check:
        home.config["quality"]["pre_transform"] = [
            check := {"check": "custom_sql", "name": "made_to_fail", "table": PUBLISHED[0], "sql": "SELECT 1"}
        ]
    check["severity"] = "error"
    home.save()
    folder = home.folder / "sql" / "quality_checks"
    folder.mkdir(exist_ok=True)
    (folder / f"{check['name']}.sql").write_text(ALWAYS_FAILS, encoding="utf-8")
    home.run("run", expect=3)
    assert all(home.published(table) == [] for table in PUBLISHED)


def test_every_stage_runs_on_its_own(home: Home) -> None:
    for stage in ["extraction", "pre_transform_quality", "transformation", "loading", "final_quality"]:
        home.run("stage", stage, "--run-id", "by-stage")
    first = {table: home.content(table) for table in STEADY}
    home.run("run", "--full-refresh")
    assert {table: home.content(table) for table in STEADY} == first


def test_commands_answer(home: Home) -> None:
    home.run("doctor")
    home.run("run")
    home.run("check")
    home.run("status")
    home.run("dlq", "list")
    home.run("retention", "--dry-run")
