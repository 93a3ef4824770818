"""A step that keeps what writing would do up to date with the design and the folder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from textual import work
from textual.timer import Timer

from tui.state import WizardState
from tui.steps.base import Step
from tui.steps.write_head import WriteHead
from tui.steps.write_plan import Planner
from tui.views.rendering import Rendering

_DELAY_SECONDS = 0.3


class ComparingStep(Step):
    """Compares soon after something changed; what was asked for before the plan is known, follows it."""

    def __init__(self, state: WizardState, planner: Planner) -> None:
        super().__init__(state)
        self.planner = planner
        self._timer: Timer | None = None

    @property
    def head(self) -> WriteHead:
        """Folder, state, buttons."""
        return self.query_one(WriteHead)

    @abstractmethod
    def draw_plan(self) -> None:
        """Show what writing would do."""

    def sync(self) -> None:
        """Compare, soon, unless that was done."""
        if not self.planner.is_current:
            self.plan_soon()

    def plan_soon(self) -> None:
        """Compare as soon as nothing changes any more."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DELAY_SECONDS, self._compare)

    @work(group="plan", exclusive=True)
    async def _compare(self) -> None:
        self.say_comparing()
        rendering = Rendering(self.app, self._say_rendering)
        try:
            await self.planner.compare(rendering.progress)
        finally:
            rendering.give_up()
        self.draw_plan()
        if wanted := self.planner.take_wanted():
            wanted()

    def _say_rendering(self, said: str) -> None:
        if self.is_attached and not self.planner.is_current:
            self.head.busy(f"comparing with the folder: {said} …")

    def say_comparing(self) -> None:
        """Say that the plan is being worked out, and whether something follows."""
        follows = "; what you asked for follows" if self.planner.is_awaited else ""
        self.head.busy(f"comparing with the folder{follows} …")

    def on_hide(self) -> None:
        """Stop comparing, unless something is to follow: it starts anew when the step is shown again."""
        if not self.planner.is_awaited:
            self.workers.cancel_group(self, "plan")

    def once_planned(self, wanted: Callable[[], None]) -> bool:
        """Return whether to go on now; if the plan is not known yet, ``wanted`` is called as soon as it is."""
        if self.planner.is_current:
            return True
        self.planner.once_known(wanted)
        self.say_comparing()
        self.refresh_bindings()
        self.sync()
        return False
