"""A source table that changes its shape: each change does what the table's contract says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from generator.design.models import Column, Contract, PipelineDesign
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.test_kills_of_repairs import watermarks
from tests.faults.world import START, Row
from tests.generated import GeneratedProject, make

ROUTES = [
    ("postgres", "duckdb", "batch_etl"),
    ("postgres", "files", "batch_etl"),
    ("postgres", "postgres", "batch_elt"),
    ("sqlite", "postgres", "batch_etl"),
]
LATER = START + timedelta(days=1)


def started(
    route: Route, folder: Path, contract: Contract, design: PipelineDesign | None = None
) -> GeneratedProject:
    """Return a project that has published two accounts."""
    design = design or route.design
    design.sources[0].tables[0].contract = contract
    project = make(design, folder)
    route.source.put([Row(1, "Ann", 100, START), Row(2, None, 200, START)])
    project.run("run")
    return project


def add(route: Route, columns: str, values: str) -> None:
    """Insert a row into the source."""
    route.source.execute(f"insert into accounts ({columns}) values ({values})")


def published(route: Route, columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the published accounts, by id."""
    return route.place.rows(f"SELECT {columns} FROM {{accounts}} ORDER BY id")


@pytest.mark.slow
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
def test_new_column_is_taken_along(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract(new_column="evolve"))
    route.source.execute("alter table accounts add column region varchar(10)")
    add(route, "id, name, balance, updated_at, region", f"3, 'Bo', 3, '{LATER}', 'north'")
    assert "region" in project.run("run").stderr
    project.run("run")
    assert published(route, "id, region") == [(1, None), (2, None), (3, "north")]


@pytest.mark.slow
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES[:1] + ROUTES[-1:])
def test_new_column_of_a_frozen_table_is_left_out(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract(new_column="freeze"))
    route.source.execute("alter table accounts add column region varchar(10)")
    add(route, "id, name, balance, updated_at, region", f"3, 'Bo', 3, '{LATER}', 'north'")
    assert "left out" in project.run("run").stderr
    assert len(published(route, "*")[0]) == 4


@pytest.mark.slow
@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
def test_dropped_column_is_kept_and_a_renamed_one_is_a_new_one(
    renamed: bool, origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract())
    change = "rename column name to title" if renamed else "drop column name"
    route.source.execute(f"alter table accounts {change}")
    add(route, "id, balance, updated_at", f"3, 3, '{LATER}'")
    assert "name is gone" in project.run("run").stderr
    # The rows at the watermark are read again; a column that is gone must not empty what was published.
    assert published(route, "id, name") == [(1, "Ann"), (2, None), (3, None)]
    assert len(published(route, "*")[0]) == 4 + renamed


@pytest.mark.slow
@pytest.mark.parametrize(
    "contract",
    [Contract(dropped_column="stop"), Contract(widened_type="stop"), Contract(type_conflict="stop")],
)
def test_contract_that_says_stop_stops_before_anything_is_read(
    contract: Contract, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("postgres", "duckdb", "batch_etl")
    project = started(route, tmp_path / "project", contract)
    change = {"dropped_column": "drop column name", "widened_type": "alter balance type numeric(20,4)"}
    which = next((c for c in change if getattr(contract, c) == "stop"), "")
    route.source.execute(f"alter table accounts {change.get(which, 'alter balance type text')}")
    said = project.run("run", check=1).stderr.splitlines()[-1]
    assert "contract says to stop" in said
    assert "accounts" in said
    assert published(route, "id, name") == [(1, "Ann"), (2, None)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "pattern"),
    [("duckdb", "batch_etl"), ("files", "batch_etl"), ("postgres", "batch_elt"), ("postgres", "batch_etl")],
)
def test_wider_types_widen_what_is_published(
    target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("postgres", target, pattern)
    route.source.execute(
        "alter table accounts add column seats integer", "alter table accounts alter name type varchar(5)"
    )
    design = route.design
    design.sources[0].tables[0].columns_probed.append(Column(name="seats", type="integer"))
    project = started(route, tmp_path / "project", Contract(), design)
    route.source.execute(
        "alter table accounts alter seats type bigint", "alter table accounts alter name type varchar(500)",
        "alter table accounts alter balance type numeric(20,4)",
    )  # fmt: skip
    add(
        route,
        "id, name, balance, updated_at, seats",
        f"3, '{'long' * 50}', 1234567890123.4567, '{LATER}', 9007199254740993",
    )
    assert "widened" in project.run("run").stderr
    project.run("run")
    assert published(route, "id, length(name), CAST(balance AS VARCHAR(30)), seats")[1:] == [
        (2, None, "2.0000", None), (3, 200, "1234567890123.4567", 9007199254740993),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("target", "pattern"), [("duckdb", "batch_etl"), ("postgres", "batch_elt")])
def test_narrower_type_changes_nothing(
    target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route("postgres", target, pattern)
    project = started(route, tmp_path / "project", Contract())
    route.source.execute("alter table accounts alter balance type numeric(6,2)")
    add(route, "id, name, balance, updated_at", f"3, 'Bo', 3.5, '{LATER}'")
    assert "which fits" in project.run("run").stderr
    assert published(route, "id, CAST(balance AS VARCHAR(30))") == [(1, "1.00"), (2, "2.00"), (3, "3.50")]


@pytest.mark.slow
@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
def test_text_in_a_number_is_a_dead_letter_that_shows_the_value_unless_personal(
    personal: bool, origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    design = route.design
    design.sources[0].tables[0].pii = {"name": "mask", "balance": "mask"} if personal else {"name": "mask"}
    project = started(route, tmp_path / "project", Contract(), design)
    if origin == "postgres":
        route.source.execute("alter table accounts alter balance type text")
    add(route, "id, name, balance, updated_at", f"3, 'Bo', 'a lot of money', '{LATER}'")
    done = project.run("run")
    shown = project.run("dlq", "list", "--json").stdout
    if personal:
        assert "a lot of money" not in shown + done.stderr + done.stdout
        return
    assert '"offending_value": "a lot of money"' in shown
    assert "balance does not fit decimal(12,2)" in shown
    assert published(route, "id") == [(1,), (2,)]


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["id", "updated_at", "table"])
@pytest.mark.parametrize(("origin", "target", "pattern"), ROUTES)
def test_lost_key_watermark_or_table_stops_and_names_it(
    lost: str, origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract())
    held = watermarks(project)
    change = "rename to old_accounts" if lost == "table" else f"rename column {lost} to was_{lost}"
    route.source.execute(f"alter table accounts {change}")
    said = project.run("run", check=1).stderr.splitlines()[-1]
    assert "accounts" in said
    assert "gone" in said
    assert lost in said
    assert published(route, "id") == [(1,), (2,)]
    assert watermarks(project) == held
