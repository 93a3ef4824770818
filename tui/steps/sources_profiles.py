"""Profiles of tables, read when the cursor rests on one: NULLs, distinct values, least and greatest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from generator.errors import UserError
from tui.probing import profile

from .tables import TableRow

if TYPE_CHECKING:
    from generator.design.models import Source
    from tui.state import WizardState

PROFILE_AFTER_SECONDS = 0.4
"""How long the cursor rests on a table before a sample of it is read."""


class Profiles:
    """Reads each table's sample once.

    Args:
        state: Where the profiles go.
        rests_on: Returns the table the cursor is on.
        wait: Tells whether rows of a source are on their way already.
        tell: Shows a person why a profile could not be read.
    """

    def __init__(
        self,
        state: WizardState,
        rests_on: Callable[[], TableRow | None],
        wait: Callable[[str], bool],
        tell: Callable[[str], None],
    ) -> None:
        self._state, self._rests_on, self._wait, self._tell = state, rests_on, wait, tell
        self._asked: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def soon(self, source: Source, row: TableRow) -> None:
        """Read a table's sample unless it is known or on its way."""
        known = (source.name, row.full_name)
        if row.probed is None or known in self._asked or self._wait(source.name):
            return
        if row.full_name not in self._state.facts_of(source.name).profiles:
            self._asked.add(known)
            task = asyncio.create_task(self._read(source, row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def again(self, source: Source, row: TableRow) -> None:
        """Read a table's sample anew."""
        self._asked.discard((source.name, row.full_name))
        self._state.facts_of(source.name).profiles.pop(row.full_name, None)
        self.soon(source, row)

    async def _read(self, source: Source, row: TableRow) -> None:
        await asyncio.sleep(PROFILE_AFTER_SECONDS)
        now = self._rests_on()
        if row.probed is None or now is None or now.identity != row.identity:
            # The cursor only passed by.
            self._asked.discard((source.name, row.full_name))
            return
        try:
            found = await profile(source.type, source.connection, self._state.environment(), row.probed)
        except UserError as error:
            self._tell(str(error))
            return
        self._state.facts_of(source.name).profiles[row.full_name] = found
        self._state.facts_changed(source.name)

    def close(self) -> None:
        """End what is still read."""
        for task in self._tasks:
            task.cancel()
