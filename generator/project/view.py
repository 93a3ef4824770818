"""The resolved design as templates and writers want it: names checked, types settled, relations named."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from generator.checks.catalogue import unique_names
from generator.connectors.base import Connector
from generator.connectors.registry import connector
from generator.design.models import Check, Column, Loading, PipelineDesign, Source, Table, Transformation
from generator.sql.design_tables import design_tables

from .encoders import Encoded, Identifier
from .names import bare_table, class_name, file_stem, fit

Stage = Literal["pre_transform", "post_transform", "final"]


@dataclass(frozen=True)
class Part:
    """A source, transformation or destination as its thin module names it."""

    name: Identifier
    class_name: Identifier
    module: Identifier
    type: Identifier
    title: str


@dataclass(frozen=True)
class TableView:
    """One source table with its source."""

    source: Source
    table: Table

    @property
    def name(self) -> str:
        """Name in staging."""
        return self.table.staging_name

    @property
    def stem(self) -> str:
        """Name in file names."""
        return file_stem(self.name)

    @property
    def full_name(self) -> str:
        """Name in the source, for people."""
        return f"{self.table.namespace}.{self.table.table}" if self.table.namespace else self.table.table

    @functools.cached_property
    def columns(self) -> list[Column]:
        """The columns taken from the source, in order, with those dropped as personal data."""
        known = {column.name: column for column in self.table.columns_probed}
        names = list(known) if self.table.columns == "*" else self.table.columns
        return [known.get(name) or Column(name=name) for name in names]

    @property
    def landed(self) -> list[Column]:
        """The columns that reach staging, with the type they have there."""
        pii = self.table.pii
        return [
            column.model_copy(update={"type": "text"}) if column.name in pii else column
            for column in self.columns
            if pii.get(column.name) != "drop"
        ]


@dataclass(frozen=True)
class CheckView:
    """One quality check with its stage and its unique name."""

    check: Check
    name: Identifier
    stage: Stage

    @property
    def stem(self) -> str:
        """Name of its SQL file."""
        return file_stem(self.name)


@dataclass(frozen=True)
class ProjectView:
    """Everything the writers of files ask of a resolved design."""

    design: PipelineDesign

    @property
    def name(self) -> Identifier:
        """The pipeline's and the package's name."""
        return Identifier(self.design.pipeline.name)

    @property
    def variable(self) -> Encoded:
        """The name as a prefix of environment variables, as ``SHOP_ORDERS``."""
        return Encoded(self.design.pipeline.name.upper(), "any")

    @property
    def modelled(self) -> bool:
        """Whether there are transformations; else every table is published under its own name."""
        return bool(self.design.transformations)

    @property
    def elt(self) -> bool:
        """Whether staging lies in the destination."""
        return (
            self.design.technology.pattern == "batch_elt"
            and self.destination_connector.capabilities.hosts_staging
        )

    @functools.cached_property
    def destination_connector(self) -> Connector:
        """The destination's connector."""
        return connector(self.design.destination.type)

    @functools.cached_property
    def source_connectors(self) -> dict[str, Connector]:
        """Connector by source name."""
        return {source.name: connector(source.type) for source in self.design.sources}

    @property
    def dialect(self) -> str:
        """SQL dialect that transforms and checks run in."""
        return self.destination_connector.capabilities.dialect if self.elt else "duckdb"

    @property
    def destination_dialect(self) -> str:
        """SQL dialect of what is published; files are read and written by the embedded DuckDB."""
        return "postgres" if self.destination_connector.capabilities.dialect == "postgres" else "duckdb"

    @functools.cached_property
    def tables(self) -> list[TableView]:
        """All source tables."""
        return [TableView(source, table) for source in self.design.sources for table in source.tables]

    @functools.cached_property
    def tables_by_name(self) -> dict[str, TableView]:
        """Source tables by name in staging."""
        return {table.name: table for table in self.tables}

    @functools.cached_property
    def known_tables(self) -> dict[str, dict[str, str]]:
        """Columns and logical types of every staging table and every output, by full name."""
        return design_tables(self.design)

    def columns_of(self, table: str) -> dict[str, str]:
        """Return the columns of a staging table or an output, as far as they are known."""
        if table in self.tables_by_name:
            return {column.name: column.type for column in self.tables_by_name[table].landed}
        return self.known_tables.get(self.outputs[table].output_table, {}) if table in self.outputs else {}

    def fit(self, name: str) -> str:
        """Return a name as the engine keeps it: PostgreSQL cuts at 63 bytes, so longer ones get a digest."""
        return fit(name) if self.dialect == "postgres" else name

    @functools.cached_property
    def outputs(self) -> dict[str, Transformation]:
        """Transformations by the bare name of the table they publish."""
        return {bare_table(item.output_table): item for item in self.design.transformations}

    @functools.cached_property
    def published(self) -> dict[str, Loading]:
        """How each published table is loaded."""
        default = self.design.destination.loading
        if self.modelled:
            return {name: item.loading or default for name, item in self.outputs.items()}
        return {table.name: table.table.loading or default for table in self.tables}

    @functools.cached_property
    def checks(self) -> list[CheckView]:
        """All checks, stage by stage, under names unique in the whole pipeline."""
        staged = [(stage, check) for stage, checks in self._stages() for check in checks]
        names = unique_names(check for _, check in staged)
        return [
            CheckView(check, Identifier(name), stage)
            for (stage, check), name in zip(staged, names, strict=True)
        ]

    def checks_of(self, stage: Stage) -> list[CheckView]:
        """Return the checks of one stage."""
        return [check for check in self.checks if check.stage == stage]

    def _stages(self) -> Iterator[tuple[Stage, list[Check]]]:
        quality = self.design.quality
        yield "pre_transform", quality.pre_transform
        yield "post_transform", quality.post_transform
        yield "final", quality.final

    @functools.cached_property
    def sources(self) -> list[Part]:
        """The sources as extractor modules."""
        return [
            _part(source.name, "extractor", source.type, self.source_connectors[source.name].title)
            for source in self.design.sources
        ]

    @functools.cached_property
    def transformations(self) -> list[Part]:
        """The transformations as transformer modules."""
        return [
            _part(item.name, "transformer", item.type, item.description)
            for item in self.design.transformations
        ]

    @functools.cached_property
    def destination(self) -> Part:
        """The destination as a loader module."""
        chosen = self.design.destination
        return _part(chosen.name, "loader", chosen.type, self.destination_connector.title)

    @property
    def source_types(self) -> list[str]:
        """The connectors of all sources, each once, sorted."""
        return sorted({source.type for source in self.design.sources})

    @property
    def incremental(self) -> list[TableView]:
        """The tables of which a run takes only what is new."""
        return [
            table
            for table in self.tables
            if table.table.extraction and table.table.extraction.strategy == "incremental"
        ]

    @property
    def sql_transforms(self) -> list[Transformation]:
        """The transformations written in SQL."""
        return [item for item in self.design.transformations if item.type == "sql"]

    @property
    def python_transforms(self) -> list[Transformation]:
        """The transformations written in Python."""
        return [item for item in self.design.transformations if item.type == "python"]

    @property
    def uses_tokens(self) -> bool:
        """Whether some column is tokenised, so that a key is needed."""
        return any("tokenize" in table.table.pii.values() for table in self.tables)

    @property
    def uses_postgres(self) -> bool:
        """Whether PostgreSQL is read from or written to."""
        return "postgres" in {*self.source_types, self.design.destination.type}


def _part(name: str, kind: str, connector_type: str, title: str) -> Part:
    return Part(
        Identifier(name),
        class_name(name, kind.title()),
        Identifier(f"{name}_{kind}"),
        Identifier(connector_type),
        title,
    )
