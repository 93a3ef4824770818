"""`pipewizard probe`: what the live connections of a design hold."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from generator.errors import DesignError, ProbeError

from .design_file import read_design, save_design
from .output import FAILED, OK, Output, describe, usage

if TYPE_CHECKING:
    from generator.connectors.catalog import Catalog, ProbedTable
    from generator.design.models import PipelineDesign, Source


def run(options: argparse.Namespace, output: Output) -> int:
    """Probe the sources, print their tables, and keep them in a design if asked to; 1 when a source failed."""
    from generator.design.nearest import did_you_mean

    design = read_design(options.design)
    chosen = [source for source in design.sources if options.source in (None, source.name)]
    if not chosen:
        names = [source.name for source in design.sources]
        if options.source is None:
            usage(f"{options.design} has no source to probe", "add one to its sources")
        usage(f"there is no source {options.source!r}", did_you_mean(options.source, names))
    results: list[dict[str, Any]] = []
    catalogs: dict[str, Catalog] = {}
    for source in chosen:
        try:
            catalog = _probe(source)
        except (ProbeError, DesignError) as error:
            results.append({"source": source.name, "type": source.type, "error": describe(error)})
            if not output.as_json:
                output.error(error)
            continue
        results.append({"source": source.name, "type": source.type, **catalog.model_dump(mode="json")})
        catalogs[source.name] = catalog
        _show(source, catalog, output)
    complete = len(catalogs) == len(chosen)
    if options.output and complete:
        _keep(design, catalogs, options.output, output)
    elif options.output:
        output.note(f"{options.output} is not written: not every source could be probed")
    output.json({"sources": results})
    return OK if complete else FAILED


def _keep(design: PipelineDesign, catalogs: Mapping[str, Catalog], file: str, output: Output) -> None:
    """Write the design with the columns and keys found; what the user chose stays."""
    from generator.advice.merge import merge_catalog
    from generator.design.nearest import did_you_mean

    for index, source in enumerate(design.sources):
        if source.name in catalogs:
            merged = merge_catalog(source, catalogs[source.name])
            design.sources[index] = merged.source
            names = [table.name for table in catalogs[source.name].tables]
            for change in merged.changes:
                near = did_you_mean(change.table, names) if change.kind == "table_gone" else ""
                told = f"{source.name}, {change.table}: {change.text}{near and f'; {near}'}"
                output.note(f"  {'!' if change.serious else '·'} {told}")
    save_design(design, file)
    output.note(f"wrote {file}")


def _probe(source: Source) -> Catalog:
    from generator.connectors import jobs
    from generator.connectors.catalog import Catalog
    from generator.connectors.environment import expand
    from generator.connectors.registry import connector

    settings = expand(
        connector(source.type).Settings, source.connection, os.environ, where=f"source {source.name}"
    )
    found = jobs.run(jobs.Request("probe", source.type, settings))
    if not isinstance(found, Catalog):
        raise TypeError(type(found).__name__)
    return found


def _show(source: Source, catalog: Catalog, output: Output) -> None:
    output.result(f"{source.name}: {catalog.system or source.type}, {_counted(len(catalog.tables))}")
    output.table(["table", "rows", "key", "columns"], [_row(table) for table in catalog.tables])
    for text in catalog.warnings:
        output.note(f"  ! {text}")


def _row(table: ProbedTable) -> list[str]:
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    rows = "-" if table.rows is None else f"{table.rows:,}"
    return [table.full_name, rows, ", ".join(table.primary_key) or "-", columns]


def _counted(tables: int) -> str:
    return f"{tables} table{'' if tables == 1 else 's'}"
