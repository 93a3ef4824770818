"""What people copy and read: examples of settings, and the lineage of the specification."""

from __future__ import annotations

import pytest
import yaml

from generator.project.generate import render_project
from generator.project.rendered import HistoryEntry
from tests.project.designs import design

HISTORY = (HistoryEntry("1.0.0", "", "2026-01-01", "2026-01-01"),)


@pytest.mark.parametrize("kind", ["files", "duckdb"])
def test_examples_of_paths_are_places_of_their_own(kind: str) -> None:
    """Copied as they stand, neither file may have the pipeline write into its own source."""
    files = render_project(design(source=kind, destination=kind), history=HISTORY).files
    lines = files["config/.env.example"].decode().splitlines()
    examples = [line.partition("=")[2] for line in lines if line.partition("=")[0].endswith("_PATH")]
    inside = yaml.safe_load(files["docker/docker-compose.yaml"])["services"]["pipeline"]["environment"]
    assert len(examples) == len(inside) == 2
    assert len(set(examples)) == 2
    assert len(set(inside.values())) == 2


def test_the_example_of_connections_names_the_settings_of_its_role() -> None:
    files = render_project(design(source="files", destination="files"), history=HISTORY).files
    example = yaml.safe_load(files["config/connections.yaml.example"])
    ((_, source),) = example["sources"].items()
    ((_, target),) = example["destination"].items()
    assert set(source["further_settings"]) >= {"format", "delimiter", "encoding"}
    assert target["further_settings"] == {}


def test_what_cannot_be_traced_is_named_in_the_lineage() -> None:
    """A table that silently had no lineage would look as if it came from nowhere."""
    made = design()
    made.transformations[0].type, made.transformations[0].sql = "python", None
    made.transformations[0].input_tables = ["staging.orders"]
    made.transformations[0].code = "def transform(inputs):\n    return inputs['orders']\n"
    text = render_project(made, history=HISTORY).files["data-pipeline-spec.md"].decode()
    assert "| `analytics.revenue` | `staging.orders`, not traced column by column |" in text


def documents(*, modelled: bool = True, python: bool = False, full: bool = False, **technology: str) -> str:
    """Return README, specification, Makefile and DAG, one after the other."""
    made = design(modelled=modelled, technology={"orchestrator": "airflow", **technology})
    if full:
        made.sources[0].extraction.strategy, made.sources[0].extraction.watermark_column = "full", None
    if python:
        made.transformations[0].type, made.transformations[0].sql = "python", None
        made.transformations[0].input_tables = ["staging.orders", "staging.customers"]
        made.transformations[0].code = "def transform(inputs):\n    return inputs['orders']\n"
    files = render_project(made, history=HISTORY).files
    names = ["README.md", "data-pipeline-spec.md", "Makefile", "orchestration/dags/shop_orders_dag.py"]
    return "\n".join(files[name].decode() for name in names if name in files)


def test_a_pipeline_that_reads_everything_every_time_offers_no_backfill() -> None:
    """Whoever typed what the documents named would get exit 2."""
    offered = (
        "shop_orders backfill",
        "make backfill",
        "airflow backfill create",
        "\nbackfill:",
        "does not move a row's",
    )
    for words in offered:
        assert words in documents(), words
        assert words not in documents(full=True), words
    assert "there is nothing to backfill" in documents(full=True)


def test_documents_name_the_folders_and_engines_that_are_there() -> None:
    python = documents(python=True)
    assert "| `sql/transformations/` |" in documents()
    assert "| `sql/transformations/` |" not in python
    assert "| `sql/transformations/` |" not in documents(modelled=False)
    assert "| Transformer | SQL, set-based, in the engine that holds staging |" in documents()
    assert "| Transformer | Python over Arrow tables |" in python
    assert "| Transformer | None: every table is published under its own name |" in documents(modelled=False)
