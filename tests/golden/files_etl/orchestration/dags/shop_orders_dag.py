"""Airflow 3 DAG of shop_orders: one task per stage, each running the pipeline's own command in its own environment.

Tasks are thin: what travels between them is the run's id, never rows, and nothing but Airflow is imported here.
The pipeline is found by SHOP_ORDERS_HOME (default: the project this file lies in) and run by the Python that
SHOP_ORDERS_PYTHON names (default: the project's .venv).

A scheduled run takes what is new since the last published watermark, whatever its data interval.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronDataIntervalTimetable, TaskGroup, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PIPELINE = "shop_orders"
HOME = Path(os.environ.get("SHOP_ORDERS_HOME", Path(__file__).resolve().parents[2]))
PYTHON = os.environ.get("SHOP_ORDERS_PYTHON", str(HOME / ".venv" / "bin" / "python"))
BACKFILL_TABLES: list[str] = []
"""The tables that are read by time; others have no past range to load again."""
NOT_WORTH_RETRYING = {
    1: "it failed, and has tried again what may pass",
    2: "wrong usage or configuration",
    3: "a quality gate stopped the run",
}
LOCKED = 75
LOOK_AGAIN_SECONDS = 15
LOOKS_AT_LOCK = 4
GRACE_SECONDS = 20


class ToldError(AirflowFailException):
    """The pipeline itself said that it failed."""


def run_command(*arguments: str) -> None:
    """Run one of the pipeline's commands, waiting for other runs to end; stop it when the task is stopped.

    Raises:
        ToldError: it failed in a way that a retry cannot mend.
        AirflowException: it was killed.
    """
    command = [PYTHON, "-m", PIPELINE, *arguments]
    while (code := exit_code(command)) == LOCKED:
        print(f"{PIPELINE}: another run is at work; looking again in {LOOK_AGAIN_SECONDS} s")
        time.sleep(LOOK_AGAIN_SECONDS)
    if code in NOT_WORTH_RETRYING:
        raise ToldError(f"{arguments[0]}: {NOT_WORTH_RETRYING[code]} (exit {code})")
    if code:
        raise AirflowException(f"{arguments[0]} ended with exit {code}")


def exit_code(command: list[str]) -> int:
    """Run a command to its end; when the task is stopped, end it as well, gently first."""
    with subprocess.Popen(command, cwd=HOME, env={**os.environ, "PIPELINE_HOME": str(HOME)}) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()  # what was not committed is rolled back all the same
            raise


def run_stage(stage: str, run_id: str | None) -> None:
    """Run one stage of the pipeline under the id that Airflow gives the run."""
    run_command("stage", stage, "--run-id", str(run_id))


def load_again(run_id: str | None, start: datetime | None, end: datetime | None) -> None:
    """Load the data interval of a backfill's run again."""
    if not BACKFILL_TABLES:
        raise AirflowFailException("no table is read by time, so there is no past range to load again")
    if start is None or end is None:
        raise AirflowFailException(f"the run {run_id} has no data interval to load again")
    first, last = (moment.astimezone(UTC).replace(tzinfo=None).isoformat() for moment in (start, end))
    tables = [f"--table={name}" for name in BACKFILL_TABLES]
    run_command("backfill", f"--from={first}", f"--to={last}", f"--run-id={run_id}", *tables)


def release_lock(context: dict[str, Any]) -> None:
    """Release the lock of a run that is over; one whose process was killed could not do so itself."""
    command = [PYTHON, "-m", PIPELINE, "unlock", "--run-id", str(context["run_id"]), "--yes"]
    if not Path(PYTHON).exists():
        print(f"{PIPELINE}: {PYTHON} is not on this machine, so the lock was not looked at", file=sys.stderr)
        return
    for _ in range(LOOKS_AT_LOCK):
        if exit_code(command) != LOCKED:
            return
        time.sleep(LOOK_AGAIN_SECONDS)  # a server takes a moment to see that a process was killed


def report_failure(context: dict[str, Any]) -> None:
    """Say on the task's log what failed and what to do."""
    instance, error = context["task_instance"], context.get("exception")
    message = (
        f"{instance.task_id} of run {context['run_id']} failed: {error}. "
        f"See `python -m {PIPELINE} status` and the runbook in data-pipeline-spec.md."
    )
    print(f"{PIPELINE}: {message}", file=sys.stderr)
    if not isinstance(error, ToldError):
        release_lock(context)


with DAG(
    dag_id=PIPELINE,
    description="Revenue per region",
    # A run starts when its interval ends; intervals follow each other without a gap, and so do those of a backfill.
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC")),
    catchup=False,
    max_active_runs=1,
    on_failure_callback=release_lock,
    dagrun_timeout=timedelta(minutes=120),
    tags=[],
    default_args={
        "owner": "data-engineering",
        "retries": 2,
        "retry_delay": timedelta(seconds=1),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(seconds=300),
        "execution_timeout": timedelta(minutes=120),
        "on_failure_callback": report_failure,
    },
) as dag:
    with TaskGroup(
        "extraction", tooltip="take new and changed rows from the sources into staging"
    ) as extraction:

        @task.short_circuit(task_id="extract_tables", max_active_tis_per_dag=1)
        def extract_tables(
            run_id: str | None = None,
            dag_run: Any = None,
            data_interval_start: datetime | None = None,
            data_interval_end: datetime | None = None,
        ) -> bool:
            if dag_run.run_type == "backfill":
                load_again(run_id, data_interval_start, data_interval_end)
                return False
            run_stage("extraction", run_id)
            return True

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
