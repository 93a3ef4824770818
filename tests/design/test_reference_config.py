"""The reference document's configuration is a design, as far as it goes."""

from __future__ import annotations

from pathlib import Path

from generator.design.problems import structural_problems
from generator.design.yaml_io import dump_design, load_design, parse_design

REFERENCE = Path(__file__).with_name("reference_config.yaml")


def test_reference_config_loads_with_nothing_lost() -> None:
    design = load_design(REFERENCE)
    table = design.sources[0].tables[0]
    assert (table.namespace, table.table, table.primary_key, table.columns) == (
        "public",
        "TABLE_NAME",
        ["id"],
        "*",
    )
    assert design.destination.loading.cluster_fields == ["category", "region"]
    assert [check.check for check in design.quality.post_transform] == [
        "unique",
        "not_null",
        "referential_integrity",
    ]
    assert [rule.channels for rule in design.monitoring.alerts.rules] == [
        ["slack", "email"],
        ["slack"],
        ["slack"],
    ]
    assert [metric.type for metric in design.monitoring.metrics] == ["counter", "histogram", "gauge", "gauge"]
    assert parse_design(dump_design(design)) == design


def test_its_placeholders_are_problems_and_nothing_crashes() -> None:
    found = {problem.path for problem in structural_problems(load_design(REFERENCE))}
    assert {"pipeline.name", "sources[0].name", "transformations[0].sql_file"} <= found


def test_scd_type_2_means_scd2() -> None:
    assert (
        parse_design("destination: {loading: {strategy: scd_type_2}}").destination.loading.strategy == "scd2"
    )
