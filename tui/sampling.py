"""Sample rows and profiles of the tables picked, fetched where no one has looked yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from generator.errors import UserError

from .probing import profile, sample
from .state import WizardState

if TYPE_CHECKING:
    from generator.connectors.catalog import ProbedTable
    from generator.design.models import Source, Table

AT_ONCE = 2
"""Tables looked at side by side; more would only press on a source that others use."""
MOST_TABLES = 40
"""Beyond this many tables, samples are fetched where a person asks for them (Sources step)."""


async def fetch_samples(state: WizardState, origin: object | None = None) -> str:
    """Fetch what is missing into the state's facts; return why it could not be, empty when all went well.

    Args:
        state: Whose facts to fill.
        origin: Not told of what arrives.
    """
    wanted = [
        (source, table)
        for source in state.design.sources
        for table in source.tables
        if source.type and table.table and full_name(table) not in state.facts_of(source.name).samples
    ][:MOST_TABLES]
    gate = asyncio.Semaphore(AT_ONCE)
    failures: list[str] = []

    async def fetch(source: Source, table: Table) -> None:
        async with gate:
            if failures:
                return
            try:
                await _fetch(state, source, table)
            except UserError as error:
                failures.append(str(error))

    await asyncio.gather(*(fetch(source, table) for source, table in wanted))
    for name in {source.name for source, _ in wanted}:
        state.facts_changed(name, origin)
    return failures[0] if failures else ""


async def _fetch(state: WizardState, source: Source, table: Table) -> None:
    environment, facts = state.environment(), state.facts_of(source.name)
    probed = facts.table(table.namespace, table.table) or _as_probed(table)
    name = full_name(table)
    facts.samples[name] = await sample(source.type, source.connection, environment, probed)
    if name not in facts.profiles:
        facts.profiles[name] = await profile(source.type, source.connection, environment, probed)


def full_name(table: Table) -> str:
    """Return a table's name as facts are kept under it."""
    return f"{table.namespace}.{table.table}" if table.namespace else table.table


def _as_probed(table: Table) -> ProbedTable:
    from generator.connectors.catalog import ProbedColumn, ProbedTable

    columns = tuple(
        ProbedColumn(name=c.name, type=c.type, nullable=c.nullable, source_type=c.source_type)
        for c in table.columns_probed
    )
    return ProbedTable(
        namespace=table.namespace, name=table.table, columns=columns, primary_key=tuple(table.primary_key)
    )
