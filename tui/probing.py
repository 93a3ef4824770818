"""Live looks at a system, each in a process that can be ended: what the screens await."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .background import in_background

if TYPE_CHECKING:
    from generator.connectors.catalog import Catalog, Look, ProbedTable, Profile, Sample
    from generator.connectors.jobs import Action, Request, Result
    from generator.design.models import Scalar

REPORT_EVERY_SECONDS = 0.2
"""Tables arrive by the thousand; the screen hears of them five times a second."""

Connection = Mapping[str, "Scalar"]
Environment = Mapping[str, str]


def _request(
    action: Action,
    kind: str,
    connection: Connection,
    env: Environment,
    table: ProbedTable | None = None,
    tables: Sequence[ProbedTable] = (),
) -> Request:
    """Expand the connection and return the request; may take a moment the first time (imports)."""
    from generator.connectors.environment import expand
    from generator.connectors.jobs import Request
    from generator.connectors.registry import connector

    settings = expand(connector(kind).Settings, connection, env)
    return Request(action, kind, settings, table, tuple(tables))


async def _run(
    request: Request,
    on_table: Callable[[ProbedTable], None] | None = None,
    on_look: Callable[[Look], None] | None = None,
) -> Result:
    from generator.connectors.jobs import start

    job = start(request)
    found: Result = ""
    try:
        async for event in job:
            if event[0] == "done":
                found = event[1]
            elif event[0] == "table":
                if on_table is not None:
                    on_table(event[1])
            elif on_look is not None:
                on_look(event[1])
    finally:
        job.cancel()
    return found


async def probe(
    kind: str, connection: Connection, env: Environment, arrived: Callable[[Sequence[ProbedTable]], None]
) -> Catalog:
    """Return what a system holds; ``arrived`` is told all tables so far, a few times a second.

    Raises:
        ProbeError: the system cannot be looked at.
        DesignError: there is no such connector.
    """
    from generator.connectors.catalog import Catalog

    tables: list[ProbedTable] = []
    told = 0.0

    def on_table(table: ProbedTable) -> None:
        nonlocal told
        tables.append(table)
        if time.monotonic() - told > REPORT_EVERY_SECONDS:
            told = time.monotonic()
            arrived(tuple(tables))

    request = await in_background(lambda: _request("probe", kind, connection, env))
    found = await _run(request, on_table)
    return found if isinstance(found, Catalog) else Catalog(connector=kind)


async def test(kind: str, connection: Connection, env: Environment) -> str:
    """Connect as a destination would and return the system's name and version."""
    return str(await _run(await in_background(lambda: _request("test", kind, connection, env))))


async def sample(kind: str, connection: Connection, env: Environment, table: ProbedTable) -> Sample:
    """Return some rows of a table."""
    from generator.connectors.catalog import Sample

    found = await _run(await in_background(lambda: _request("sample", kind, connection, env, table)))
    return found if isinstance(found, Sample) else Sample(columns=())


async def profile(kind: str, connection: Connection, env: Environment, table: ProbedTable) -> Profile:
    """Return facts about a bounded sample of a table."""
    from generator.connectors.catalog import Profile

    found = await _run(await in_background(lambda: _request("profile", kind, connection, env, table)))
    return found if isinstance(found, Profile) else Profile(table=table.name, sampled_rows=0)


async def look(
    kind: str,
    connection: Connection,
    env: Environment,
    tables: Sequence[ProbedTable],
    arrived: Callable[[Look], None],
) -> None:
    """Read rows and facts of many tables in one process; ``arrived`` is told of each as it comes.

    Raises:
        ProbeError: the system cannot be looked at.
        DesignError: there is no such connector.
    """
    await _run(
        await in_background(lambda: _request("look", kind, connection, env, tables=tables)), on_look=arrived
    )
