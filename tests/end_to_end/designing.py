"""A design made the way the wizard makes it: a live probe, its tables merged in, the advice accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator import problems
from generator.advice.merge import merge_catalog
from generator.advice.table import advise_table, apply_advice
from generator.connectors.catalog import Catalog, ProbedTable
from generator.connectors.environment import expand
from generator.connectors.registry import connector
from generator.design.models import PipelineDesign, Source


def probe(kind: str, connection: Mapping[str, Any]) -> Catalog:
    """Look at a live source."""
    found = connector(kind)
    return found.probe(expand(found.Settings, connection, {}), timeout=20)


def designed(
    kind: str,
    connection: Mapping[str, Any],
    destination: Mapping[str, Any],
    *,
    name: str = "shop",
    pattern: str = "auto",
    transformations: list[dict[str, Any]] | None = None,
    chosen: Callable[[ProbedTable], bool] = lambda table: True,
    personal: bool = False,
    env: Mapping[str, str] | None = None,
) -> PipelineDesign:
    """Return a design over all chosen tables of a source, as the advice would have it.

    Args:
        kind: The source's connector.
        connection: How to reach it.
        destination: That section of the design.
        name: The pipeline's name.
        pattern: Architecture pattern.
        transformations: SQL transformations; none: every table is published under its own name.
        chosen: Which tables to take.
        personal: Accept the advice on personal data, too; values then are not the source's.
        env: What the connections' ``${NAMES}`` stand for.
    """
    found = connector(kind)
    settings = expand(found.Settings, connection, env or {})
    catalog = found.probe(settings, timeout=20)
    design = PipelineDesign.model_validate(
        {
            "pipeline": {"name": name, "description": "A shop", "owner": "tests"},
            "sources": [{"name": "origin", "type": kind, "connection": dict(connection)}],
            "destination": dict(destination),
            "transformations": transformations or [],
            "requirements": {"retry": {"max_attempts": 1}},
            "technology": {"pattern": pattern, "orchestrator": "cron"},
        }
    )
    tables = [table for table in catalog.tables if chosen(table)]
    merged = merge_catalog(design.sources[0], catalog, [(table.namespace, table.name) for table in tables])
    design.sources = [merged.source]
    for live in tables:
        accept(design, design.sources[0], live, found.profile(settings, live), personal=personal)
    assert [problem for problem in problems(design) if problem.severity == "error"] == []
    return design


def accept(
    design: PipelineDesign, source: Source, live: ProbedTable, profile: Any, *, personal: bool
) -> None:
    """Put everything that is advised for a table into the design."""
    table = next(t for t in source.tables if (t.namespace, t.table) == (live.namespace, live.name))
    apply_advice(table, advise_table(design, source, live, profile), source)
    if not personal:
        table.pii = {}
