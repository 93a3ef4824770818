"""What writing would do, kept up to date with the design and the folder; keys pressed before it is known wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tui.background import in_background
from tui.state import WizardState
from tui.views import writing
from tui.widgets.dialogs import ConfirmDialog


class Planner:
    """The plan for the design and the folder as they were last compared."""

    def __init__(self, state: WizardState, target: Path) -> None:
        self.target = target
        self.plan = writing.Plan()
        self.written = False
        """Whether the folder holds a project."""
        self._state = state
        self._planned_for: tuple[int, Path] | None = None
        self._waiting: Callable[[], None] | None = None

    @property
    def is_current(self) -> bool:
        """Whether the plan is that of the design and the folder as they are now."""
        return self._planned_for == (self._state.revision, self.target)

    @property
    def is_awaited(self) -> bool:
        """Whether something is to be done as soon as the plan is known."""
        return self._waiting is not None

    def once_known(self, wanted: Callable[[], None]) -> None:
        """Call this as soon as the plan is known; it takes the place of what was wanted before."""
        self._waiting = wanted

    def forget(self) -> None:
        """Do nothing when the plan is known."""
        self._waiting = None

    def take_wanted(self) -> Callable[[], None] | None:
        """Return what was wanted, once, if the plan is known now."""
        wanted = self._waiting if self.is_current else None
        if wanted is not None:
            self._waiting = None
        return wanted

    async def compare(self, progress: writing.Progress | None = None) -> None:
        """Compare the design as it is now with the folder."""
        design, target, revision = self._state.design, self.target, self._state.revision
        self.plan = await in_background(lambda: writing.plan(design, target, progress))
        self._planned_for = (revision, target)
        self.written = (target / ".pipewizard").exists()


def overwrite_dialog(plan: writing.Plan) -> ConfirmDialog | None:
    """Return what asks before anything that exists is overwritten, None when nothing is."""
    question = writing.overwrite_question(plan.counts)
    if not question:
        return None
    detail = "Each difference is in the list (c shows only changes). Files you edited are kept as they are."
    asked = f"{question[0].upper()}{question[1:]}. Go on?"
    return ConfirmDialog(asked, detail=detail, yes="Write", no="Not yet")
