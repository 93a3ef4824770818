"""Problems of the quality checks that need no check catalogue: tables, columns, duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..models import Check, PipelineDesign
from ..nearest import did_you_mean
from ..problem import Problem, error
from ..relations import bare, tables_at

STAGES = ("pre_transform", "post_transform", "final")


def quality_problems(design: PipelineDesign) -> Iterator[Problem]:
    """Yield what is wrong with `quality`."""
    names: dict[str, str] = {}
    for stage in STAGES:
        tables = tables_at(design, stage)
        seen: list[Check] = []
        for index, check in enumerate(getattr(design.quality, stage)):
            path = f"quality.{stage}[{index}]"
            if not check.check:
                yield error(f"{path}.check", "the type of the check is missing", "choose one")
            if check.name and check.name in names:
                yield error(f"{path}.name", f"two checks are named {check.name!r}", "rename one of them")
            if check.name:
                names[check.name] = path
            if check in seen:
                yield error(path, "the same check is there twice", "remove one")
            seen.append(check)
            if check.check == "reconciliation" and stage == "final" and design.transformations:
                message = (
                    "only computed tables are published, so there is nothing at the source to compare with"
                )
                yield error(
                    f"{path}.check", message, "reconcile the extracted table, before the transformations"
                )
                continue
            yield from _table(path, check, stage, tables)


def _table(
    path: str, check: Check, stage: str, tables: Mapping[str, Mapping[str, str] | None]
) -> Iterator[Problem]:
    folded = {name.casefold(): columns for name, columns in tables.items()}
    if check.table is None:
        if len(tables) > 1 and check.check != "custom_sql":
            yield error(
                f"{path}.table", "the check does not say which table it looks at", did_you_mean("", tables)
            )
        columns = next(iter(tables.values())) if len(tables) == 1 else None
        table = next(iter(tables), "")
    else:
        table = bare(check.table)
        if table.casefold() not in folded:
            fix = did_you_mean(table, tables) or "extract or compute the table first"
            yield error(f"{path}.table", f"there is no table {check.table!r} at stage {stage}", fix)
            return
        columns = folded[table.casefold()]
    if columns is None:
        return
    if check.column is not None and check.column not in columns:
        fix = did_you_mean(check.column, columns)
        yield error(f"{path}.column", f"{table} has no column {check.column!r}", fix)
    if check.check == "schema":
        return
    for index, name in enumerate(check.columns):
        if name not in columns:
            yield error(
                f"{path}.columns[{index}]", f"{table} has no column {name!r}", did_you_mean(name, columns)
            )
