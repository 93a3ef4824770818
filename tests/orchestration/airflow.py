"""A real Airflow with a home of its own: one command at a time, or with its services running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import generate
from generator.design.models import PipelineDesign
from tests.environments import environment
from tests.servers.postgres import PostgresDatabase, free_port

AIRFLOW = ("apache-airflow==3.3.2", "psycopg2-binary", "asyncpg")
RUNNING_SECONDS = 150
"""How long services, tasks and runs may take on a busy machine."""
CLEAR = """
import sys
from airflow.models.serialized_dag import SerializedDagModel
dag = SerializedDagModel.get_dag(sys.argv[1])
print("cleared", dag.clear(run_id=sys.argv[2], task_ids=sys.argv[3:]))
"""


def programs() -> Path:
    """Return the folder of Airflow's programs."""
    return environment("airflow", *AIRFLOW) / "bin"


@dataclass(frozen=True)
class Airflow:
    """An Airflow home whose DAGs are those of the projects generated below it, with a database of its own.

    The database is a PostgreSQL: on SQLite, Airflow's services lock each other out.
    """

    folder: Path
    database: PostgresDatabase
    port: int

    @property
    def projects(self) -> Path:
        """Where projects are generated."""
        return self.folder / "projects"

    @property
    def env(self) -> dict[str, str]:
        """Environment of everything that belongs to this Airflow; pipelines run by our own Python."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        pythons = {f"{path.name.upper()}_PYTHON": sys.executable for path in self.projects.iterdir()}
        return {
            **kept,
            **pythons,
            "PATH": f"{programs()}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.folder / "links"),
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database.url.replace(
                "postgresql:", "postgresql+psycopg2:"
            ),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.folder / "dags"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__API__PORT": str(self.port),
        }

    def add(self, design: PipelineDesign) -> Path:
        """Generate a project whose DAG this Airflow finds, importable by the pipelines' Python."""
        name = design.pipeline.name
        generate(design, self.projects / name)
        (self.folder / "links" / name).symlink_to(self.projects / name / "src", target_is_directory=True)
        file = Path("orchestration", "dags", f"{name}_dag.py")
        (self.folder / "dags" / file.name).symlink_to(self.projects / name / file)
        return self.projects / name

    def run(self, *words: str, check: int | None = 0, env: Mapping[str, str] | None = None) -> str:
        """Run one of Airflow's commands and return what it printed."""
        done = subprocess.run(
            [programs() / "airflow", *words], env={**self.env, **(env or {})}, capture_output=True, text=True, check=False, timeout=240
        )  # fmt: skip
        assert check in (None, done.returncode), done.stdout[-6000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    def clear(self, dag: str, run: str, tasks: list[str]) -> None:
        """Clear tasks of a run, as the button of Airflow's pages does."""
        words = [str(programs() / "python"), "-c", CLEAR, dag, run, *tasks]
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, check=False, timeout=240)
        assert done.stdout.splitlines()[-1:] == [f"cleared {len(tasks)}"], done.stdout + done.stderr

    def states(self, dag: str) -> dict[str, str]:
        """Return the state of each task of the DAG's newest run."""
        newest = f"SELECT run_id FROM dag_run WHERE dag_id = '{dag}' ORDER BY id DESC LIMIT 1"
        sql = f"SELECT task_id, state FROM task_instance WHERE dag_id = '{dag}' AND run_id = ({newest})"
        return dict(self.database.query(sql))

    def wait(self, dag: str, runs: int, *, state: str = "success") -> None:
        """Wait until the DAG has so many runs and none is under way; all must have ended in one state."""
        deadline = time.monotonic() + RUNNING_SECONDS
        while time.monotonic() < deadline:
            states = [
                row[0] for row in self.database.query(f"SELECT state FROM dag_run WHERE dag_id = '{dag}'")
            ]
            if len(states) >= runs and set(states) <= {"success", "failed"}:
                assert states == [state] * runs, self.states(dag)
                return
            time.sleep(0.5)
        raise AssertionError(f"{dag}: {states} after {RUNNING_SECONDS} s; {self.states(dag)}")

    @contextlib.contextmanager
    def services(self) -> Iterator[None]:
        """Run API server, scheduler and DAG processor for as long as the block lasts."""
        started = []
        for name in ("api-server", "scheduler", "dag-processor"):
            words = [str(programs() / "airflow"), name, *(["--workers", "1"] if name == "api-server" else [])]
            with (self.folder / f"{name}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(words, env=self.env, stdout=log, stderr=log, start_new_session=True)
                )
        try:
            yield
        finally:
            for process in started:
                os.killpg(process.pid, signal.SIGTERM)
            for process in started:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_for_dag(self, dag: str) -> None:
        """Wait until the DAG processor has read a DAG."""
        deadline = time.monotonic() + RUNNING_SECONDS
        while not self.database.query(f"SELECT dag_id FROM dag WHERE dag_id = '{dag}'"):
            assert time.monotonic() < deadline, (self.folder / "dag-processor.log").read_text()[-4000:]
            time.sleep(0.5)


def make_airflow(folder: Path, database: PostgresDatabase) -> Airflow:
    """Make an Airflow home; its database is migrated."""
    for name in ("projects", "links", "dags"):
        (folder / name).mkdir(parents=True)
    airflow = Airflow(folder, database, free_port())
    airflow.run("db", "migrate")
    return airflow
