"""A query looked at while it is typed: what is wrong, what it gives, where its columns come from."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .completion import Suggestion

if TYPE_CHECKING:
    from generator.connectors.catalog import Sample
    from generator.design.models import PipelineDesign, Transformation
    from tui.state import Facts

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
    output: tuple[tuple[str, str], ...] = ()
    """Output columns with their logical types, also without a sample."""
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False, repr=False)
    """The tables the query may read."""


def dialect_of(sql: str) -> str:
    """Return the dialect a query is written in: DuckDB's, or PostgreSQL's where only that can read it."""
    from generator.sql.query import parse_query

    if parse_query(sql).tree is None and parse_query(sql, "postgres").tree is not None:
        return "postgres"
    return "duckdb"


def tables_for(design: PipelineDesign, index: int) -> dict[str, dict[str, str]]:
    """Return the tables a transform may read. They do not depend on its own query: keep them while it is typed."""
    from generator.sql.design_tables import design_tables

    return design_tables(design, before=design.transformations[index].name)


def live_query(
    design: PipelineDesign,
    index: int,
    facts: Mapping[str, Facts],
    tables: Mapping[str, Mapping[str, str]] | None = None,
) -> LiveQuery:
    """Check a transform, run it on the samples at hand, trace its columns; up to two seconds.

    Args:
        design: The design.
        index: Which transform.
        facts: Samples, by source.
        tables: What `tables_for` returned, if it is at hand.
    """
    transform = design.transformations[index]
    if tables is None:
        tables = tables_for(design, index)
    if transform.type == "python":
        return _live_python(transform, tables)
    return _live_sql(transform.sql or "", tables, samples_of(design, facts))


def _live_sql(sql: str, tables: Mapping[str, Mapping[str, str]], samples: Mapping[str, Sample]) -> LiveQuery:
    from generator.sql.design_tables import output_columns
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
        return LiveQuery(problems, inputs=inputs, tables=tables)
    lineage = tuple(
        (column.column, tuple(f"{table.rpartition('.')[2]}.{name}" for table, name in column.sources))
        for column in column_lineage(sql, tables, dialect)
    )
    output = tuple(output_columns(sql, tables).items())
    sampled = tuple(name for name in inputs if name in samples)
    if inputs and not sampled:
        return LiveQuery(
            problems, notice=_NO_SAMPLES, lineage=lineage, inputs=inputs, output=output, tables=tables
        )
    result = preview(sql, samples, tables, dialect=dialect)
    if result.error is not None:
        wrong = QueryProblem(result.error.message, result.error.line, result.error.column)
        return LiveQuery((*problems, wrong), lineage=lineage, inputs=inputs, output=output, tables=tables)
    return LiveQuery(
        problems, result.columns, result.rows, result.truncated, result.elapsed_seconds, sampled,
        lineage=lineage, inputs=inputs, output=output or result.columns, tables=tables,
    )  # fmt: skip


def _live_python(transform: Transformation, tables: Mapping[str, Mapping[str, str]]) -> LiveQuery:
    problems = python_problems(transform.code or "")
    names = (
        " and ".join(f'inputs["{name.rpartition(".")[2]}"]' for name in transform.input_tables) or "no table"
    )
    notice = (
        ""
        if problems
        else _PYTHON_NOTE.format(inputs=names + (" is" if len(transform.input_tables) < 2 else " are"))
    )
    return LiveQuery(problems, notice=notice, tables=tables)


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


def suggestions(
    tables: Mapping[str, Mapping[str, str]], text: str, line: int, column: int
) -> list[Suggestion]:
    """Return what may stand at the cursor (line and column from 0), out of these tables."""
    from generator.sql.completion import completions

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
