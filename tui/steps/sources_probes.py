"""The looks at the sources, one per source side by side: those asked for, and the first ones nobody had to ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from generator.errors import UserError
from tui.attempt import Attempt
from tui.background import in_background
from tui.first_look import is_local, may_look
from tui.paths import absolute
from tui.probing import probe
from tui.sampling import MOST_TABLES, fetch_source, missing_samples
from tui.state import Facts, WizardState

if TYPE_CHECKING:
    from generator.advice.merge import MergedSource
    from generator.connectors.catalog import Catalog, ProbedTable
    from generator.design.models import PipelineDesign, Scalar, Source

AT_ONCE = 2
"""Unasked looks side by side; one that was asked for never waits."""
About = tuple[str, "dict[str, Scalar]"]


class SourceProbes:
    """Attempts by source. Puts what they bring into the state's facts, and columns into the design.

    Args:
        state: Whose sources to look at.
        stopwatch: Seconds that only go forward.
        arrived: Told the source's name when tables came in; the second argument says whether it was asked for.
        finished: Told the same when a look succeeded.
        changed: Told when any attempt changed its phase.
        tell: Shows a person one sentence about the design.
    """

    def __init__(
        self,
        state: WizardState,
        stopwatch: Callable[[], float],
        *,
        arrived: Callable[[str, bool], None],
        finished: Callable[[str, bool], None],
        changed: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self._state = state
        self._stopwatch = stopwatch
        self._arrived, self._finished, self._changed, self._tell = arrived, finished, changed, tell
        self._attempts: dict[str, tuple[Attempt, About]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._sampling: dict[str, asyncio.Task[None]] = {}

    # -- attempts --------------------------------------------------------------------------------------------

    def of(self, source: Source) -> Attempt:
        """Return the last attempt at a source, or what is known without one."""
        found = self._attempts.get(source.name)
        if found is not None:
            attempt, about = found
            if attempt.running or about == _about(source):
                return attempt
            return self._known("idle", "changed since it was tested last")
        catalog = self._state.facts_of(source.name).catalog
        return self._known("ok", connected(catalog)) if catalog else self._known("idle", "not tested yet")

    def _known(self, phase: str, line: str) -> Attempt:
        attempt = Attempt(self._stopwatch)
        attempt.know("ok" if phase == "ok" else "idle", line)
        return attempt

    def running(self, name: str) -> bool:
        """Tell whether a source is being looked at."""
        return name in self._attempts and self._attempts[name][0].running

    def sampling(self, name: str) -> bool:
        """Tell whether rows of the source's tables are on their way."""
        return name in self._sampling and not self._sampling[name].done()

    def rename(self, old: str, new: str) -> None:
        """Keep the attempt of a source that gets another name."""
        if old != new and old in self._attempts:
            self._attempts[new] = self._attempts.pop(old)

    def start(self, source: Source, *, quiet: bool = False) -> Attempt:
        """Look at a source; a look that is still running is cancelled."""
        self.cancel(source.name)
        attempt = Attempt(self._stopwatch, quiet=quiet)
        attempt.listeners.append(self._changed)
        self._attempts[source.name] = (attempt, _about(source))
        facts = self._state.facts_of(source.name)

        async def work() -> str:
            if not quiet:
                return await self._look(source, facts, quiet=False)
            async with self._gate:
                return await self._look(source, facts, quiet=True)

        attempt.start(work)
        return attempt

    def look_around(self) -> None:
        """Look at every source that may be looked at unasked and was not yet."""
        environment = self._state.environment()
        for source in self._state.design.sources:
            known = self._state.facts_of(source.name).catalog is not None or source.name in self._attempts
            if not known and may_look(source, environment):
                self.start(source, quiet=True)

    def cancel(self, name: str) -> bool:
        """End the look at a source; False when none ran."""
        sampling = self._sampling.pop(name, None)
        if sampling is not None:
            sampling.cancel()
        found = self._attempts.get(name)
        return found is not None and found[0].cancel()

    def close(self) -> None:
        """End everything: the screen is going away."""
        for name in {*self._attempts, *self._sampling}:
            for attempt, _about_it in [self._attempts[name]] if name in self._attempts else []:
                attempt.listeners.clear()
            self.cancel(name)

    # -- looking ---------------------------------------------------------------------------------------------

    async def _look(self, source: Source, facts: Facts, *, quiet: bool) -> str:
        def arrived(tables: Sequence[ProbedTable]) -> None:
            facts.arriving = tuple(tables)
            name = self._name_of(facts)
            self._state.facts_changed(name)
            if tables:
                self._arrived(name, not quiet)

        try:
            catalog = await probe(source.type, source.connection, self._state.environment(), arrived)
        finally:
            facts.arriving = ()
        facts.catalog = catalog
        facts.samples.clear()
        facts.profiles.clear()
        name = self._name_of(facts)
        differences = await self._merge(name, catalog, quiet=quiet)
        self._state.facts_changed(name)
        self._finished(name, not quiet)
        if is_local(source.type):
            self._sampling[name] = asyncio.create_task(self._sample(name))
        if differences:
            what = "1 change" if differences == 1 else f"{differences} changes"
            return f"{what} in the source · ^t takes {'it' if differences == 1 else 'them'} in"
        return connected(catalog)

    def _name_of(self, facts: Facts) -> str:
        """Return what the source is called now: it may have been renamed meanwhile."""
        return next((name for name, one in self._state.facts.items() if one is facts), "")

    async def _merge(self, name: str, catalog: Catalog, *, quiet: bool) -> int:
        """Bring probed columns up to date; what a person chose stays, and what no longer fits is told.

        Unasked, only what the design does not know yet is filled in; returns how many changes wait to be asked for.
        """
        from generator.advice.merge import merge_catalog

        while (index := self._place(name)) is not None:
            source = self._state.design.sources[index]
            merged = await in_background(partial(merge_catalog, source, catalog))
            if self._place(name) == index and self._state.design.sources[index] is source:
                break
        else:
            return 0
        waiting = [change for change in merged.changes if change.kind != "key_filled"] if quiet else []
        if not waiting:
            self._take_in(index, name, merged, asked=not quiet)
        return len(waiting)

    def _place(self, name: str) -> int | None:
        names = [source.name for source in self._state.design.sources]
        return names.index(name) if name in names else None

    def _take_in(self, index: int, name: str, merged: MergedSource, *, asked: bool) -> None:
        def change(design: PipelineDesign) -> None:
            design.sources[index] = merged.source

        self._state.edit(f"columns of {name}", change, undoable=asked, part="sources[]")
        for changed in [one for one in merged.changes if one.serious][:3]:
            self._tell(f"{changed.table}: {changed.text}")

    async def _sample(self, name: str) -> None:
        """Fetch rows of the tables picked, so that they are there when a person wants to see them."""
        source = next((one for one in self._state.design.sources if one.name == name), None)
        if source is None:
            return
        tables = missing_samples(self._state, source)[:MOST_TABLES]
        if tables:
            try:
                await fetch_source(self._state, source, tables)
            except UserError:
                # Whoever asks for the rows of one table is told why there are none.
                return
            finally:
                self._sampling.pop(name, None)
            self._state.facts_changed(name)


def _about(source: Source) -> About:
    # A path tested as it was typed is made whole when its field is left: that is no change.
    connection = source.connection.items()
    return source.type, {
        name: absolute(value) if isinstance(value, str) else value for name, value in connection
    }


def connected(catalog: Catalog) -> str:
    """Return what a probe found, in one line."""
    count = len(catalog.tables)
    tables = f"{count:,} table{'s' if count != 1 else ''}"
    return f"{catalog.system} · {tables} · {catalog.elapsed_seconds:.1f} s"
