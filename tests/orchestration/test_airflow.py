"""The generated DAG in a real Airflow: imported without error or warning, and really run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from generator import generate
from generator.demo import demo_design, make_shop
from tests.environments import environment
from tests.project.designs import design

pytestmark = pytest.mark.slow
AIRFLOW = "apache-airflow==3.3.2"
GROUPS = [
    "extraction", "pre_transform_quality", "transformation", "post_transform_quality", "loading", "final_quality",
]  # fmt: skip
IMPORT = """
import json, sys, warnings
warnings.simplefilter("error")
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
bag = DagBag(sys.argv[1])
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
dags = {
    dag.dag_id: {
        "description": dag.description, "timezone": str(dag.timezone), "timetable": repr(dag.timetable),
        "start": dag.start_date.isoformat(), "catchup": dag.catchup, "active": dag.max_active_runs,
        "minutes": dag.dagrun_timeout.total_seconds() / 60, "tags": sorted(dag.tags),
        "groups": list(dag.task_group.children),
        "tasks": {
            task.task_id: {
                "down": sorted(task.downstream_task_ids), "retries": task.retries, "owner": task.owner,
                "minutes": task.execution_timeout.total_seconds() / 60, "callbacks": len(task.on_failure_callback or []),
            }
            for task in dag.tasks
        },
    }
    for dag in bag.dags.values()
}
with open(sys.argv[2], "w") as out:
    json.dump({"errors": bag.import_errors, "loaded": sorted(loaded), "dags": dags}, out)
"""


@pytest.fixture(scope="session")
def airflow() -> Path:
    return environment("airflow", AIRFLOW) / "bin"


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
    modelled.requirements.retry.max_attempts = 4
    replicating = design(name="replicating", modelled=False)
    replicating.pipeline.depends_on = ["modelled"]
    dags = folder / "dags"
    for made in (modelled, replicating):
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
    assert set(bag["dags"]) == {"modelled", "replicating"}


def test_the_scheduler_loads_nothing_heavy(bag: dict[str, Any]) -> None:
    assert not {"duckdb", "pyarrow", "structlog", "adbc_driver_postgresql", "modelled", "src"} & set(
        bag["loaded"]
    )


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
        assert facts == {**facts, "retries": 3, "owner": "data-engineering", "minutes": 45, "callbacks": 1}


def test_upstream_pipelines_are_waited_for(bag: dict[str, Any]) -> None:
    assert bag["dags"]["replicating"]["tasks"]["wait_for_modelled"]["down"] == ["extraction.extract_tables"]


def test_a_run_by_airflow_publishes_the_demo(airflow: Path, tmp_path: Path) -> None:
    make_shop(tmp_path / "shop.sqlite")
    project = tmp_path / "shop_orders"
    generate(demo_design(tmp_path), project)
    links = tmp_path / "links"
    links.mkdir()
    (links / "shop_orders").symlink_to(project / "src")
    env = variables(tmp_path / "airflow") | {
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "orchestration" / "dags"),
        "SHOP_ORDERS_PYTHON": sys.executable,
        "PYTHONPATH": str(links),
        "SHOP_PATH": str(tmp_path / "shop.sqlite"),
        "WAREHOUSE_PATH": str(tmp_path / "warehouse.duckdb"),
        "PII_TOKEN_KEY": "0123456789abcdef0123456789abcdef",
    }
    for words in (["db", "migrate"], ["dags", "test", "shop_orders"]):
        done = subprocess.run(
            [str(airflow / "airflow"), *words], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    import duckdb

    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as database:
        counts = database.execute(
            "SELECT (SELECT count(*) FROM analytics.daily_revenue), (SELECT count(*) FROM analytics.dim_customer)"
        ).fetchall()[0]
    assert min(counts) > 0
