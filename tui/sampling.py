"""Sample rows and profiles of the tables picked, fetched where no one has looked yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from generator.errors import UserError

from .probing import look
from .state import WizardState

if TYPE_CHECKING:
    from generator.connectors.catalog import Look, ProbedTable
    from generator.design.models import Source, Table

AT_ONCE = 2
"""Sources looked at side by side; each is a process of its own."""
MOST_TABLES = 40
"""Beyond this many tables, samples are fetched where a person asks for them (Sources step)."""


async def fetch_samples(state: WizardState, origin: object | None = None) -> str:
    """Fetch what is missing into the state's facts; return why it could not be, empty when all went well.

    Args:
        state: Whose facts to fill.
        origin: Not told of what arrives.
    """
    room = MOST_TABLES
    wanted: list[tuple[Source, list[Table]]] = []
    for source in state.design.sources:
        tables = missing_samples(state, source)[:room]
        room -= len(tables)
        if tables:
            wanted.append((source, tables))
    gate = asyncio.Semaphore(AT_ONCE)

    async def fetch(source: Source, tables: list[Table]) -> str:
        async with gate:
            try:
                return await fetch_source(state, source, tables)
            except UserError as error:
                return str(error)

    failures = await asyncio.gather(*(fetch(source, tables) for source, tables in wanted))
    for source, _tables in wanted:
        state.facts_changed(source.name, origin)
    return next(filter(None, failures), "")


def missing_samples(state: WizardState, source: Source) -> list[Table]:
    """Return the picked tables of a source whose rows no one has looked at yet."""
    known = state.facts_of(source.name).samples
    return [table for table in source.tables if source.type and table.table and full_name(table) not in known]


async def fetch_source(state: WizardState, source: Source, tables: list[Table]) -> str:
    """Fetch rows and profiles of tables of one source, in one process; return why one could not be read.

    Raises:
        UserError: nothing at all could be read.
    """
    facts = state.facts_of(source.name)
    # A design may leave the default schema out; facts are kept under the name the design uses, too.
    names: dict[str, str] = {}
    wanted: list[ProbedTable] = []
    for table in tables:
        probed = facts.table(table.namespace, table.table) or as_probed(table)
        names[probed.full_name] = full_name(table)
        wanted.append(probed)
    failures: list[str] = []

    def arrived(found: Look) -> None:
        if found.failure:
            failures.append(found.failure)
        for name in {found.table, names.get(found.table, found.table)}:
            if found.sample is not None:
                facts.samples[name] = found.sample
            if found.profile is not None:
                facts.profiles.setdefault(name, found.profile)

    await look(source.type, source.connection, state.environment(), wanted, arrived)
    return failures[0] if failures else ""


def full_name(table: Table) -> str:
    """Return a table's name as facts are kept under it."""
    return f"{table.namespace}.{table.table}" if table.namespace else table.table


def as_probed(table: Table) -> ProbedTable:
    """Return a table of the design as the probe that once filled it saw it."""
    from generator.connectors.catalog import ProbedColumn, ProbedTable

    columns = tuple(
        ProbedColumn(
            name=column.name,
            type=column.type,
            nullable=column.nullable,
            source_type=column.source_type,
            caveat=column.caveat,
        )
        for column in table.columns_probed
    )
    return ProbedTable(
        namespace=table.namespace, name=table.table, columns=columns, primary_key=tuple(table.primary_key)
    )
