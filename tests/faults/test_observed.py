"""What a run tells the outside, on every route: each line of the log is the run's, metrics are true, lineage is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from generator.design.models import Check
from templates.src.utils.metrics import METRICS
from tests.faults.children import ForkedProject, make
from tests.faults.conftest import MakeRoute
from tests.faults.world import World


def logged(said: str) -> list[dict[str, Any]]:
    """Return the lines of a log; what is no JSON is the one sentence for a person at its end."""
    lines = said.splitlines()
    assert all(line.startswith("{") or line.startswith("error: ") for line in lines)
    return [json.loads(line) for line in lines if line.startswith("{")]


def measured(project: ForkedProject) -> dict[str, float]:
    """Return the metrics that have one value, or one for the only table."""
    families = text_string_to_metric_families((project.state_dir / "metrics.prom").read_text())
    samples = [sample for family in families for sample in family.samples]
    assert {sample.name for sample in samples} <= set(METRICS)
    return {s.name: s.value for s in samples if set(s.labels) <= {"pipeline", "table"}}


@pytest.mark.slow
@pytest.mark.routes
def test_log_metrics_and_lineage_tell_what_a_run_did(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route, world = make_route(origin, target, pattern), World(seed=4)
    design = route.design
    design.quality.pre_transform.append(
        Check(check="range", table="accounts", column="balance", min=-(10**9), severity="error")
    )
    project = make(design, tmp_path / "project")
    route.source.put(world.next_day(30, 0))
    lines = logged(project.run("run").stderr)
    (run,) = project.status()["runs"]
    assert {(line["run_id"], line["pipeline"]) for line in lines} == {(run["run_id"], "ledger")}
    told = measured(project)
    assert told["pipeline_run_success"] == 1
    assert told["pipeline_records_extracted"] == told["pipeline_records_loaded"] == 30
    assert told["pipeline_table_rows"] == 30
    events = [json.loads(line) for line in (project.state_dir / "lineage.ndjson").read_text().splitlines()]
    assert [event["job"]["name"] for event in events if event["eventType"] == "COMPLETE"] == [
        "ledger.extract.accounts", "ledger.publish.accounts",
    ]  # fmt: skip
    assert events[-1]["outputs"][0]["name"] == "analytics.accounts"
    assert len({event["run"]["facets"]["parent"]["run"]["runId"] for event in events}) == 1
    route.source.insert(
        {"id": 1000, "name": "x", "balance": -(10**9) - 1, "updated_at": "2026-02-01 00:00:00"}
    )
    lines = logged(project.run("run", check=3).stderr)
    assert len({line["run_id"] for line in lines}) == 1
    told = measured(project)
    assert (told["pipeline_run_success"], told["pipeline_run_exit_code"]) == (0, 3)
    assert told["pipeline_last_success_timestamp_seconds"] < told["pipeline_last_run_timestamp_seconds"]
