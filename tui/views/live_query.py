"""A query looked at while it is typed: what is wrong, what it gives, where its columns come from."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .completion import Suggestion
from .transforms import effective_strategy

if TYPE_CHECKING:
    from generator.connectors.catalog import Sample
    from generator.design.models import PipelineDesign, Transformation
    from tui.state import Facts
    from tui.steps.base import Preview

_NO_SAMPLES = (
    "The query holds together. For its result, look at sample rows in the Sources step (key 1), or press r."
)
_PYTHON_NOTE = "The module holds together. It runs on Arrow tables when the pipeline does; {inputs} at hand."


@dataclass(frozen=True)
class QueryProblem:
    """What is wrong and where; line and column from 1, line 0 where there is no place."""

    message: str
    line: int = 0
    column: int = 0
    severity: Literal["error", "warning"] = "error"
    length: int = 1


@dataclass(frozen=True)
class LiveQuery:
    """Everything the screen shows of one transform."""

    problems: tuple[QueryProblem, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    more: bool = False
    seconds: float = 0.0
    sampled: tuple[str, ...] = ()
    notice: str = ""
    lineage: tuple[tuple[str, tuple[str, ...]], ...] = ()
    inputs: tuple[str, ...] | None = None
    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def dialect_of(sql: str) -> str:
    """Return the dialect a query is written in: DuckDB's, or PostgreSQL's where only that can read it."""
    from generator.sql.query import parse_query

    if parse_query(sql).tree is None and parse_query(sql, "postgres").tree is not None:
        return "postgres"
    return "duckdb"


def live_query(design: PipelineDesign, index: int, facts: Mapping[str, Facts]) -> LiveQuery:
    """Check a transform, run it on the samples at hand, trace its columns; up to two seconds."""
    from generator.sql.design_tables import design_tables

    transform = design.transformations[index]
    tables = design_tables(design, before=transform.name)
    listed = tuple((name, tuple(columns.items())) for name, columns in tables.items())
    if transform.type == "python":
        return _live_python(transform, listed)
    return _live_sql(transform.sql or "", tables, listed, samples_of(design, facts))


def _live_sql(
    sql: str,
    tables: Mapping[str, Mapping[str, str]],
    listed: tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
    samples: Mapping[str, Sample],
) -> LiveQuery:
    from generator.sql.lineage import column_lineage
    from generator.sql.parse import check_sql, referenced_tables
    from generator.sql.preview import preview

    dialect = dialect_of(sql)
    problems = tuple(
        QueryProblem(found.message, found.line, found.column, found.severity, found.length)
        for found in check_sql(sql, tables, dialect)
    )
    inputs = tuple(referenced_tables(sql, tables, dialect))
    if any(problem.severity == "error" for problem in problems):
        return LiveQuery(problems, inputs=inputs, tables=listed)
    lineage = tuple(
        (column.column, tuple(f"{table.rpartition('.')[2]}.{name}" for table, name in column.sources))
        for column in column_lineage(sql, tables, dialect)
    )
    sampled = tuple(name for name in inputs if name in samples)
    if inputs and not sampled:
        return LiveQuery(problems, notice=_NO_SAMPLES, lineage=lineage, inputs=inputs, tables=listed)
    result = preview(sql, samples, tables, dialect=dialect)
    if result.error is not None:
        wrong = QueryProblem(result.error.message, result.error.line, result.error.column)
        return LiveQuery((*problems, wrong), lineage=lineage, inputs=inputs, tables=listed)
    return LiveQuery(
        problems, result.columns, result.rows, result.truncated, result.elapsed_seconds, sampled,
        lineage=lineage, inputs=inputs, tables=listed,
    )  # fmt: skip


def _live_python(
    transform: Transformation, listed: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
) -> LiveQuery:
    problems = python_problems(transform.code or "")
    names = (
        " and ".join(f'inputs["{name.rpartition(".")[2]}"]' for name in transform.input_tables) or "no table"
    )
    notice = (
        ""
        if problems
        else _PYTHON_NOTE.format(inputs=names + (" is" if len(transform.input_tables) < 2 else " are"))
    )
    return LiveQuery(problems, notice=notice, tables=listed)


def python_problems(code: str) -> tuple[QueryProblem, ...]:
    """Return what is wrong with a Python transform: syntax, or no ``transform(inputs)``."""
    if not code.strip():
        return (
            QueryProblem(
                "the module is empty: write transform(inputs: dict[str, pa.Table]) -> pa.Table", 1, 1
            ),
        )
    from generator.design.python_source import parse_python

    try:
        tree = parse_python(code)
    except SyntaxError as error:
        return (QueryProblem(f"syntax error: {error.msg}", error.lineno or 1, error.offset or 1),)
    except ValueError as error:
        return (QueryProblem(str(error), 1, 1),)
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "transform":
            return (QueryProblem("transform must be a plain function, not async", node.lineno, 1),)
        if isinstance(node, ast.FunctionDef) and node.name == "transform":
            count = len(node.args.posonlyargs) + len(node.args.args)
            if count != 1 and not node.args.vararg:
                wrong = f"transform takes one argument, inputs; this one takes {count}"
                return (QueryProblem(wrong, node.lineno, node.col_offset + 1),)
            return ()
    return (QueryProblem("there is no transform(inputs: dict[str, pa.Table]) -> pa.Table", 1, 1),)


def samples_of(design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Sample]:
    """Return the sample rows at hand under the names queries use, as ``staging.orders``."""
    schema = design.destination.staging_schema
    found: dict[str, Sample] = {}
    for source in design.sources:
        known = facts.get(source.name)
        for table in source.tables:
            full = f"{table.namespace}.{table.table}" if table.namespace else table.table
            sample = known and (known.samples.get(full) or known.samples.get(table.table))
            if sample:
                found[f"{schema}.{table.staging_name}"] = sample
    return found


def derive_inputs(result: LiveQuery) -> list[str] | None:
    """Return the input tables of a query that could be read, None when they are the person's to say."""
    if result.inputs is None or (not result.inputs and result.problems):
        return None
    return list(result.inputs)


def suggestions(design: PipelineDesign, index: int, text: str, line: int, column: int) -> list[Suggestion]:
    """Return what may stand at the cursor (line and column from 0)."""
    from generator.sql.completion import completions
    from generator.sql.design_tables import design_tables

    if not 0 <= index < len(design.transformations) or design.transformations[index].type != "sql":
        return []
    tables = design_tables(design, before=design.transformations[index].name)
    before = text.split("\n")[:line]
    cursor = sum(len(each) + 1 for each in before) + column
    return [
        Suggestion(each.text, each.text, each.detail, cursor - each.start)
        for each in completions(text, cursor, tables)
    ]


def formatted(sql: str) -> str | None:
    """Return the query laid out anew, comments kept; None when it cannot be read."""
    from generator.sql.query import parse_query

    dialect = dialect_of(sql)
    tree = parse_query(sql, dialect).tree
    if tree is None:
        return None
    return str(tree.sql(dialect=dialect, pretty=True)) + "\n"


def generated_file(design: PipelineDesign, index: int) -> Preview:
    """Return the file the project will hold for a transform."""
    from tui.steps.base import Preview

    transform = design.transformations[index]
    name = transform.name or "transform"
    if transform.type == "python":
        return Preview(f"src/transformers/{name}_transformer.py", transform.code or "", "python")
    head = [f"-- {transform.description}"] if transform.description else []
    loading = transform.loading
    key = f" on {', '.join(loading.key)}" if loading and loading.key else ""
    head.append(f"-- publishes {transform.output_table}: {effective_strategy(design, transform)}{key}")
    return Preview(f"sql/transformations/{name}.sql", "\n".join(head) + "\n" + (transform.sql or ""), "sql")
