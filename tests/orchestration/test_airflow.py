"""The generated DAG in a real Airflow: imported without error or warning, and really run."""

from __future__ import annotations

import json
import os
import subprocess
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from generator import generate
from generator.design.models import PipelineDesign, Retry
from tests.orchestration.airflow import programs
from tests.project.designs import design

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]
GROUPS = [
    "extraction", "pre_transform_quality", "transformation", "post_transform_quality", "loading", "final_quality",
]  # fmt: skip
IMPORT = """
import json, pathlib, sys, time, warnings
warnings.simplefilter("error")
from airflow.dag_processing.dagbag import DagBag
seconds = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py"), key=lambda path: "alone" not in path.name):
    began = time.process_time()
    DagBag(str(path))
    seconds[path.stem] = time.process_time() - began
bag = DagBag(sys.argv[1])
loaded = {name.partition(".")[0] for name in sys.modules}
dags = {
    dag.dag_id: {
        "description": dag.description, "timezone": str(dag.timezone), "timetable": repr(dag.timetable),
        "start": dag.start_date.isoformat(), "catchup": dag.catchup, "active": dag.max_active_runs,
        "minutes": dag.dagrun_timeout.total_seconds() / 60, "tags": sorted(dag.tags),
        "groups": list(dag.task_group.children),
        "tasks": {
            task.task_id: {
                "down": sorted(task.downstream_task_ids), "retries": task.retries, "delay": task.retry_delay.total_seconds(),
                "backoff": task.retry_exponential_backoff, "longest": task.max_retry_delay.total_seconds(), "owner": task.owner,
                "minutes": task.execution_timeout.total_seconds() / 60, "callbacks": len(task.on_failure_callback or []),
            }
            for task in dag.tasks
        },
    }
    for dag in bag.dags.values()
}
with open(sys.argv[2], "w") as out:
    json.dump({"errors": bag.import_errors, "loaded": sorted(loaded), "seconds": seconds, "dags": dags}, out)
"""


COMBINATIONS = list(product([False, True], repeat=4))
"""With and without transformations, checks of their outputs, retention, an upstream pipeline."""


def combination(modelled: bool, checked: bool, kept: bool, upstream: bool) -> PipelineDesign:
    name = f"stages_{modelled:d}{checked:d}{kept:d}{upstream:d}"
    quality: dict[str, list[Any]] = {"pre_transform": [], "post_transform": [], "final": []}
    if modelled and checked:
        quality["post_transform"] = [{"check": "unique", "table": "revenue", "columns": ["region"]}]
    made = design(name=name, modelled=modelled, quality=quality)
    made.requirements.retention_days = 30 if kept else None
    made.pipeline.depends_on = ["modelled"] if upstream else []
    return made


@pytest.fixture(scope="session")
def airflow() -> Path:
    return programs()


def variables(folder: Path) -> dict[str, str]:
    """Return the environment of an Airflow that lives in ``folder``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}


@pytest.fixture(scope="module")
def bag(airflow: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Several generated DAGs as Airflow sees them."""
    folder = tmp_path_factory.mktemp("airflow")
    hostile = '{{ 7 * 7 }} \'""" \\ {% raw %}\n\u2028 ünïcode'
    modelled = design(
        name="modelled",
        quality={
            "pre_transform": [{"check": "not_null", "table": "orders", "column": "order_id"}],
            "post_transform": [{"check": "unique", "table": "revenue", "columns": ["region"]}],
        },
    )
    modelled.pipeline.timezone = "Europe/Berlin"
    modelled.pipeline.schedule = "30 6 * * 1-5"
    modelled.pipeline.max_runtime_minutes = 45
    modelled.pipeline.tags = ["shop", 'it\'s "quoted"']
    modelled.pipeline.description = hostile
    modelled.requirements.retry = Retry(
        max_attempts=4, initial_delay_seconds=7, backoff_factor=1.5, max_delay_seconds=90
    )
    replicating = design(name="replicating", modelled=False)
    replicating.pipeline.depends_on = ["modelled"]
    dags = folder / "dags"
    for made in (modelled, replicating, *(combination(*flags) for flags in COMBINATIONS)):
        name = made.pipeline.name
        generate(made, folder / name)
        dags.mkdir(exist_ok=True)
        (folder / name / "orchestration" / "dags" / f"{name}_dag.py").rename(dags / f"{name}_dag.py")
    answer = folder / "answer.json"
    words = [str(airflow / "python"), "-W", "error::DeprecationWarning", "-c", IMPORT, str(dags), str(answer)]
    done = subprocess.run(words, env=variables(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "warning" not in done.stderr.lower(), done.stderr
    found = json.loads(answer.read_text())
    assert isinstance(found, dict)
    found["hostile"] = hostile
    return found


def test_dags_import_without_an_error(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert {"modelled", "replicating"} < set(bag["dags"])
    assert len(bag["dags"]) == 2 + len(COMBINATIONS)


def test_the_scheduler_loads_nothing_heavy(bag: dict[str, Any]) -> None:
    heavy = {"duckdb", "pyarrow", "adbc_driver_postgresql", "adbc_driver_manager", "pandas"}
    assert not (heavy | {"modelled", "replicating", "src"}) & set(bag["loaded"])


def test_a_dag_is_parsed_in_less_than_a_second_of_processor_time(bag: dict[str, Any]) -> None:
    """The first one parsed also pays for what all of them import."""
    assert len(bag["seconds"]) == 2 + len(COMBINATIONS)
    assert max(bag["seconds"].values()) < 1


def test_edges_are_complete_whichever_stage_is_absent(bag: dict[str, Any]) -> None:
    """Every DAG is one chain through all its tasks; what waits for others comes before its beginning."""
    seen = set()
    for name in bag["dags"]:
        tasks = bag["dags"][name]["tasks"]
        chain = ["extraction.extract_tables"]
        while following := tasks[chain[-1]]["down"]:
            assert len(following) == 1, (name, chain[-1])
            chain += following
        waiting = {task for task in tasks if task.startswith("wait_for_")}
        assert set(chain) == set(tasks) - waiting
        assert all(tasks[task]["down"] == chain[:1] for task in waiting)
        groups = [task.partition(".")[0] for task in chain]
        assert groups == [group for group in [*GROUPS, "retention"] if group in groups]
        seen.add((*groups, *waiting))
    assert len(seen) == 12


def test_groups_are_those_of_the_reference_and_none_is_empty(bag: dict[str, Any]) -> None:
    dag = bag["dags"]["modelled"]
    assert sorted(dag["groups"]) == sorted(GROUPS)
    order = {
        task.partition(".")[0]: [down.partition(".")[0] for down in facts["down"]]
        for task, facts in dag["tasks"].items()
    }
    for earlier, later in pairwise(GROUPS):
        assert order[earlier] == [later]
    short = ["extraction", "final_quality", "loading", "pre_transform_quality", "wait_for_modelled"]
    assert sorted(bag["dags"]["replicating"]["groups"]) == short


def test_schedule_limits_and_retries_come_from_the_design(bag: dict[str, Any]) -> None:
    dag = bag["dags"]["modelled"]
    assert "30 6 * * 1-5" in dag["timetable"]
    assert "Europe/Berlin" in dag["timetable"]
    assert dag["start"] == "2023-12-31T23:00:00+00:00"
    assert (dag["catchup"], dag["active"], dag["minutes"]) == (False, 1, 45)
    assert dag["tags"] == ['it\'s "quoted"', "shop"]
    assert dag["description"] == bag["hostile"]
    for facts in dag["tasks"].values():
        assert facts == {
            **facts,
            "retries": 3,
            "delay": 7,
            "backoff": 1.5,
            "longest": 90,
            "owner": "data-engineering",
            "minutes": 45,
            "callbacks": 1,
        }


def test_upstream_pipelines_are_waited_for(bag: dict[str, Any]) -> None:
    assert bag["dags"]["replicating"]["tasks"]["wait_for_modelled"]["down"] == ["extraction.extract_tables"]
