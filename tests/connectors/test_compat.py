"""What goes together, and what is wrong with a connection, is said before anything is connected."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from generator.connectors.compat import compatible, connector_problems
from generator.connectors.registry import connector_ids, destinations, sources
from generator.design.models import Compute, PipelineDesign
from generator.design.problem import Problem
from generator.design.problems import structural_problems

SHOP = {
    "name": "shop",
    "type": "sqlite",
    "connection": {"path": "${SHOP_PATH}"},
    "tables": [{"table": "orders"}],
}
WAREHOUSE = {"type": "duckdb", "connection": {"path": "${WAREHOUSE_PATH}"}}
STRATEGIES = ("append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3")


def found(**parts: Any) -> dict[str, Problem]:
    """Return the connectors' problems with a design, by path."""
    design = PipelineDesign.model_validate({"sources": [SHOP], "destination": WAREHOUSE} | parts)
    return {problem.path: problem for problem in connector_problems(design)}


def test_a_good_design_has_no_problem() -> None:
    assert found() == {}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_source_goes_into_every_destination_by_every_strategy(strategy: str) -> None:
    for source in sources():
        for destination in destinations():
            assert compatible(source, destination, "batch_etl", strategy, "sql") == []


def test_files_cannot_host_staging() -> None:
    (reason,) = compatible("sqlite", "files", "batch_elt", "append", "sql")
    assert reason.subject == "technology.pattern=batch_elt"
    assert reason.alternatives == ("batch_etl",)


def test_python_transforms_need_the_rows_where_the_pipeline_runs() -> None:
    assert compatible("sqlite", "duckdb", "batch_elt", "upsert", "python") == []
    assert compatible("sqlite", "postgres", "batch_etl", "upsert", "python") == []
    (reason,) = compatible("sqlite", "postgres", "batch_elt", "upsert", "python")
    assert reason.subject == "transformations.type=python"


@pytest.mark.parametrize("compute", get_args(Compute))
def test_a_compute_is_offered_by_all_rules_or_by_none(compute: str) -> None:
    structural = {
        problem.path
        for problem in structural_problems(
            PipelineDesign.model_validate({"technology": {"compute": compute}})
        )
    }
    reasons = compatible("sqlite", "duckdb", "auto", "upsert", compute)
    assert bool(reasons) == ("technology.compute" in structural)
    for reason in reasons:
        for alternative in reason.alternatives:
            assert compatible("sqlite", "duckdb", "auto", "upsert", alternative) == []


@pytest.mark.parametrize("pattern", ["micro_batch", "streaming_etl", "hybrid"])
def test_what_is_not_offered_is_told_with_the_alternative(pattern: str) -> None:
    (reason,) = compatible("postgres", "duckdb", pattern, None, "sql")
    assert "not offered" in reason.text
    assert "batch_etl" in reason.alternatives


def test_roles_are_checked() -> None:
    assert compatible("sqlite", "sqlite")[0].text == "SQLite is offered as a source only"
    problem = found(destination={"type": "sqlite", "connection": {"path": "x"}})["destination.type"]
    assert "duckdb, postgres, files" in problem.fix


@pytest.mark.parametrize(
    ("path", "told"), [("shop.db", True), ("/data/shop.db", False), ("${SHOP_PATH}", False)]
)
def test_source_that_the_project_would_look_for_in_its_own_folder_is_told(path: str, told: bool) -> None:
    problem = found(sources=[SHOP | {"connection": {"path": path}}]).get("sources[0].connection.path")
    assert (problem is not None) == told
    assert problem is None or (problem.severity, problem.fix) == ("warning", "give the whole path")


def test_every_combination_gets_an_answer() -> None:
    for source in connector_ids():
        for destination in connector_ids():
            for pattern in ("auto", "batch_etl", "batch_elt", "micro_batch", "streaming_etl", "hybrid"):
                for compute in ("sql", "pandas", "dbt", "spark", "flink"):
                    for reason in compatible(source, destination, pattern, "upsert", compute):
                        assert reason.text
                        assert not reason.text.endswith(".")


def test_an_unknown_type_suggests_the_nearest() -> None:
    problem = found(sources=[SHOP | {"type": "sqlit"}])["sources[0].type"]
    assert problem.fix == "did you mean sqlite?"


def test_an_unknown_field_suggests_the_nearest() -> None:
    problems = found(sources=[SHOP | {"connection": {"pth": "/x"}}])
    assert problems["sources[0].connection.pth"].fix == "did you mean path?"
    assert "Database file is missing" in problems["sources[0].connection.path"].message


def test_a_written_out_secret_gets_a_variable_to_use_and_is_not_repeated() -> None:
    connection = {"host": "h", "database": "d", "username": "u", "password": "hunter2"}
    problem = found(sources=[SHOP | {"type": "postgres", "connection": connection}])[
        "sources[0].connection.password"
    ]
    assert "${SHOP_PASSWORD}" in problem.fix
    assert "hunter2" not in str(problem)
    partly = connection | {"password": "hunter2-${X}"}
    assert found(sources=[SHOP | {"type": "postgres", "connection": partly}])
    by_reference = connection | {"password": "${SHOP_PASSWORD}"}
    assert found(sources=[SHOP | {"type": "postgres", "connection": by_reference}]) == {}


def test_wrong_types_are_told_and_references_are_left_alone() -> None:
    connection = {"host": "h", "database": "d", "username": "u", "port": "many", "sslmode": "sometimes"}
    problems = found(sources=[SHOP | {"type": "postgres", "connection": connection}])
    assert problems["sources[0].connection.port"].message == "port must be a whole number"
    assert "verify-full" in problems["sources[0].connection.sslmode"].message
    late = connection | {"port": "${PORT}", "sslmode": "${MODE}"}
    assert found(sources=[SHOP | {"type": "postgres", "connection": late}]) == {}


def test_a_field_of_the_other_role_is_told() -> None:
    connection = {"host": "h", "database": "d", "username": "u", "schemas": "a"}
    problems = found(destination={"type": "postgres", "connection": connection})
    assert "setting of a source" in problems["destination.connection.schemas"].message


def test_columns_that_differ_only_in_case_are_told() -> None:
    schema = [{"name": "Id"}, {"name": "ID"}]
    problems = found(sources=[SHOP | {"tables": [{"table": "orders", "schema": schema}]}])
    assert "Id and ID" in problems["sources[0].tables[0].columns"].message
    taken = [{"table": "orders", "schema": schema, "columns": ["Id"]}]
    assert found(sources=[SHOP | {"tables": taken}]) == {}


def test_names_too_long_for_the_destination_are_told() -> None:
    tables = [{"table": "o" * 60, "schema": [{"name": "ü" * 40}]}]
    postgres = {"type": "postgres", "connection": {"host": "h", "database": "d", "username": "u"}}
    problems = found(sources=[SHOP | {"tables": tables}], destination=postgres)
    assert set(problems) == {"sources[0].tables[0].alias", "sources[0].tables[0].columns"}
    assert found(sources=[SHOP | {"tables": tables}]) == {}


def test_a_partition_field_without_partitions_is_a_warning() -> None:
    problems = found(destination=WAREHOUSE | {"loading": {"partition_field": "day"}})
    assert problems["destination.loading.partition_field"].severity == "warning"
    files = {"type": "files", "connection": {"path": "/out"}, "loading": {"partition_field": "day"}}
    assert found(destination=files) == {}


def test_one_duckdb_file_cannot_be_both_ends() -> None:
    source = {"name": "old", "type": "duckdb", "connection": {"path": "${WAREHOUSE_PATH}"}}
    assert "sources[0].connection.path" in found(sources=[source])


def test_a_python_transform_is_checked_even_where_the_compute_is_sql() -> None:
    postgres = {"type": "postgres", "connection": {"host": "h", "database": "d", "username": "u"}}
    problems = found(
        destination=postgres,
        technology={"pattern": "batch_elt"},
        transformations=[{"name": "t", "type": "python", "output_table": "t"}],
    )
    assert "transformations[0].type" in problems
