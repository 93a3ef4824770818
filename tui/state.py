"""What the wizard is working on: the design, its history and problems, what probes brought back, secrets in memory."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .history import History, fork

if TYPE_CHECKING:
    from generator.connectors.catalog import Catalog, ProbedTable, Profile, Sample
    from generator.design.models import PipelineDesign
    from generator.design.problems import Problem

ChangeKind = Literal["edit", "undo", "redo", "facts"]


@dataclass(frozen=True)
class Change:
    """Told to listeners: what happened and who did it (the origin needs no second telling)."""

    kind: ChangeKind
    label: str
    origin: object | None = None


Listener = Callable[[Change], None]


@dataclass
class Facts:
    """What probes brought back for one source or the destination; never saved."""

    catalog: Catalog | None = None
    arriving: tuple[ProbedTable, ...] = ()
    """Tables seen so far by a probe that is still running."""
    samples: dict[str, Sample] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    """Samples and profiles by the table's full name."""
    _tables: tuple[Catalog | None, dict[tuple[str | None, str], ProbedTable]] = field(
        default=(None, {}), repr=False, compare=False
    )
    """The catalog's tables by namespace and name, and by name alone: there may be thousands."""

    def table(self, namespace: str | None, name: str) -> ProbedTable | None:
        """Return the probed table of that name, None when it was not seen."""
        catalog = self.catalog
        if catalog is None:
            return None
        known, found = self._tables
        if known is not catalog:
            found = {}
            for table in catalog.tables:
                found.setdefault((table.namespace, table.name), table)
                found.setdefault((None, table.name), table)
            self._tables = catalog, found
        return found.get((namespace, name))


class WizardState:
    """The one place that changes the design. Knows nothing of widgets."""

    def __init__(self, design: PipelineDesign, *, project_dir: Path | None = None) -> None:
        self.design = design
        self.project_dir = project_dir
        self.revision = 0
        """Goes up with every change of the design."""
        self.facts: dict[str, Facts] = {}
        """By source name; the destination's under `DESTINATION`."""
        self.secrets: dict[str, str] = {}
        """Environment variable -> value, typed by the person; in memory only."""
        self.visited: set[str] = set()
        self.step = "sources"
        self._history = History()
        self._listeners: list[Listener] = []
        self._problems: tuple[Problem, ...] = ()
        self._problems_revision = -1

    # -- changing --------------------------------------------------------------------------------------------

    def edit(
        self,
        label: str,
        change: Callable[[PipelineDesign], None],
        *,
        origin: object | None = None,
        merge: str = "",
        undoable: bool = True,
        part: str = "",
    ) -> None:
        """Change the design: undoable, saved, told to everyone.

        A design the state holds or held never changes in place, so it may be read in the background.

        Args:
            label: What it is called in undo, as ``remove source shop``.
            change: Applied to a copy; when it raises, nothing has changed. Probed columns (`Column`) are shared
                between the copies: replace them, never change them in place.
            origin: Whoever did it, for listeners that need not hear of their own change.
            merge: Changes in a row with the same key are one undo step (typing into one field).
            undoable: False for what no person did, as facts a look at a source filled in.
            part: All that ``change`` touches, as ``transformations`` or ``sources[0].tables[3]`` (see
                `tui.history.fork`): with thousands of tables elsewhere, copying just that keeps a keystroke fast.
        """
        before = self.design
        after = fork(before, part)
        change(after)
        if after == before:
            return
        if undoable:
            self._history.record(label, before, merge)
        self.design = after
        self._changed(Change("edit", label, origin))

    def undo(self) -> str | None:
        """Take back the last change and return its label, None when there is none."""
        moment = self._history.undo(self.design)
        if moment is None:
            return None
        self.design = moment.design
        self._changed(Change("undo", moment.label))
        return moment.label

    def redo(self) -> str | None:
        """Do again what was last undone and return its label, None when there is nothing."""
        moment = self._history.redo(self.design)
        if moment is None:
            return None
        self.design = moment.design
        self._changed(Change("redo", moment.label))
        return moment.label

    def _changed(self, change: Change) -> None:
        self.revision += 1
        self._tell(change)

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener after every change; returns what ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- facts -----------------------------------------------------------------------------------------------

    def facts_of(self, owner: str) -> Facts:
        """Return (and start) the facts of a source, or of the destination under `DESTINATION`."""
        return self.facts.setdefault(owner, Facts())

    def rename_facts(self, old: str, new: str) -> None:
        """Keep what is known of a source when it gets another name."""
        if old != new and old in self.facts:
            self.facts[new] = self.facts.pop(old)

    def facts_changed(self, owner: str, origin: object | None = None) -> None:
        """Tell everyone that a probe, sample or profile of this owner arrived."""
        self._tell(Change("facts", owner, origin))

    def environment(self) -> Mapping[str, str]:
        """Return the environment a probe sees: real variables win over typed secrets."""
        return {**self.secrets, **os.environ}

    # -- problems --------------------------------------------------------------------------------------------

    def problems(self, step: str | None = None) -> list[Problem]:
        """Return the problems last reviewed, of one step or all."""
        return [problem for problem in self._problems if step is None or problem.step == step]

    def subject(self, problem: Problem) -> str:
        """Return what a problem is about, by its own name: a source, a table, a transform or the pipeline."""
        place = re.match(r"(sources|transformations)\[(\d+)\](?:\.tables\[(\d+)\])?", problem.path)
        if place is None:
            return "pipeline" if problem.path.startswith("pipeline.") else ""
        parts = self.design.sources if place[1] == "sources" else self.design.transformations
        if int(place[2]) >= len(parts):
            return ""
        part = parts[int(place[2])]
        tables = getattr(part, "tables", [])
        if place[3] and int(place[3]) < len(tables):
            return f"{part.name}.{tables[int(place[3])].staging_name}"
        return part.name

    @property
    def problems_are_current(self) -> bool:
        """Tell whether the last review saw the design as it is now."""
        return self._problems_revision == self.revision

    def reviewed(self, revision: int, problems: list[Problem]) -> None:
        """Keep the result of a review of the design as it was at a revision."""
        if revision >= self._problems_revision:
            self._problems = tuple(problems)
            self._problems_revision = revision


DESTINATION = "\0destination"
"""Key of the destination in `WizardState.facts`; no source can be called so."""


def review(design: PipelineDesign) -> list[Problem]:
    """Return every problem of a design. Takes milliseconds to seconds: call it off the screen's thread."""
    from generator.project.review import problems

    return problems(design)
