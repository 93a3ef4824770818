"""Airflow 3 DAG of shop_orders: one task per stage, each running the pipeline's own command in its own environment.

Tasks are thin: what travels between them is the run's id, never rows, and nothing but Airflow is imported here.
The pipeline is found by SHOP_ORDERS_HOME (default: the project this file lies in) and run by the Python that
SHOP_ORDERS_PYTHON names (default: the project's .venv).
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, TaskGroup, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PIPELINE = "shop_orders"
HOME = Path(os.environ.get("SHOP_ORDERS_HOME", Path(__file__).resolve().parents[2]))
PYTHON = os.environ.get("SHOP_ORDERS_PYTHON", str(HOME / ".venv" / "bin" / "python"))
NOT_WORTH_RETRYING = {2: "wrong usage or configuration", 3: "a quality gate stopped the run"}


def run_command(*arguments: str) -> None:
    """Run one of the pipeline's commands; stop it when the task is stopped.

    Raises:
        AirflowFailException: it failed in a way that a retry cannot mend.
        AirflowException: it failed.
    """
    command = [PYTHON, "-m", PIPELINE, *arguments]
    with subprocess.Popen(command, cwd=HOME, env={**os.environ, "PIPELINE_HOME": str(HOME)}) as process:
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            raise
    if code in NOT_WORTH_RETRYING:
        raise AirflowFailException(f"{arguments[0]}: {NOT_WORTH_RETRYING[code]} (exit {code})")
    if code:
        raise AirflowException(f"{arguments[0]} ended with exit {code}")


def run_stage(stage: str, run_id: str | None) -> None:
    """Run one stage of the pipeline under the id that Airflow gives the run."""
    run_command("stage", stage, "--run-id", str(run_id))


def report_failure(context: dict[str, Any]) -> None:
    """Say on the task's log what failed and what to do; the pipeline itself alerts its channels."""
    instance = context["task_instance"]
    print(  # the task log
        f"{PIPELINE}: {instance.task_id} of run {context['run_id']} failed: {context.get('exception')}. "
        f"See `python -m {PIPELINE} status` and the runbook in data-pipeline-spec.md.",
        file=sys.stderr,
    )


with DAG(
    dag_id=PIPELINE,
    description="Revenue per region",
    schedule=CronTriggerTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC")),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=120),
    tags=[],
    default_args={
        "owner": "data-engineering",
        "retries": 2,
        "retry_delay": timedelta(seconds=1),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(seconds=300),
        "execution_timeout": timedelta(minutes=120),
        "on_failure_callback": report_failure,
    },
) as dag:
    with TaskGroup(
        "extraction", tooltip="take new and changed rows from the sources into staging"
    ) as extraction:

        @task(task_id="extract_tables")
        def extract_tables(run_id: str | None = None) -> None:
            run_stage("extraction", run_id)

        extract_tables()

    with TaskGroup("pre_transform_quality", tooltip="check the staged rows") as pre_transform_quality:

        @task(task_id="check_staging")
        def check_staging(run_id: str | None = None) -> None:
            run_stage("pre_transform_quality", run_id)

        check_staging()

    with TaskGroup("loading", tooltip="publish everything in one transaction") as loading:

        @task(task_id="publish_tables")
        def publish_tables(run_id: str | None = None) -> None:
            run_stage("loading", run_id)

        publish_tables()

    with TaskGroup("final_quality", tooltip="check what was published") as final_quality:

        @task(task_id="check_published")
        def check_published(run_id: str | None = None) -> None:
            run_stage("final_quality", run_id)

        check_published()

    extraction >> pre_transform_quality >> loading >> final_quality
