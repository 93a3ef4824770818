"""Problems of the transformations: names, inputs, cycles, queries and code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..models import Loading, PipelineDesign, Transformation
from ..names import part_name_fault, staging_name_fault
from ..nearest import did_you_mean
from ..problem import Problem, error
from ..python_source import parse_python
from ..relations import bare, output_name, placed_tables, qualifier
from .destination import loading_problems


def transform_problems(design: PipelineDesign) -> Iterator[Problem]:
    """Yield what is wrong with `transformations`."""
    names: dict[str, int] = {}
    outputs: dict[str, str] = {}
    staged = {placed.name: placed.path for placed in placed_tables(design)}
    for index, transformation in enumerate(design.transformations):
        path = f"transformations[{index}]"
        if fault := part_name_fault(transformation.name):
            yield error(f"{path}.name", *fault)
        elif transformation.name in names:
            yield error(
                f"{path}.name", f"the name {transformation.name} is there twice", "rename one of them"
            )
        names.setdefault(transformation.name, index)
        yield from _output(design, path, transformation, outputs)
        yield from _body(path, transformation)
        yield from _inputs(design, path, transformation, staged)
        own, default = transformation.loading or Loading(), design.destination.loading
        yield from loading_problems(
            f"{path}.loading", output_name(transformation), own, default, own.key, None
        )
    for cycle in cycles(design):
        path = f"transformations[{names[cycle[0]]}].input_tables"
        way = " -> ".join([*cycle, cycle[0]])
        yield error(path, f"the transformations wait for each other: {way}", "remove one of these inputs")


def _output(
    design: PipelineDesign, path: str, transformation: Transformation, outputs: dict[str, str]
) -> Iterator[Problem]:
    name, schema = output_name(transformation), qualifier(transformation.output_table)
    if transformation.output_table and (fault := staging_name_fault(name)):
        yield error(f"{path}.output_table", *fault)
    if schema and schema != design.destination.dataset:
        fix = f"write {design.destination.dataset}.{name}, or change the destination's schema"
        said = (
            f"{transformation.output_table} is not in the destination's schema {design.destination.dataset}"
        )
        yield error(f"{path}.output_table", said, fix)
    folded = name.casefold()
    if folded in outputs and folded:
        fix = "give one of them another output table"
        yield error(f"{path}.output_table", f"{name} is the output of {outputs[folded]} too", fix)
    outputs.setdefault(folded, transformation.name)


def _body(path: str, transformation: Transformation) -> Iterator[Problem]:
    kind, sql, code = transformation.type, transformation.sql, transformation.code
    if kind == "dbt":
        yield error(f"{path}.type", "dbt is not offered in this release", "use sql or python")
    elif kind == "sql":
        if transformation.sql_file and sql is None:
            fix = "put the file beside the design, or write the query here as sql"
            yield error(f"{path}.sql_file", f"the file {transformation.sql_file!r} was not found", fix)
        elif not (sql or "").strip():
            yield error(f"{path}.sql", "the query is missing", "write a SELECT")
        if code is not None:
            yield error(
                f"{path}.code", "a SQL transformation has Python code too", "remove it, or use type python"
            )
    else:
        if sql is not None:
            yield error(
                f"{path}.sql", "a Python transformation has a query too", "remove it, or use type sql"
            )
        if not (code or "").strip():
            fix = "write def transform(inputs: dict[str, pa.Table]) -> pa.Table"
            yield error(f"{path}.code", "the code is missing", fix)
        elif fault := code_fault(code or ""):
            yield error(f"{path}.code", *fault)
        if not transformation.input_tables:
            yield error(f"{path}.input_tables", "the inputs are not named", "list the tables it reads")


def code_fault(code: str) -> tuple[str, str] | None:
    """Say what keeps text from being a Python transform, with its line: (message, fix), or None."""
    try:
        tree = parse_python(code)
    except SyntaxError as fault:
        return f"line {fault.lineno}: {fault.msg}", ""
    except (ValueError, RecursionError, MemoryError):
        return "is not Python code", "write def transform(inputs)"
    if not any(isinstance(part, ast.FunctionDef) and part.name == "transform" for part in tree.body):
        return "defines no function transform", "write def transform(inputs: dict[str, pa.Table]) -> pa.Table"
    return None


def _inputs(
    design: PipelineDesign, path: str, transformation: Transformation, staged: dict[str, str]
) -> Iterator[Problem]:
    outputs = {name for other in design.transformations for name in (output_name(other), other.name) if name}
    known = {name.casefold() for name in (*staged, *outputs)}
    for index, reference in enumerate(transformation.input_tables):
        if bare(reference).casefold() not in known:
            candidates = [f"{design.destination.staging_schema}.{name}" for name in staged] + sorted(outputs)
            fix = did_you_mean(reference, candidates) or "extract the table in a source first"
            yield error(f"{path}.input_tables[{index}]", f"there is no table {reference!r}", fix)


def dependencies(design: PipelineDesign) -> dict[str, list[str]]:
    """Return, per transformation, the transformations whose outputs it names as inputs.

    A staging table hides an output of the same name, unless the reference names the destination's schema.
    """
    makers: dict[str, str] = {}
    for transformation in design.transformations:
        makers.setdefault(transformation.name.casefold(), transformation.name)
        makers[output_name(transformation).casefold()] = transformation.name
    staged = {placed.name.casefold() for placed in placed_tables(design)}
    result: dict[str, list[str]] = {}
    for transformation in design.transformations:
        waits = result.setdefault(transformation.name, [])
        for reference in transformation.input_tables:
            name = bare(reference).casefold()
            published = qualifier(reference).casefold() == design.destination.dataset.casefold()
            if name in makers and (published or name not in staged) and makers[name] not in waits:
                waits.append(makers[name])
    return result


def cycles(design: PipelineDesign) -> list[list[str]]:
    """Return the cycles among transformations, each once, as the names in order of waiting."""
    waits = dependencies(design)
    state: dict[str, int] = {}
    found: list[list[str]] = []
    for start in waits:
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(waits[start]))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[name] = 2
                stack.pop()
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(waits[following])))
            elif state[following] == 1:
                way = [step for step, _ in stack]
                found.append(way[way.index(following) :])
    return found
