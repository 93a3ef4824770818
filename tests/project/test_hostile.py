"""User text can never become code: hostile strings in every field come back equal from what was generated."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from typing import Any
from unicodedata import category

import pytest
import sqlglot
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from generator.design.models import PipelineDesign
from generator.project.encoders import one_line
from generator.project.generate import render_project
from generator.project.rendered import HistoryEntry
from tests.design.designs import HOSTILE
from tests.project.designs import CUSTOMERS_SCHEMA, customers_table, design, orders_table

pytestmark = pytest.mark.slow
HISTORY = (HistoryEntry("1.0.0", "", "2026-01-01", "2026-01-01"),)
TEXT = st.one_of(
    st.sampled_from([text for text in HOSTILE if text.strip()]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("\n".join),
)
NO_NUL = TEXT.filter(lambda text: "\0" not in text and text.strip())
NAME = TEXT.filter(
    lambda text: text.strip() and len(text) < 60 and not any(category(c) == "Cc" for c in text)
)


def hostile(draw: st.DrawFn, orchestrator: str, destination: str) -> PipelineDesign:
    """Return a valid design with drawn text in every field that takes any."""
    column, value = draw(NAME), draw(NO_NUL)
    plan = design(
        "sqlite",
        destination,
        technology={"orchestrator": orchestrator},
        quality={
            "pre_transform": [
                {
                    "check": "accepted_values",
                    "table": "orders",
                    "column": "status",
                    "values": [value, "paid"],
                },
                {"check": "not_null", "table": "customers", "column": column},
            ]
        },
        monitoring={"alerts": {"rules": [{"name": draw(NO_NUL), "condition": "duration_minutes > 90"}]}},
    )
    extra = {"name": column, "type": "text", "source_type": draw(TEXT)}
    schema = [
        *CUSTOMERS_SCHEMA,
        *([extra] if column not in {item["name"] for item in CUSTOMERS_SCHEMA} else []),
    ]
    tables = [orders_table(), customers_table(schema=schema)]
    plan.sources[0] = plan.sources[0].model_validate(plan.sources[0].model_dump() | {"tables": tables})
    plan.sources[0].connection = {"path": draw(NO_NUL.filter(lambda text: "$" not in text))}
    plan.pipeline.description = draw(TEXT)
    plan.pipeline.owner = draw(TEXT)
    plan.pipeline.tags = [draw(TEXT), draw(TEXT)]
    plan.transformations[0].description = draw(TEXT)
    return plan


@st.composite
def plans(draw: st.DrawFn) -> PipelineDesign:
    return hostile(
        draw, draw(st.sampled_from(["airflow", "cron"])), draw(st.sampled_from(["duckdb", "postgres"]))
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans())
def test_literals_come_back_equal_and_nothing_else_changes(plan: PipelineDesign) -> None:
    files = {path: content.decode() for path, content in render_project(plan, history=HISTORY).files.items()}
    info = plan.pipeline

    config = yaml.safe_load(files["config/pipeline_config.yaml"])
    assert config["pipeline"]["description"] == info.description
    assert config["pipeline"]["owner"] == info.owner
    assert config["pipeline"]["tags"] == info.tags
    assert config["sources"][0]["connection"] == plan.sources[0].connection

    project = tomllib.loads(files["pyproject.toml"])
    assert project["project"]["description"] in (one_line(info.description), "The pipeline shop_orders")
    contract = yaml.safe_load(files["config/contracts/customers.yaml"])
    names = [column["name"] for column in contract["schema"][0]["properties"]]
    assert names == [column.name for column in plan.sources[0].tables[1].columns_probed]

    rule = yaml.safe_load(files["monitoring/alerts/alert_rules.yaml"])["groups"][0]["rules"][-1]
    assert rule["alert"].replace('{{ "{{" }}', "{{") == one_line(plan.monitoring.alerts.rules[0].name)
    json.loads(files["monitoring/dashboards/pipeline_dashboard.json"])

    if plan.technology.orchestrator == "airflow":
        check_dag(files["orchestration/dags/shop_orders_dag.py"], plan)
    else:
        check_units(files)
    check_queries(files, plan)
    check_documents(files, plan)


def check_dag(source: str, plan: PipelineDesign) -> None:
    call = next(
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DAG"
    )
    given_as = {keyword.arg: keyword.value for keyword in call.keywords}
    assert ast.literal_eval(given_as["description"]) == plan.pipeline.description
    assert ast.literal_eval(given_as["tags"]) == plan.pipeline.tags
    defaults = given_as["default_args"]
    assert isinstance(defaults, ast.Dict)
    owner = dict(zip([ast.literal_eval(key) for key in defaults.keys if key], defaults.values, strict=True))[
        "owner"
    ]
    assert ast.literal_eval(owner) == (plan.pipeline.owner or "airflow")  # Airflow's own default


def check_units(files: dict[str, str]) -> None:
    for kind, words in (("service", {"Unit", "Service"}), ("timer", {"Unit", "Timer", "Install"})):
        text = files[f"orchestration/cron/shop_orders.{kind}"]
        assert set(re.findall(r"(?m)^\[(.*)\]$", text)) == words
        assert text.count("\nExecStart=") == (kind == "service")


def check_queries(files: dict[str, str], plan: PipelineDesign) -> None:
    staging = sqlglot.parse(files["sql/staging/customers_staging.sql"], dialect="duckdb")
    assert len(staging) == 1
    select = staging[0]
    assert isinstance(select, exp.Select)
    wanted = [column.name for column in plan.sources[0].tables[1].columns_probed]
    assert [item.alias for item in select.expressions] == wanted
    assert [table.name for table in select.find_all(exp.Table)] == ["raw"]
    for path, text in files.items():
        if path.startswith("sql/transformations/"):
            assert len(sqlglot.parse(text, dialect=plan.destination.type)) == 1


def check_documents(files: dict[str, str], plan: PipelineDesign) -> None:
    """The structure of a document is that of a harmless design."""
    harmless = {
        path: content.decode()
        for path, content in render_project(calm(plan), history=HISTORY).files.items()
        if path.endswith(".md")
    }
    for path, text in harmless.items():
        assert headings(files[path]) == headings(text), path
        assert tables(files[path]) == tables(text), path


def calm(plan: PipelineDesign) -> PipelineDesign:
    """Return the same design with harmless text."""
    quiet = plan.model_copy(deep=True)
    quiet.pipeline.description = quiet.pipeline.owner = "calm"
    quiet.pipeline.tags = ["calm"]
    quiet.transformations[0].description = "calm"
    quiet.monitoring.alerts.rules[0].name = "calm"
    return quiet


def headings(text: str) -> list[str]:
    return [line for line in text.split("\n") if re.match(r"#{1,6} |```|\| --- ", line)]


def tables(text: str) -> list[list[int]]:
    """Return the cells of each line of each table."""
    blocks = re.findall(r"(?m)(?:^\|.*\n)+", text)
    return [[len(re.findall(r"(?<!\\)\|", line)) for line in block.split("\n")] for block in blocks]


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip() and "\0" not in text])
def test_values_of_checks_come_back_equal(text: str) -> None:
    plan: Any = design(
        quality={
            "pre_transform": [
                {"check": "accepted_values", "table": "orders", "column": "status", "values": [text]}
            ]
        }
    )
    files = render_project(plan, history=HISTORY).files
    query = next(content.decode() for path, content in files.items() if "accepted_values" in path)
    import duckdb

    with duckdb.connect() as database:
        database.execute("CREATE SCHEMA staging")
        database.execute("CREATE TABLE staging.orders (order_id BIGINT, status VARCHAR)")
        database.execute("INSERT INTO staging.orders VALUES (1, ?), (2, ?)", [text, text + "!"])
        found = database.execute(
            query.partition(";")[0] if ";" not in text else query.split("\n\n--")[0]
        ).fetchall()
    assert found[0][:2] == (2, 1)
