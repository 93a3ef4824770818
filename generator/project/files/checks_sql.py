"""``sql/quality_checks/``: one query per check, over the relation its stage looks at."""

from __future__ import annotations

from functools import partial

from generator.checks.catalogue import columns_of, describe, sql
from generator.checks.dialects import identifier

from ..encoders import sql_comment
from ..planned import PlannedFile, written
from ..view import CheckView, ProjectView, Stage


def check_files(view: ProjectView) -> list[PlannedFile]:
    """Return one query per quality check."""
    return [
        written(f"sql/quality_checks/{check.stem}.sql", "checks_sql", partial(check_sql, view, check))
        for check in view.checks
    ]


def check_sql(view: ProjectView, item: CheckView) -> str:
    """Return the query of a check, under a comment that says what it asserts."""
    check = item.check
    table = check.table or ""
    source = view.tables_by_name.get(table)
    text = sql(
        check,
        relation(view, item.stage, table),
        view.dialect,
        reference=relation(view, item.stage, check.reference_table) if check.reference_table else None,
        columns=view.columns_of(table),
        keys=source.table.primary_key if source else _keys(view, table),
        personal=set(source.table.pii) if source else (),
    )
    return f"{sql_comment(describe(check))}\n{text}"


def relation(view: ProjectView, stage: Stage, table: str) -> str:
    """Return the quoted relation a check of this stage reads for a table of the design."""
    chosen = view.design.destination
    if stage == "final" and table in view.published:
        schema, name = chosen.dataset, table
    elif table in view.outputs:
        schema, name = chosen.staging_schema, f"{table}__output"
    else:
        schema, name = chosen.staging_schema, table if view.modelled else f"{table}__incoming"
    return f"{identifier(view.fit(schema))}.{identifier(view.fit(name))}"


def _keys(view: ProjectView, table: str) -> list[str]:
    loading = view.published.get(table)
    return list(loading.key) if loading else []


def checked_columns(item: CheckView) -> str:
    """Return the columns a check looks at, for people."""
    return ", ".join(columns_of(item.check))
