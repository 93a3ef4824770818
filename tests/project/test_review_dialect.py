"""A query is judged by the engine that will run it."""

from __future__ import annotations

import pytest

from generator.design.models import PipelineDesign
from generator.project.review import problems

POSTGRES_ONLY = (
    "SELECT id, data ->> 'x' AS x FROM staging.t WHERE data @> '{\"a\": 1}'::jsonb AND id = ANY(ARRAY[1, 2])"
)


@pytest.mark.parametrize(("pattern", "expected"), [("batch_elt", False), ("batch_etl", True)])
def test_postgres_sql_is_right_only_where_postgres_runs_it(pattern: str, expected: bool) -> None:
    columns = [{"name": "id", "type": "bigint"}, {"name": "data", "type": "json"}]
    design = PipelineDesign.model_validate(
        {
            "pipeline": {"name": "p"},
            "sources": [
                {
                    "name": "s",
                    "type": "postgres",
                    "tables": [{"table": "t", "primary_key": ["id"], "schema": columns}],
                }
            ],
            "destination": {"type": "postgres"},
            "transformations": [{"name": "x", "sql": POSTGRES_ONLY, "output_table": "analytics.x"}],
            "technology": {"pattern": pattern},
        }
    )
    errors = [p for p in problems(design) if p.severity == "error" and p.path == "transformations[0].sql"]
    assert bool(errors) is expected, errors
