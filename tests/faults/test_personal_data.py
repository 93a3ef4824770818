"""Personal data is found nowhere but at its source; erased people are found nowhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import planted
from tests.faults.children import make
from tests.faults.places import Place, place
from tests.faults.planted import EMAIL, KEY, OTHER, PHONE, SECRETS, TAX, hits, person
from tests.faults.sources import PostgresSource, Source
from tests.generated import GeneratedProject
from tests.servers.postgres import PostgresServer


def people(
    origin: str,
    target: str,
    pattern: str,
    strategy: str,
    folder: Path,
    source_of: Callable[[str], Source],
    request: pytest.FixtureRequest,
) -> tuple[GeneratedProject, Source, Place]:
    """Return a project of people, its source and its destination."""
    source = source_of(origin)
    source.fill("people", planted.PEOPLE, [])
    server: PostgresServer | None = (
        request.getfixturevalue("postgres_server") if target == "postgres" else None
    )
    to = place(target, folder, server.create_database() if server else None)
    design = planted.design({"type": source.type, "connection": source.connection}, to, strategy, pattern)
    return make(design, folder / "project", {"PII_TOKEN_KEY": planted.TOKEN_KEY}), source, to


def spoil(source: Source) -> None:
    """Have the source give rows that do not fit."""
    if isinstance(source, PostgresSource):
        source.execute(
            "alter table people alter balance type text", "alter table people alter updated_at type text"
        )


@pytest.mark.slow
@pytest.mark.routes("upsert", "append", "scd2")
def test_planted_personal_values_are_nowhere(
    origin: str, target: str, pattern: str, strategy: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    project, source, to = people(origin, target, pattern, strategy, tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER), table="people")
    said = [project.run("run")]
    spoil(source)
    source.insert(person("CUST-3", balance="a lot", day=2), table="people")
    said += [
        project.run(*words) for words in (["--debug", "run"], ["dlq", "replay"], ["dlq", "list", "--json"])
    ]
    said += [
        project.run("check", check=None),
        project.run("status", "--json"),
        project.run("run", "--full-refresh"),
    ]
    (project.folder / "sql" / "staging" / "people_staging.sql").write_text(
        "SELECT CAST(email AS INTEGER) AS email\nFROM raw\n"
    )
    said.append(project.run("--debug", "run", check=1))
    for done in said:
        assert not [value for value in SECRETS if value in done.stdout + done.stderr]
    assert hits(SECRETS, kept(tmp_path), to) == []
    assert hits((OTHER,), kept(tmp_path), to), "what is there is found"
    token = hmac.new(planted.TOKEN_KEY.encode(), EMAIL.encode(), hashlib.sha256).hexdigest()
    assert set(
        to.rows("SELECT email, phone FROM {accounts} WHERE customer_id = '" + KEY + "'", "people")
    ) == {(token, "***")}


def kept(folder: Path) -> list[Path]:
    """Return the folders in which nothing planted may be: all but the source."""
    return [path for path in folder.iterdir() if path.is_dir() and path.name != "bank"] + [
        folder / "warehouse.duckdb"
    ]


@pytest.mark.slow
@pytest.mark.routes("upsert", "merge", "scd2", "scd3", "append")
def test_erased_person_is_nowhere_and_nobody_else_is_gone(
    origin: str, target: str, pattern: str, strategy: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    project, source, to = people(origin, target, pattern, strategy, tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER, email="other@example.org"), table="people")
    project.run("run")
    spoil(source)
    source.insert(person(KEY, day=2, vanished=True), table="people")
    project.run("run")
    source.insert(person(KEY, day=3, vanished=True, balance="a lot"), table="people")
    project.run("run")
    source.fill("people", planted.PEOPLE, [list(person(OTHER, email="other@example.org").values())])
    token = hmac.new(planted.TOKEN_KEY.encode(), EMAIL.encode(), hashlib.sha256).hexdigest()
    assert hits((KEY,), kept(tmp_path), to)
    project.run("erase", "--subject", KEY, "--yes")
    assert hits((KEY, token), kept(tmp_path), to) == []
    assert "nothing is known" in project.run("erase", "--subject", KEY).stdout
    assert to.rows("SELECT customer_id FROM {accounts}", "people") == [(OTHER,)]
    project.run("run")
    assert to.rows("SELECT customer_id FROM {accounts}", "people") == [(OTHER,)]


@pytest.mark.slow
def test_malformed_csv_shows_no_personal_value(tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    folder.mkdir()
    names = ",".join(planted.PEOPLE)
    good = f"{KEY},{EMAIL},{PHONE},{TAX},10,false,2026-01-01 10:00:00\n"
    (folder / "people.csv").write_text(f"{names}\n{good}")
    to = place("duckdb", tmp_path, None)
    design = planted.design({"type": "files", "connection": {"path": str(folder)}}, to, "upsert", "batch_etl")
    project = make(design, tmp_path / "project", {"PII_TOKEN_KEY": planted.TOKEN_KEY})
    project.run("run")
    (folder / "people.csv").write_text(
        f'{names}\n{good}x,{EMAIL},{PHONE},"{TAX}\n{EMAIL},{PHONE},{TAX},1,2,3,4,5,6,7,8,9\n'
    )
    done = project.run("--debug", "run", check=1)
    assert not [value for value in SECRETS if value in done.stdout + done.stderr]
    assert hits(SECRETS, kept(tmp_path), to) == []
