"""What is missing or contradictory in a design is found, with its path, its step and a remedy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from generator.design.models import Column, Loading, LoadStrategy, PipelineDesign
from generator.design.problems import STEPS, structural_problems
from generator.design.yaml_io import parse_design
from tests.design.designs import designs

GOOD = """
pipeline: {name: shop_orders, owner: data}
sources:
  - name: shop
    type: sqlite
    connection: {path: "${SHOP_PATH}"}
    extraction: {strategy: incremental, watermark_column: updated_at}
    tables:
      - table: orders
        primary_key: [id]
        schema: [{name: id, type: bigint}, {name: customer, type: text}, {name: updated_at, type: timestamp}, {name: ok, type: boolean}]
      - table: customers
        primary_key: [id]
        extraction: {strategy: full}
        schema: [{name: id, type: bigint}, {name: email, type: text}]
destination: {type: duckdb, connection: {path: "${WAREHOUSE_PATH}"}}
transformations:
  - {name: revenue, input_tables: [staging.orders], sql: SELECT updated_at AS day FROM staging.orders, loading: {strategy: upsert, key: [day]}}
  - {name: report, input_tables: [analytics.revenue], sql: SELECT day FROM analytics.revenue, loading: {strategy: overwrite}}
  - {name: people, sql: SELECT * FROM staging.customers, loading: {strategy: overwrite}}
quality:
  pre_transform: [{check: not_null, table: orders, column: id}]
  post_transform: [{check: unique, table: revenue, columns: [day]}]
"""


@pytest.fixture
def design() -> PipelineDesign:
    return parse_design(GOOD)


def test_a_good_design_has_no_problems(design: PipelineDesign) -> None:
    assert structural_problems(design) == []


def test_an_empty_design_says_what_is_missing() -> None:
    assert {problem.path for problem in structural_problems(PipelineDesign())} >= {
        "pipeline.name",
        "sources",
        "destination.type",
    }


def table(design: PipelineDesign, number: int = 0) -> object:
    return design.sources[0].tables[number]


def stamp(design: PipelineDesign) -> object:
    return next(
        column for column in design.sources[0].tables[0].columns_probed if column.name == "updated_at"
    )


CASES: list[tuple[str, str, str, str, str]] = [
    ("design.pipeline.name = 'Shop Orders'", "pipeline.name", "summary", "snake_case", "use shop_orders"),
    ("design.pipeline.name = 'class'", "pipeline.name", "summary", "Python language", "class_data"),
    ("design.pipeline.name = 'json'", "pipeline.name", "summary", "hide it", "json_pipeline"),
    ("design.pipeline.name = 'duckdb'", "pipeline.name", "summary", "hide it", ""),
    ("design.pipeline.name = 'con'", "pipeline.name", "summary", "Windows", ""),
    ("design.pipeline.name = 'a' * 51", "pipeline.name", "summary", "51 characters", ""),
    ("design.pipeline.name = '../../etc'", "pipeline.name", "summary", "snake_case", "use etc"),
    ("design.pipeline.name = 'a\\n'", "pipeline.name", "summary", "snake_case", ""),
    ("design.pipeline.version = 'one'", "pipeline.version", "summary", "version number", ""),
    ("design.pipeline.schedule = '0 6 * *'", "pipeline.schedule", "slas", "five fields", ""),
    ("design.pipeline.schedule = '0 6 L * *'", "pipeline.schedule", "slas", "L, W or #", ""),
    ("design.pipeline.schedule = '0 25 * * *'", "pipeline.schedule", "slas", "not a cron expression", ""),
    ("design.pipeline.schedule = '0 0 30 2 *'", "pipeline.schedule", "slas", "not a cron expression", ""),
    ("design.pipeline.schedule = None", "pipeline.schedule", "slas", "not offered", "cron"),
    ("design.pipeline.timezone = 'Europe/Berln'", "pipeline.timezone", "slas", "no time zone", "Europe/Berlin"),
    ("design.pipeline.timezone = 'berlin'", "pipeline.timezone", "slas", "no time zone", "Europe/Berlin"),
    ("design.pipeline.timezone = '../../etc/passwd'", "pipeline.timezone", "slas", "no time zone", "IANA"),
    ("design.technology.pattern = 'streaming_etl'", "technology.pattern", "slas", "not offered", "batch_elt"),
    ("design.technology.orchestrator = 'dagster'", "technology.orchestrator", "slas", "not offered", "airflow"),
    ("design.technology.compute = 'spark'", "technology.compute", "slas", "not offered", "sql"),
    ("design.sources = []", "sources", "sources", "no source", ""),
    ("design.sources.append(design.sources[0])", "sources[1].name", "sources", "two sources", ""),
    ("design.sources[0].name = 'base'", "sources[0].name", "sources", "base", ""),
    ("design.sources[0].type = ''", "sources[0].type", "sources", "missing", ""),
    ("design.sources[0].connection['path'] = '${A B}'", "sources[0].connection.path", "sources", "variable", "${NAME}"),
    ("design.sources[0].extraction.strategy = 'cdc'", "sources[0].extraction.strategy", "sources", "not offered", ""),
    ("table(design, 1).table = 'Orders'", "sources[0].tables[1].table", "sources", "taken", "alias"),
    ("table(design).alias = 'orders__incoming'", "sources[0].tables[0].alias", "sources", "own tables", ""),
    ("table(design).alias = 'orders__rejected'", "sources[0].tables[0].alias", "sources", "own tables", ""),
    ("table(design).alias = 'orders__Tombstones'", "sources[0].tables[0].alias", "sources", "own tables", ""),
    ("table(design).alias = '__area'", "sources[0].tables[0].alias", "sources", "own tables", ""),
    ("table(design).table = ''", "sources[0].tables[0].table", "sources", "missing", ""),
    ("table(design).table = 'a\\x00b'", "sources[0].tables[0].table", "sources", "control character", ""),
    ("table(design).primary_key = ['idd']", "sources[0].tables[0].primary_key[0]", "sources", "no column", "mean id?"),
    ("table(design).columns = ['id', 'custmer']", "sources[0].tables[0].columns[1]", "sources", "no column", "customer?"),
    ("table(design).pii = {'emial': 'mask'}", "sources[0].tables[0].pii.emial", "sources", "no column", ""),
    ("table(design).pii = {'id': 'drop'}", "sources[0].tables[0].pii.id", "sources", "key column", "tokenize"),
    ("table(design).pii = {'updated_at': 'mask'}", "sources[0].tables[0].pii.updated_at", "sources", "watermark", ""),
    ("design.sources[0].extraction.watermark_column = 'ok'", "sources[0].tables[0].extraction.watermark_column", "sources", "cannot order", "timestamp"),
    ("stamp(design).type = 'decimal'", "sources[0].tables[0].extraction.watermark_column", "sources", "order of text", "decimal(20,0)"),
    ("stamp(design).type = 'decimal(40,0)'", "sources[0].tables[0].extraction.watermark_column", "sources", "order of text", "decimal(20,0)"),
    ("table(design, 1).extraction.strategy = 'incremental'", "sources[0].tables[1].extraction.watermark_column", "sources", "no column", ""),
    ("design.destination.name = 'x y'", "destination.name", "destination", "snake_case", "use x_y"),
    ("design.destination.staging_schema = 'Analytics'", "destination.staging_schema", "destination", "share a schema", ""),
    ("design.transformations[1].name = 'revenue'", "transformations[1].name", "transforms", "is there twice", ""),
    ("design.transformations[1].output_table = 'Revenue'", "transformations[1].output_table", "transforms", "output of revenue too", ""),
    ("design.transformations[0].output_table = 'other.x'", "transformations[0].output_table", "transforms", "schema", "analytics.x"),
    ("design.transformations[0].input_tables = ['staging.ordrs']", "transformations[0].input_tables[0]", "transforms", "no table", "staging.orders?"),
    ("design.transformations[0].sql = ' '", "transformations[0].sql", "transforms", "missing", "SELECT"),
    ("design.transformations[0].type = 'dbt'", "transformations[0].type", "transforms", "not offered", ""),
    ("design.transformations[0].loading.key = []", "transformations[0].loading.key", "transforms", "needs a key", ""),
    ("design.transformations[0].loading.strategy = 'scd3'", "transformations[0].loading.tracked_columns", "transforms", "tracked", ""),
    ("design.transformations[0].input_tables = ['report']", "transformations[0].input_tables", "transforms", "revenue -> report -> revenue", ""),
    ("design.transformations[0].input_tables = ['analytics.revenue']", "transformations[0].input_tables", "transforms", "revenue -> revenue", ""),
    ("design.quality.pre_transform[0].table = 'order'", "quality.pre_transform[0].table", "quality", "no table", "orders?"),
    ("design.quality.pre_transform[0].table = 'revenue'", "quality.pre_transform[0].table", "quality", "no table", ""),
    ("design.quality.pre_transform[0].column = 'idd'", "quality.pre_transform[0].column", "quality", "no column", "id?"),
    ("design.quality.pre_transform.append(design.quality.pre_transform[0])", "quality.pre_transform[1]", "quality", "twice", ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "step", "said", "fix"), CASES)
def test_each_fault_is_found_at_its_place(
    design: PipelineDesign, change: str, path: str, step: str, said: str, fix: str
) -> None:
    exec(change, {"design": design, "table": table, "stamp": stamp})
    found = {problem.path: problem for problem in structural_problems(design)}
    assert path in found, list(found.values())
    problem = found[path]
    assert (problem.severity, problem.step) == ("error", step)
    assert said in problem.message
    assert fix in problem.fix
    assert "\n" not in str(problem)


def test_one_mistake_makes_one_problem(design: PipelineDesign) -> None:
    for change, path, *_ in CASES:
        fresh = design.model_copy(deep=True)
        exec(change, {"design": fresh, "table": table, "stamp": stamp})
        paths = [problem.path for problem in structural_problems(fresh)]
        assert len(paths) == len(set(paths)), (change, path, paths)


def publishing(change: Callable[[PipelineDesign], None]) -> dict[str, str]:
    design = parse_design(GOOD)
    design.transformations = []
    design.quality.post_transform = []
    change(design)
    return {problem.path: problem.severity for problem in structural_problems(design)}


def test_overwriting_with_an_increment_is_refused() -> None:
    def change(design: PipelineDesign) -> None:
        design.destination.loading.strategy = "overwrite"

    assert publishing(change) == {"sources[0].tables[0].loading.strategy": "error"}


def test_version_that_is_kept_as_text_is_refused_where_it_is_text() -> None:
    def change(design: PipelineDesign) -> None:
        design.destination.loading.strategy = "upsert"
        design.sources[0].tables[0].loading = Loading(version_column="version")
        design.sources[0].tables[0].columns_probed.append(Column(name="version", type="decimal"))

    def on_postgres(design: PipelineDesign) -> None:
        change(design)
        design.destination.type = "postgres"

    path = "sources[0].tables[0].loading.version_column"
    assert publishing(change)[path] == "error"
    assert path not in publishing(on_postgres)


@pytest.mark.parametrize(
    ("strategy", "column", "clashes"),
    [("scd2", "Valid_From", True), ("scd2", "_rank", True), ("append", "_run_id", True), ("upsert", "valid_from", False),
     ("scd3", "previous_status", True)],
)  # fmt: skip
def test_column_that_the_strategy_adds_by_itself_is_refused(
    strategy: LoadStrategy, column: str, clashes: bool
) -> None:
    def change(design: PipelineDesign) -> None:
        tracked = ["status"] if strategy == "scd3" else []
        design.sources[0].tables[0].loading = Loading(strategy=strategy, tracked_columns=tracked)
        design.sources[0].tables[0].columns_probed += [Column(name=column), Column(name="status")]

    assert (publishing(change).get("sources[0].tables[0].loading.strategy") == "error") == clashes


def test_inherited_strategy_without_key_only_warns_own_strategy_is_refused() -> None:
    def inherited(design: PipelineDesign) -> None:
        design.destination.loading.strategy = "upsert"
        design.sources[0].tables[1].primary_key = []

    def own(design: PipelineDesign) -> None:
        design.sources[0].tables[1].primary_key = []
        design.sources[0].tables[1].loading = design.destination.loading.model_copy(
            update={"strategy": "upsert"}
        )

    assert publishing(inherited) == {"sources[0].tables[1].loading.key": "warning"}
    assert publishing(own) == {"sources[0].tables[1].loading.key": "error"}


def test_python_transform_is_parsed(design: PipelineDesign) -> None:
    transform = design.transformations[0]
    transform.type, transform.sql = "python", None
    for code, said in [("def transform(:", "line 1"), ("x = 1", "no function transform"), ("a\0", "")]:
        transform.code = code
        found = {problem.path: problem.message for problem in structural_problems(design)}
        assert said in found["transformations[0].code"]
    transform.code = "def transform(inputs):\n    return inputs['orders']\n"
    assert structural_problems(design) == []


def test_long_cycle_is_named_once(design: PipelineDesign) -> None:
    template = design.transformations[1]
    design.transformations = [
        template.model_copy(update={"name": f"t{n}", "input_tables": [f"t{(n + 1) % 500}"]}, deep=True)
        for n in range(500)
    ]
    design.quality.post_transform = []
    found = [problem for problem in structural_problems(design) if "wait for each other" in problem.message]
    assert len(found) == 1


@given(designs)
@settings(max_examples=150, deadline=None)
def test_hostile_text_anywhere_never_crashes_and_stays_on_one_line(design: PipelineDesign) -> None:
    for problem in structural_problems(design):
        assert problem.step in STEPS
        assert problem.message


def test_tables_nobody_has_looked_at_are_named_at_once(design: PipelineDesign) -> None:
    for table in design.sources[0].tables:
        table.columns_probed = []
    found = [problem for problem in structural_problems(design) if "not known yet" in problem.message]
    assert [(problem.path, problem.severity, problem.step) for problem in found] == [
        ("sources[0].tables", "error", "sources")
    ]
    assert "orders, customers" in found[0].message
    assert "pipewizard probe" in found[0].fix
