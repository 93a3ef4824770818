"""``sql/quality_checks/``: one query per check, over the relation its stage looks at.

Where tables are only copied, a run stages the rows that arrive. A check before the transformation that judges a
whole table would be wrong on those alone: it looks at the table as it will be published, and the run asks it inside
the publishing transaction (`judged_when_loading`; the runtime's ``quality/expectations.py`` has the same rule).
"""

from __future__ import annotations

from functools import partial

from generator.checks.catalogue import CHECKS, sql
from generator.checks.dialects import identifier
from generator.checks.model import columns_of
from generator.design.models import Check
from generator.sql.dialect import Place, engine_sql

from ..names import bare_table, fit
from ..planned import PlannedFile, written
from ..view import CheckView, ProjectView, Stage, TableView

KEYED_STRATEGIES = {"upsert", "merge", "scd1", "scd3"}
_WHOLE = {name for name, kind in CHECKS.items() if kind.whole_table} | {"referential_integrity"}


def check_files(view: ProjectView) -> list[PlannedFile]:
    """Return one query per quality check."""
    return [
        written(f"sql/quality_checks/{check.stem}.sql", "checks_sql", partial(check_sql, view, check))
        for check in view.checks
    ]


def check_sql(view: ProjectView, item: CheckView) -> str:
    """Return the query of a check; its first line says what it asserts."""
    check, stage = _located(view, item), looked_at(view, item)
    table = check.table or ""
    source = view.tables_by_name.get(table)
    return sql(
        check,
        relation(view, stage, table, current=check.check in _WHOLE),
        dialect(view, stage),
        reference=relation(view, stage, check.reference_table) if check.reference_table else None,
        columns=view.columns_of(table),
        keys=source.table.primary_key if source else _keys(view, table),
        personal=set(source.table.pii) if source else (),
    )


def dialect(view: ProjectView, stage: Stage) -> str:
    """Return the dialect of a stage's checks: the destination's for what is published, else that of staging."""
    return view.destination_dialect if stage == "final" else view.dialect


def looked_at(view: ProjectView, item: CheckView) -> Stage:
    """Return the stage whose tables a check looks at: those published where it is judged when loading."""
    return "final" if judged_when_loading(view, item) else item.stage


def judged_when_loading(view: ProjectView, item: CheckView) -> bool:
    """Tell whether a check is asked inside the publishing transaction, of the tables as they will be.

    A key that rows are loaded by needs it not: rows that are unique when they arrive stay so.
    """
    check = item.check
    if item.stage != "pre_transform" or view.modelled or check.check not in _WHOLE:
        return False
    if check.check == "referential_integrity":
        return True
    table, loading = view.tables_by_name.get(check.table or ""), view.published.get(check.table or "")
    if table is None or loading is None or not _incremental(table):
        return False
    keyed = loading.strategy in KEYED_STRATEGIES and bool(loading.key)
    return not (check.check == "unique" and keyed and set(loading.key) <= set(columns_of(check)))


def _incremental(table: TableView) -> bool:
    extraction = table.table.extraction
    return (
        extraction is not None and extraction.strategy == "incremental" and bool(extraction.watermark_column)
    )


def relation(view: ProjectView, stage: Stage, table: str, *, current: bool = False) -> str:
    """Return the quoted relation a check of this stage reads for a table of the design.

    Args:
        view: The project.
        stage: The stage.
        table: The table's bare name.
        current: Of a table that keeps every version, only those that are valid now.
    """
    schema, name = place(view, stage, table)
    found = f"{identifier(schema)}.{identifier(name)}"
    loading = view.published.get(table)
    if current and stage == "final" and loading is not None and loading.strategy == "scd2":
        return f"(SELECT * FROM {found} WHERE is_current) AS current_rows"
    return found


def place(view: ProjectView, stage: Stage, table: str) -> Place:
    """Return schema and name of what a check of this stage reads for a table of the design."""
    chosen = view.design.destination
    if stage == "final" and table in view.published:
        schema, name = chosen.dataset, table
    elif table in view.outputs:
        schema, name = chosen.staging_schema, f"{table}__output"
    else:
        schema, name = chosen.staging_schema, table if view.modelled else f"{table}__incoming"
    return (fit(schema), fit(name)) if dialect(view, stage) == "postgres" else (schema, name)


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
