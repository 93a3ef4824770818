"""``sql/quality_checks/``: one query per check, over the relation its stage looks at."""

from __future__ import annotations

from functools import partial

from generator.checks.catalogue import sql
from generator.checks.dialects import identifier
from generator.design.models import Check
from generator.sql.dialect import Place, engine_sql

from ..names import bare_table
from ..planned import PlannedFile, written
from ..view import CheckView, ProjectView, Stage


def check_files(view: ProjectView) -> list[PlannedFile]:
    """Return one query per quality check."""
    return [
        written(f"sql/quality_checks/{check.stem}.sql", "checks_sql", partial(check_sql, view, check))
        for check in view.checks
    ]


def check_sql(view: ProjectView, item: CheckView) -> str:
    """Return the query of a check; its first line says what it asserts."""
    check = _located(view, item)
    table = check.table or ""
    source = view.tables_by_name.get(table)
    return sql(
        check,
        relation(view, item.stage, table),
        dialect(view, item.stage),
        reference=relation(view, item.stage, check.reference_table) if check.reference_table else None,
        columns=view.columns_of(table),
        keys=source.table.primary_key if source else _keys(view, table),
        personal=set(source.table.pii) if source else (),
    )


def dialect(view: ProjectView, stage: Stage) -> str:
    """Return the dialect of a stage's checks: the destination's for what is published, else that of staging."""
    return view.destination_dialect if stage == "final" else view.dialect


def relation(view: ProjectView, stage: Stage, table: str) -> str:
    """Return the quoted relation a check of this stage reads for a table of the design."""
    schema, name = place(view, stage, table)
    return f"{identifier(schema)}.{identifier(name)}"


def place(view: ProjectView, stage: Stage, table: str) -> Place:
    """Return schema and name of what a check of this stage reads for a table of the design."""
    chosen = view.design.destination
    if stage == "final" and table in view.published:
        schema, name = chosen.dataset, table
    elif table in view.outputs:
        schema, name = chosen.staging_schema, f"{table}__output"
    else:
        schema, name = chosen.staging_schema, table if view.modelled else f"{table}__incoming"
    return view.fit(schema), view.fit(name)


def _located(view: ProjectView, item: CheckView) -> Check:
    """Return the check with the tables of its own query, if it has one, named where they lie at its stage."""
    if not item.check.sql:
        return item.check
    dataset = view.design.destination.dataset
    tables = view.known_tables | {f"{dataset}.{name}": view.columns_of(name) for name in view.published}
    places = {full: place(view, item.stage, bare_table(full)) for full in tables}
    query = engine_sql(item.check.sql, tables, places, dialect(view, item.stage)).sql
    return item.check.model_copy(update={"sql": query})


def _keys(view: ProjectView, table: str) -> list[str]:
    loading = view.published.get(table)
    return list(loading.key) if loading else []
