"""An erased person stays away though the source still has them, and nothing of them is left in the destination's files."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.design.models import Loading, Transformation
from generator.design.yaml_io import load_design
from tests.faults.children import make
from tests.faults.places import PostgresPlace
from tests.faults.planted import EMAIL, KEY, OTHER, TOKEN_KEY, hits, person
from tests.faults.sources import Source
from tests.faults.test_personal_data import kept, people
from tests.generated import GeneratedProject


def balance(project: GeneratedProject) -> tuple[int, int, int, int]:
    """Return extracted, loaded, rejected and filtered rows of the last run, which must balance."""
    last: dict[str, Any] = project.status()["runs"][0]
    found = (last["extracted"], last["loaded"], last["rejected"], last["filtered"])
    assert found[0] == sum(found[1:])
    return found


@pytest.mark.slow
@pytest.mark.routes("upsert", "merge", "scd2", "append")
def test_erased_person_does_not_come_back_from_the_source(
    origin: str, target: str, pattern: str, strategy: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    project, source, to = people(origin, target, pattern, strategy, tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER, email="other@example.org"), table="people")
    project.run("run")
    assert "left out from now on" in project.run("erase", "--subject", KEY, "--yes").stdout
    project.run("run")
    assert balance(project) == (2, 1, 0, 1)
    source.insert(person(KEY, day=2, balance="11"), table="people")
    project.run("run")
    assert balance(project)[3] == 1
    project.wipe_state()
    project.run("run", "--full-refresh")
    assert balance(project) == (2, 1, 0, 1)
    assert to.rows("SELECT DISTINCT customer_id FROM {accounts}", "people") == [(OTHER,)]
    assert hits((KEY,), kept(tmp_path), to) == []
    assert "lifted" in project.run("erase", "--subject", KEY, "--lift").stdout
    project.run("run", "--full-refresh")
    assert balance(project) == (2, 2, 0, 0)
    assert set(to.rows("SELECT customer_id FROM {accounts}", "people")) == {(KEY,), (OTHER,)}


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite", "csv"))
def test_person_erased_by_e_mail_address_stays_away_under_their_key(
    origin: str, target: str, pattern: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    project, source, to = people(origin, target, pattern, "upsert", tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER, email="other@example.org"), table="people")
    project.run("run")
    project.run("erase", "--subject", EMAIL, "--yes")
    source.insert(person(KEY, day=2, email="new@example.org"), table="people")
    project.run("run")
    assert to.rows("SELECT customer_id FROM {accounts}", "people") == [(OTHER,)]
    assert "not among the erased" in project.run("erase", "--subject", KEY, "--lift").stdout


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_person_erased_by_a_former_e_mail_address_is_gone(
    origin: str, target: str, pattern: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """Where the value before the last change is kept beside the current one, that is all they are known by."""
    project, source, to = people(origin, target, pattern, "scd3", tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER, email="other@example.org"), table="people")
    project.run("run")
    source.insert(person(KEY, day=2, email="new@example.org"), table="people")
    project.run("run")
    token = hmac.new(TOKEN_KEY.encode(), EMAIL.encode(), hashlib.sha256).hexdigest()
    former = "SELECT customer_id FROM {accounts} WHERE previous_email = '" + token + "'"
    assert to.rows(former, "people") == [(KEY,)]
    project.run("erase", "--subject", EMAIL, "--yes")
    assert hits((KEY, token), kept(tmp_path), to) == []
    project.run("run", "--full-refresh")
    assert to.rows("SELECT customer_id FROM {accounts}", "people") == [(OTHER,)]


@pytest.mark.slow
def test_rejected_row_of_an_erased_person_is_no_dead_letter(
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest
) -> None:
    project, source, to = people("sqlite", "duckdb", "batch_elt", "upsert", tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER), table="people")
    project.run("erase", "--subject", KEY, "--yes")
    source.insert(person(KEY, balance="a lot"), table="people")
    project.run("run")
    assert balance(project) == (2, 1, 0, 1)
    assert hits((KEY,), kept(tmp_path), to) == []


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",))
def test_erased_person_is_in_no_computed_table_either(
    origin: str, target: str, pattern: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    project, source, to = people(origin, target, pattern, "upsert", tmp_path, source_of, request)
    design = load_design(project.folder / "config" / "pipeline_config.yaml")
    query = "SELECT customer_id, balance FROM staging.people"
    loading = Loading(strategy="merge", key=["customer_id"])
    design.transformations = [
        Transformation(
            name="ledger", input_tables=["staging.people"], output_table="analytics.ledger", sql=query, loading=loading
        )
    ]  # fmt: skip
    design.quality = type(design.quality)()
    project = make(design, tmp_path / "modelled", project.env)
    source.insert(person(KEY), person(OTHER), table="people")
    project.run("run")
    assert hits((KEY,), kept(tmp_path), to)
    project.run("erase", "--subject", KEY, "--yes")
    assert hits((KEY,), kept(tmp_path), to) == []
    for words in (["run"], ["run", "--full-refresh"]):
        project.run(*words)
        assert to.rows("SELECT customer_id FROM {accounts}", "ledger") == [(OTHER,)]
    assert hits((KEY,), kept(tmp_path), to) == []


@pytest.mark.slow
@pytest.mark.parametrize(("origin", "pattern"), [("postgres", "batch_elt"), ("sqlite", "batch_etl")])
@pytest.mark.parametrize("strategy", ["upsert", "scd2"])
def test_erased_rows_are_gone_from_the_pages_of_the_server(
    origin: str, pattern: str, strategy: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    project, source, to = people(origin, "postgres", pattern, strategy, tmp_path, source_of, request)
    assert isinstance(to, PostgresPlace)
    source.insert(person(KEY), person(OTHER), table="people")
    project.run("run")
    assert [1 for page in pages(to) if KEY.encode() in page]
    source.insert(person(KEY, day=2, balance="11"), table="people")
    project.run("run")
    project.run("erase", "--subject", KEY, "--yes")
    assert [1 for page in pages(to) if OTHER.encode() in page]
    assert [1 for page in pages(to) if KEY.encode() in page] == []


@pytest.mark.slow
def test_remains_that_cannot_be_removed_are_named(
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest
) -> None:
    project, source, to = people("sqlite", "postgres", "batch_etl", "upsert", tmp_path, source_of, request)
    assert isinstance(to, PostgresPlace)
    source.insert(person(KEY), person(OTHER), table="people")
    project.run("run")
    to.execute(
        "CREATE ROLE stranger",
        "GRANT ALL ON SCHEMA analytics TO stranger",
        "ALTER TABLE analytics.people OWNER TO stranger",
        "CREATE ROLE loader LOGIN",
        "GRANT ALL ON SCHEMA analytics, _people TO loader",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA analytics, _people TO loader",
    )
    connection = to.design["connection"]
    config = project.folder / "config" / "pipeline_config.yaml"
    config.write_text(config.read_text().replace(f"username: {connection['username']}", "username: loader"))
    said = project.run("erase", "--subject", KEY, "--yes", check=1).stderr.splitlines()[-1]
    assert 'VACUUM FULL on "analytics"."people"' in said
    assert to.rows("SELECT customer_id FROM {accounts}", "people") == [(OTHER,)]


def pages(to: PostgresPlace) -> list[bytes]:
    """Return the files of all tables of the pipeline, as they are on the server's disk."""
    to.execute("CHECKPOINT")
    ((folder,),) = to.rows("SHOW data_directory")
    files = to.rows(
        "SELECT pg_relation_filepath(c.oid) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('analytics', 'staging', '_people') AND c.relkind IN ('r', 'i', 't')"
    )
    return [(Path(folder) / file).read_bytes() for (file,) in files]


DYING_AT_ITS_END = f"""
import os, sys
from people.__main__ import main
from people.utils.lock import RunLock
RunLock.release = lambda self: os._exit(0)
main(["erase", "--subject", {KEY!r}, "--yes"])
"""


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite",), targets=("files",))
def test_files_that_held_an_erased_person_are_gone_although_readers_may_be_under_way(
    origin: str, target: str, pattern: str,
    tmp_path: Path, source_of: Callable[[str], Source], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """What a commit has replaced usually stays until the next commit, which an erasure does not wait for."""
    project, source, to = people(origin, target, pattern, "upsert", tmp_path, source_of, request)
    source.insert(person(KEY), person(OTHER), table="people")
    project.run("run")
    assert hits((KEY,), [tmp_path / "lake"], to)
    project.run_python(DYING_AT_ITS_END)
    assert hits((KEY,), [tmp_path / "lake"], to) == []
    assert to.rows("SELECT customer_id FROM {accounts}", "people") == [(OTHER,)]
