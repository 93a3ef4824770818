"""``tests/``: the generated project's own tests and the sample data they work on."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from ..encoders import Identifier
from ..names import bare_table
from ..planned import PlannedFile, copied, templated, written
from ..samples.limits import unmet_checks
from ..samples.rows import Row, sample_rows
from ..view import ProjectView, Stage
from .checks_sql import judged_when_loading
from .orchestration import stages

_SHARED = ("__init__", "home", "place", "samples")
_TEMPLATES = (
    "conftest.py",
    "unit/test_extractors.py",
    "unit/test_transformers.py",
    "unit/test_loaders.py",
    "unit/test_quality.py",
    "integration/test_pipeline_e2e.py",
)


def suite_files(view: ProjectView) -> list[PlannedFile]:
    """Return tests, fixtures and sample data."""
    samples = sample_rows(view)
    context = _context(view)
    fixtures = [*_SHARED, *context["modules"]]
    return [
        *(copied(f"tests/fixtures/{name}.py", f"tests/fixtures/{name}.py") for name in fixtures),
        *(templated(f"tests/{name}", f"tests/{name}.j2", **context) for name in _TEMPLATES),
        *(
            written(
                f"tests/fixtures/sample_data/{table.stem}.jsonl",
                "suite",
                partial(_lines, samples[table.name]),
            )
            for table in view.tables
        ),
    ]


def _context(view: ProjectView) -> dict[str, Any]:
    modules = {f"{kind}_source" for kind in view.source_types} | {
        f"{view.design.destination.type}_destination"
    }
    return {
        "pipeline": view.name,
        "design": view.design,
        "modules": [
            Identifier(name)
            for name in sorted(modules | ({"postgres_server"} if view.uses_postgres else set()))
        ],
        "postgres": view.uses_postgres,
        "sources": view.sources,
        "transformations": view.transformations,
        "destination": view.destination,
        "modelled": view.modelled,
        "relaxed": unmet_checks(view),
        "check_stages": [stage for stage in ("pre_transform", "post_transform") if _staged(view, stage)],
        "published": list(view.published),
        "steady": [name for name, loading in view.published.items() if loading.strategy != "append"],
        "replicated": [] if view.modelled else list(view.published),
        "recomputed": _recomputed(view),
        "stages": [str(stage.name) for stage in stages(view)],
    }


def _staged(view: ProjectView, stage: Stage) -> bool:
    """Tell whether a stage has checks of what is staged."""
    return any(not judged_when_loading(view, check) for check in view.checks_of(stage))


def _recomputed(view: ProjectView) -> list[str]:
    """Return outputs whose row count a plain DuckDB over the sample rows must give as well.

    Those computed by one query of DuckDB's from staging tables without personal data.
    """
    if view.dialect != "duckdb":
        return []
    plain = {
        f"{view.design.destination.staging_schema}.{table.name}"
        for table in view.tables
        if not table.table.pii
    }
    return [
        bare_table(item.output_table)
        for item in view.design.transformations
        if item.type == "sql"
        and set(item.input_tables) <= plain
        and item.loading is not None
        and item.loading.strategy in ("overwrite", "upsert", "merge", "scd1", "scd3")
    ]


def _lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
