"""Files as the project will hold them: a transform's and a check's, in the dialect of the engine that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.errors import UserError

from .check_rows import CheckRow, checks_of, tables_at
from .transforms import effective_strategy

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.project.view import ProjectView
    from tui.steps.base import Preview

DIALECT_TITLES = {"duckdb": "DuckDB", "postgres": "PostgreSQL"}


def generated_transform(design: PipelineDesign, index: int) -> Preview:
    """Return the file the project will hold for a transform; the text as typed while it cannot be generated."""
    from tui.steps.base import Preview

    transform = design.transformations[index]
    name = transform.name or "transform"
    if transform.type == "python":
        return Preview(f"src/transformers/{name}.py", transform.code or "", "python")
    path = f"sql/transformations/{name}.sql"
    loading = transform.loading
    key = f" on {', '.join(loading.key)}" if loading and loading.key else ""
    how = f"\n-- loaded by {effective_strategy(design, transform)}{key}\n"
    try:
        from generator.project.files.transforms_sql import transformation_sql

        view = _view(design)
        # Resolved, the transforms stand in the order they run.
        item = next(item for item in view.design.transformations if item.name == transform.name)
        return Preview(path, transformation_sql(view, item) + how, "sql", runs_in(view.dialect))
    except UserError as error:
        return Preview(path, f"{transform.sql or ''}\n-- not generated yet: {error}{how}", "sql")


def generated_check(design: PipelineDesign, row: CheckRow) -> Preview:
    """Return the file the project will hold for a check, or for one that is suggested."""
    from generator.checks.catalogue import problems
    from generator.project.files.checks_sql import check_sql, dialect, looked_at
    from tui.history import fork
    from tui.steps.base import Preview

    check = row.check
    if check is None or not row.stage or not check.table:
        return Preview("sql/quality_checks/", "-- pick a check to see its query", "sql")
    if problems(check, tables_at(design, row.stage).get(check.table) or None, stage=row.stage):
        return Preview("sql/quality_checks/", "-- the query appears here once the check is complete", "sql")
    index = row.index
    if row.kind == "suggestion":
        design = fork(design, "quality")
        checks_of(design, row.stage).append(check)
        index = -1
    try:
        view = _view(design)
        item = view.checks_of(row.stage)[index]
        path = f"sql/quality_checks/{item.stem}.sql"
        return Preview(path, check_sql(view, item), "sql", runs_in(dialect(view, looked_at(view, item))))
    except UserError as error:
        return Preview("sql/quality_checks/", f"-- not generated yet: {error}", "sql")


def _view(design: PipelineDesign) -> ProjectView:
    from generator.project.resolve import resolve
    from generator.project.view import ProjectView

    return ProjectView(resolve(design))


def runs_in(dialect: str) -> str:
    """Return which engine runs a file, in words."""
    return f"runs in {DIALECT_TITLES.get(dialect, dialect)}"
