"""A source table that changes its shape: each change does what the table's contract says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from generator.design.models import Column, Contract, PipelineDesign
from tests.faults.children import make
from tests.faults.conftest import MakeRoute
from tests.faults.places import Route
from tests.faults.sources import PostgresSource, SqlSource
from tests.faults.test_kills_of_repairs import watermarks
from tests.faults.world import START, Row
from tests.generated import GeneratedProject

LATER = START + timedelta(days=1)
THIRD = {"id": 3, "name": "Bo", "balance": 3, "updated_at": LATER}


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


def published(route: Route, columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the published accounts, by id."""
    return route.place.rows(f"SELECT {columns} FROM {{accounts}} ORDER BY id")


@pytest.mark.slow
@pytest.mark.routes
def test_new_column_is_taken_along(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract(new_column="evolve"))
    route.source.add_column("region", "varchar(10)")
    route.source.insert({**THIRD, "region": "north"})
    assert "region" in project.run("run").stderr
    project.run("run")
    assert published(route, "id, region") == [(1, None), (2, None), (3, "north")]


@pytest.mark.slow
@pytest.mark.routes
def test_new_column_of_a_frozen_table_is_left_out(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract(new_column="freeze"))
    route.source.add_column("region", "varchar(10)")
    route.source.insert({**THIRD, "region": "north"})
    assert "left out" in project.run("run").stderr
    assert len(published(route, "*")[0]) == 4


@pytest.mark.slow
@pytest.mark.routes
def test_dropped_column_is_kept_and_a_renamed_one_is_a_new_one(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract())
    route.source.rename_column("name", "title")
    route.source.insert({"id": 3, "balance": 3, "updated_at": LATER})
    assert "name is gone" in project.run("run").stderr
    # The rows at the watermark are read again; a column that is gone must not empty what was published.
    assert published(route, "id, name, title") == [(1, "Ann", "Ann"), (2, None, None), (3, None, None)]
    route.source.drop_column("title")
    route.source.insert({"id": 4, "balance": 3, "updated_at": LATER})
    project.run("run")
    assert published(route, "id, name, title") == [
        (1, "Ann", "Ann"), (2, None, None), (3, None, None), (4, None, None),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.routes
def test_contract_that_says_stop_stops_and_publishes_nothing(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    """What type a column has only PostgreSQL tells before anything is read; elsewhere each value tells."""
    route = make_route(origin, target, pattern)
    stop = Contract(dropped_column="stop", widened_type="stop", type_conflict="stop")
    project = started(route, tmp_path / "project", stop)
    held = watermarks(project)

    def stops(what: str) -> None:
        said = project.run("run", check=1).stderr.splitlines()[-1]
        assert "contract says to stop" in said
        assert "accounts" in said
        assert what in said
        assert (published(route, "id, name"), watermarks(project)) == ([(1, "Ann"), (2, None)], held)

    route.source.rename_column("balance", "saldo")
    stops("balance")
    route.source.rename_column("saldo", "balance")
    if isinstance(route.source, PostgresSource):
        for kind in ("numeric(20,4)", "text"):
            route.source.execute(f"alter table accounts alter balance type {kind}")
            stops("balance")
    else:
        route.source.insert({**THIRD, "balance": "a lot of money"})
        stops("'a lot of money'")
        assert sum(project.status()["dead_letters"].values()) == 0


@pytest.mark.slow
@pytest.mark.routes(origins=("sqlite", "csv"))
def test_contract_that_says_stop_shows_no_personal_value(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    design = route.design
    design.sources[0].tables[0].pii = {"name": "mask"}
    project = started(route, tmp_path / "project", Contract(type_conflict="stop"), design)
    route.source.insert({**THIRD, "name": "Zoe Personal", "balance": "a lot of money"})
    done = project.run("--debug", "run", check=1)
    assert "'a lot of money'" in done.stderr
    assert "Zoe Personal" not in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.routes(origins=("postgres",))
def test_wider_types_widen_what_is_published(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    assert isinstance(route.source, SqlSource)
    route.source.execute(
        "alter table accounts add column seats integer", "alter table accounts alter name type varchar(5)",
        "alter table accounts add column weight real", "alter table accounts add column token uuid",
    )  # fmt: skip
    design = route.design
    design.sources[0].tables[0].columns_probed += [
        Column(name="seats", type="integer"), Column(name="weight", type="real"), Column(name="token", type="uuid"),
    ]  # fmt: skip
    project = started(route, tmp_path / "project", Contract(), design)
    route.source.execute(
        "alter table accounts alter seats type bigint", "alter table accounts alter name type varchar(500)",
        "alter table accounts alter balance type numeric(20,4)",
        "alter table accounts alter weight type double precision", "alter table accounts alter token type text",
    )  # fmt: skip
    big = {"name": "long" * 50, "balance": "1234567890123.4567", "seats": 9007199254740993,
           "weight": 0.1, "token": "no uuid"}  # fmt: skip
    route.source.insert({**THIRD, **big})
    assert "widened" in project.run("run").stderr
    project.run("run")
    assert published(route, "id, length(name), CAST(balance AS VARCHAR(30)), seats, weight, token")[1:] == [
        (2, None, "2.0000", None, None, None), (3, 200, "1234567890123.4567", 9007199254740993, 0.1, "no uuid"),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.routes(origins=("postgres",))
def test_narrower_type_changes_nothing(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    assert isinstance(route.source, SqlSource)
    project = started(route, tmp_path / "project", Contract())
    route.source.execute("alter table accounts alter balance type numeric(6,2)")
    route.source.insert({**THIRD, "balance": 3.5})
    assert "which fits" in project.run("run").stderr
    assert published(route, "id, CAST(balance AS VARCHAR(30))") == [(1, "1.00"), (2, "2.00"), (3, "3.50")]


@pytest.mark.slow
@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.routes
def test_text_in_a_number_is_a_dead_letter_that_shows_the_value_unless_personal(
    personal: bool, origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    design = route.design
    design.sources[0].tables[0].pii = {"name": "mask", "balance": "mask"} if personal else {"name": "mask"}
    project = started(route, tmp_path / "project", Contract(), design)
    if isinstance(route.source, PostgresSource):
        route.source.execute("alter table accounts alter balance type text")
    route.source.insert({**THIRD, "balance": "a lot of money"})
    done = project.run("run")
    shown = project.run("dlq", "list", "--json").stdout
    if personal:
        assert "a lot of money" not in shown + done.stderr + done.stdout
        return
    assert '"offending_value": "a lot of money"' in shown
    assert "balance does not fit decimal(12,2)" in shown
    assert published(route, "id") == [(1,), (2,)]


@pytest.mark.slow
@pytest.mark.routes
def test_lost_key_watermark_or_table_stops_and_names_it(
    origin: str, target: str, pattern: str, tmp_path: Path, make_route: MakeRoute
) -> None:
    route = make_route(origin, target, pattern)
    project = started(route, tmp_path / "project", Contract())
    held = watermarks(project)
    for lost in ("id", "updated_at", "table"):
        if lost == "table":
            route.source.lose_table()
        else:
            route.source.rename_column(lost, f"was_{lost}")
        said = project.run("run", check=1).stderr.splitlines()[-1]
        assert "accounts" in said
        assert "gone" in said
        assert lost in said
        assert published(route, "id") == [(1,), (2,)]
        assert watermarks(project) == held
        if lost != "table":
            route.source.rename_column(f"was_{lost}", lost)
