"""Alert rules are accepted by a real Prometheus, name only exported metrics, and fire when they should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import generate
from generator.errors import DesignError
from generator.project.files.alert_conditions import CONDITION_NAMES, expression
from templates.src.utils.metrics import METRICS
from tests.project.designs import design
from tests.servers.presence import absent

needs_promtool = pytest.mark.usefixtures("promtool")
OWN_RULES: list[dict[str, Any]] = [
    {
        "name": "pipeline_failure",
        "condition": "pipeline_status == 'failed'",
        "severity": "critical",
        "channels": ["slack", "email"],
    },
    {"name": "quality_check_failure", "condition": "quality_suite_passed == false", "severity": "error"},
    {"name": "slow_pipeline", "condition": "duration_minutes > 90", "severity": "warn"},
    {"name": "hostile {{ $labels }} \" ' \\ \n", "condition": "dead_letters >= 10.5", "severity": "info"},
]


@pytest.fixture
def promtool() -> None:
    """Prometheus' own checker."""
    if shutil.which("promtool") is None:
        absent("promtool", "apt-get install prometheus")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with alert rules of its own."""
    folder = tmp_path_factory.mktemp("monitoring") / "shop_orders"
    channels = [
        {"type": "slack", "webhook_url": "${SLACK_WEBHOOK_URL}"},
        {"type": "email", "recipients": ["a@b.example"]},
    ]
    plan = design(monitoring={"alerts": {"channels": channels, "rules": OWN_RULES}})
    plan.pipeline.owner = '{{ owner }} "quoted"'
    generate(plan, folder)
    return folder


def rules(project: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load((project / "monitoring/alerts/alert_rules.yaml").read_text())
    found = document["groups"][0]["rules"]
    assert isinstance(found, list)
    return found


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\bpipeline_[a-z_]+(?=\{)", text))


@pytest.mark.slow
@needs_promtool
def test_prometheus_accepts_the_rules(project: Path) -> None:
    words = ["promtool", "check", "rules", str(project / "monitoring/alerts/alert_rules.yaml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules(project))} rules found" in done.stdout


def test_rules_and_dashboard_name_only_exported_metrics(project: Path) -> None:
    used = {name for rule in rules(project) for name in metrics_in(rule["expr"])}
    dashboard = (project / "monitoring/dashboards/pipeline_dashboard.json").read_text().replace('\\"', '"')
    shown = metrics_in(dashboard)
    assert used
    assert shown
    assert used | shown <= set(METRICS)


def test_labels_in_use_are_those_the_metrics_have(project: Path) -> None:
    for rule in rules(project):
        for name, labels in re.findall(r"\b(pipeline_[a-z_]+)\{([^}]*)\}", rule["expr"]):
            assert set(re.findall(r"(\w+)=", labels)) <= set(METRICS[name][2])


def test_failure_staleness_and_absence_are_all_watched(project: Path) -> None:
    names = {rule["alert"] for rule in rules(project)}
    assert {"PipelineFailed", "PipelineStale", "PipelineAbsent", "PipelineSuspended"} <= names
    assert {rule["name"] for rule in OWN_RULES[:3]} <= names


def test_the_dashboard_is_one_grafana_reads(project: Path) -> None:
    dashboard = json.loads((project / "monitoring/dashboards/pipeline_dashboard.json").read_text())
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert all(panel["targets"] for panel in dashboard["panels"])
    spots = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(spots)) == len(spots)


@pytest.mark.slow
@needs_promtool
def test_rules_fire_when_they_should(project: Path, tmp_path: Path) -> None:
    """promtool plays a run that succeeded long ago, then failed at a gate with dead letters waiting."""
    at = '{pipeline="shop_orders"}'
    series = {
        f"pipeline_run_success{at}": "0x3000", f"pipeline_run_exit_code{at}": "3x3000",
        f"pipeline_last_run_timestamp_seconds{at}": "0x3000", f"pipeline_last_success_timestamp_seconds{at}": "0x3000",
        f"pipeline_duration_seconds{at}": "6000x3000", f"pipeline_dead_letters{at}": "7x3000",
        f"pipeline_suspended{at}": "1x3000",
        'pipeline_quality_checks{pipeline="shop_orders",status="failed"}': "1x3000",
        f"pipeline_quality_check_pass_rate{at}": "0.5x3000",
        'pipeline_extraction_lag_seconds{pipeline="shop_orders",table="orders"}': "999999x3000",
    }  # fmt: skip
    silent = {"PipelineAbsent", OWN_RULES[3]["name"].strip()}
    names = [rule["alert"] for rule in rules(project)]
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": value.replace("x", "+0x")} for name, value in series.items()],
            "alert_rule_test": [],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})',
                    "eval_time": "45h",
                    "exp_samples": [] if name in silent or "hostile" in name else [{"labels": "{}", "value": 1}],
                }
                for name in names
                if "hostile" not in name
            ],
        },
        {
            "interval": "1m",
            "input_series": [],
            "promql_expr_test": [
                {
                    "expr": 'count(ALERTS{alertname="PipelineAbsent",alertstate="firing"})', "eval_time": "1h",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            ],
        },
    ]  # fmt: skip
    file = tmp_path / "test.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(project / "monitoring/alerts/alert_rules.yaml")],
                "evaluation_interval": "1m",
                "tests": tests,
            }
        )
    )
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("condition", "promql"),
    [
        ("pipeline_status == 'failed'", 'pipeline_run_success{pipeline="p"} == 0'),
        ("pipeline_status != 'failed'", 'pipeline_run_success{pipeline="p"} == 1'),
        ('pipeline_status == "success"', 'pipeline_run_success{pipeline="p"} == 1'),
        ("quality_suite_passed == false", 'pipeline_quality_check_pass_rate{pipeline="p"} < 1'),
        ("duration_minutes > 90", 'pipeline_duration_seconds{pipeline="p"} / 60 > 90'),
    ],
)
def test_conditions_of_the_reference_become_promql(condition: str, promql: str) -> None:
    assert expression(condition, "p") == promql


@pytest.mark.parametrize(
    "condition", ["", "duration > 3", "duration_minutes > many", "1 == 1", "pipeline_status > 3", "x == y}"]
)
def test_a_condition_that_means_nothing_is_refused(condition: str) -> None:
    with pytest.raises(DesignError):
        expression(condition, "p")


def test_every_condition_name_is_over_exported_metrics() -> None:
    for name in CONDITION_NAMES:
        for value in ("1", "true", "'failed'"):
            try:
                assert metrics_in(expression(f"{name} == {value}", "p")) <= set(METRICS)
            except DesignError:
                continue
