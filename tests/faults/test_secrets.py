"""Secrets are in no file, log, process list or traceback, on no route: neither when all is well nor when nothing connects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults import planted
from tests.faults.children import ForkedProject, make
from tests.faults.places import place
from tests.faults.planted import KEY, hits, person
from tests.faults.sources import CsvSource, PostgresSource, Source, SqliteSource
from tests.servers.postgres import PostgresDatabase, PostgresServer

NOBODY_LISTENS = "127.0.0.2"
WRONG = "a wrong/password:that@nobody has"


def guarded(database: PostgresDatabase) -> dict[str, str | int]:
    """Return a connection whose password and host come from the environment."""
    return {**database.connection, "password": "${BANK_PASSWORD}", "host": "${BANK_HOST}"}


def source_of(origin: str, folder: Path, server: PostgresServer) -> Source:
    """Return a source of people; a database asks for a password."""
    source: Source
    if origin == "postgres":
        database = server.create_database()
        source = PostgresSource(database.url, guarded(database))
    else:
        source = CsvSource(folder / "bank") if origin == "csv" else SqliteSource(folder / "bank.sqlite")
    source.fill("people", planted.PEOPLE, [list(person(KEY).values())])
    return source


def listed_while_running(project: ForkedProject, secrets: list[str]) -> tuple[str, str]:
    """Run the pipeline as an interpreter of its own and read every process's command line meanwhile; return what it said."""
    running = project.start("--debug", "run")
    while running.poll() is None:
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = file.read_bytes()
            except OSError:
                continue
            assert not any(value.encode() in line for value in secrets), file
    out, err = running.communicate()
    assert running.returncode == 0, err
    return out, err


@pytest.mark.slow
@pytest.mark.routes
def test_secrets_are_in_no_file_log_process_list_or_traceback(
    origin: str, target: str, pattern: str, tmp_path: Path, scram_postgres_server: PostgresServer
) -> None:
    server = scram_postgres_server
    source = source_of(origin, tmp_path, server)
    database = server.create_database() if target == "postgres" else None
    to = place(target, tmp_path, database)
    if database:
        to.design = {**to.design, "connection": guarded(database)}
    design = planted.design({"type": source.type, "connection": source.connection}, to, "upsert", pattern)
    mounted = tmp_path.parent / f"{tmp_path.name}-secret"
    mounted.write_text(planted.TOKEN_KEY + "\n")
    environment = {
        "BANK_PASSWORD": server.password, "BANK_HOST": server.host, "PII_TOKEN_KEY_FILE": str(mounted),
    }  # fmt: skip
    project = make(design, tmp_path / "project", environment)
    secrets = [server.password, planted.TOKEN_KEY, WRONG]
    said = [*listed_while_running(project, secrets)]
    failures: list[Mapping[str, str]] = [{}, {"BANK_PASSWORD": WRONG}, {"BANK_HOST": NOBODY_LISTENS}]
    for failure in failures if "postgres" in (origin, target) else failures[:1]:
        for words in (["--debug", "doctor"], ["--debug", "status"], ["--debug", "run"]):
            done = project.run(*words, env=failure, check=None)
            assert done.returncode == 0 or failure
            said += [done.stdout, done.stderr]
    for value in secrets:
        assert not any(value in text for text in said)
    assert hits(secrets, [tmp_path], to) == []


@pytest.mark.slow
@pytest.mark.routes
def test_secret_in_the_name_of_what_is_not_there_is_shown_nowhere(
    origin: str, target: str, pattern: str, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Whoever refuses a name says which: the error, its line in the log and the record of the run hide the secret."""
    if origin == "postgres":
        connection = {**postgres_server.create_database().connection, "database": "${BANK_TOKEN}"}
    else:
        connection = {"path": str(tmp_path / "bank" / "${BANK_TOKEN}" / "bank.sqlite")}
    kind = {"csv": "files"}.get(origin, origin)
    to = place(target, tmp_path, postgres_server.create_database() if target == "postgres" else None)
    design = planted.design({"type": kind, "connection": connection}, to, "upsert", pattern)
    secret = "tok-7f3a-of-nobody"
    project = make(design, tmp_path / "project", {"BANK_TOKEN": secret, "PII_TOKEN_KEY": planted.TOKEN_KEY})
    for words in (["run"], ["--debug", "run"]):
        done = project.run(*words, check=1)
        assert "run_failed" in done.stderr
        assert "***" in done.stderr
        assert secret not in done.stdout + done.stderr
    ((error,),) = set(read_runs(project))
    assert "***" in error
    assert hits([secret], [tmp_path], to) == []


def read_runs(project: ForkedProject) -> list[tuple[str]]:
    """Return the errors of all runs on record."""
    return [(str(run["error"]),) for run in project.status()["runs"]]
