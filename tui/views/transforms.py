"""The list of transforms and what can be done to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generator.design.models import Loading, PipelineDesign, Table, Transformation

KIND_LABEL = {"sql": "SQL", "python": "py", "dbt": "dbt"}
STRATEGY_WORDS = {
    "append": "append · rows are only ever added",
    "overwrite": "overwrite · the table is replaced whole",
    "upsert": "upsert · new rows added, known keys updated",
    "merge": "merge · upsert, and vanished rows deleted",
    "scd1": "SCD 1 · current values only",
    "scd2": "SCD 2 · full history, valid_from and valid_to",
    "scd3": "SCD 3 · current and previous value",
}
NEEDS_KEY = frozenset({"upsert", "merge", "scd1", "scd2", "scd3"})


@dataclass(frozen=True)
class TransformRow:
    """One line of the transforms list."""

    index: int
    name: str
    kind: str
    strategy: str
    key: tuple[str, ...]
    inputs: tuple[str, ...]
    errors: int
    warnings: int

    @property
    def glyph(self) -> str:
        """State by glyph: complete, or with problems."""
        return "!" if self.errors else "✓"

    @property
    def detail(self) -> str:
        """Type, load strategy and key in a few words."""
        key = f" on {'+'.join(self.key)}" if self.key else ""
        kind = "" if self.kind == "SQL" else f"{self.kind} · "
        return f"{kind}{self.strategy}{key}"


def effective_strategy(design: PipelineDesign, transform: Transformation) -> str:
    """Return the load strategy of the output: the transform's own, else the destination's, else overwrite."""
    own = transform.loading.strategy if transform.loading else None
    return own or design.destination.loading.strategy or "overwrite"


def transform_rows(
    design: PipelineDesign, problem_paths: Mapping[str, str] | None = None
) -> list[TransformRow]:
    """Return the rows of the list.

    Args:
        design: The design.
        problem_paths: Severity by problem path, to mark the rows concerned.
    """
    rows = []
    for index, transform in enumerate(design.transformations):
        prefix = f"transformations[{index}]"
        mine = [severity for path, severity in (problem_paths or {}).items() if _within(path, prefix)]
        rows.append(
            TransformRow(
                index=index,
                name=transform.name or "(no name)",
                kind=KIND_LABEL[transform.type],
                strategy=effective_strategy(design, transform),
                key=tuple(transform.loading.key) if transform.loading else (),
                inputs=tuple(bare_name(table) for table in transform.input_tables),
                errors=sum(severity == "error" for severity in mine),
                warnings=sum(severity == "warning" for severity in mine),
            )
        )
    return rows


def _within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))


def bare_name(table: str) -> str:
    """Return a table's name without its schema."""
    return table.rsplit(".", 1)[-1]


def staged_tables(design: PipelineDesign) -> list[Table]:
    """Return every table a transform may read, in the design's order."""
    return [table for source in design.sources for table in source.tables if table.staging_name]


def selected_columns(table: Table) -> list[str]:
    """Return the columns that reach staging: those picked, without the ones dropped as personal data."""
    names = [column.name for column in table.columns_probed] if table.columns == "*" else list(table.columns)
    return [name for name in names if table.pii.get(name) != "drop"]


def free_name(wanted: str, taken: set[str]) -> str:
    """Return ``wanted``, or the first of ``wanted_2``, ``wanted_3`` ... that is not taken."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted)
    number = 2
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def output_of(design: PipelineDesign, name: str) -> str:
    """Return the qualified output table a transform of this name gets unless the person says otherwise."""
    schema = design.destination.dataset
    return f"{schema}.{name}" if schema else name


def add_transform(design: PipelineDesign, transform: Transformation) -> int:
    """Append a transform under a free name and return its index."""
    name = free_name(transform.name or "transform", {each.name for each in design.transformations})
    transform.name = name
    if not transform.output_table:
        transform.output_table = output_of(design, name)
    design.transformations.append(transform)
    return len(design.transformations) - 1


def duplicate_transform(design: PipelineDesign, index: int) -> int:
    """Insert a copy behind the original, under a free name, and return the copy's index."""
    copy = design.transformations[index].model_copy(deep=True)
    copy.name = free_name(copy.name, {each.name for each in design.transformations})
    copy.output_table = output_of(design, copy.name)
    design.transformations.insert(index + 1, copy)
    return index + 1


def move_transform(design: PipelineDesign, index: int, offset: int) -> int:
    """Move a transform up (-1) or down (+1) and return where it is now."""
    target = max(0, min(len(design.transformations) - 1, index + offset))
    design.transformations.insert(target, design.transformations.pop(index))
    return target


def rename_transform(design: PipelineDesign, index: int, name: str) -> None:
    """Rename a transform; its output table and the checks upon it follow when they bore its name."""
    transform = design.transformations[index]
    old_name, old_output = transform.name, transform.output_table
    transform.name = name
    if bare_name(old_output) == old_name or not old_output:
        schema = old_output.rpartition(".")[0] or design.destination.dataset
        transform.output_table = f"{schema}.{name}" if schema else name
        _follow(design, old_name, name)


def _follow(design: PipelineDesign, old: str, new: str) -> None:
    quality = design.quality
    for check in (*quality.pre_transform, *quality.post_transform, *quality.final):
        if check.table and bare_name(check.table) == old:
            check.table = check.table[: len(check.table) - len(old)] + new
    for transform in design.transformations:
        transform.input_tables = [
            table[: len(table) - len(old)] + new if bare_name(table) == old else table
            for table in transform.input_tables
        ]


def set_loading(transform: Transformation, **fields: object) -> None:
    """Change fields of the output's loading, creating it when there is none yet."""
    loading = transform.loading or Loading()
    for name, value in fields.items():
        setattr(loading, name, value)
    transform.loading = loading


_PYTHON_START = '''"""{description}"""

import pyarrow as pa


def transform(inputs: dict[str, pa.Table]) -> pa.Table:
    """Return the rows to publish."""
    return {first}
'''


def change_type(transform: Transformation, kind: str) -> None:
    """Make a transform SQL or Python; the text of the other kind is kept, so that nothing is lost."""
    if kind == "python":
        transform.type = "python"
        if not transform.code:
            names = [bare_name(table) for table in transform.input_tables]
            first = f'inputs["{names[0]}"]' if names else "pa.table({})"
            transform.code = _PYTHON_START.format(
                description=transform.description or transform.name, first=first
            )
    else:
        transform.type = "sql"
        if not transform.sql:
            tables = transform.input_tables
            transform.sql = f"SELECT *\nFROM {tables[0]}\n" if tables else "SELECT 1 AS one\n"
