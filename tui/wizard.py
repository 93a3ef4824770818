"""The wizard's one frame: title line, stepper, the current step, its preview and problems, footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.timer import Timer

from .background import in_background
from .memory import Spared
from .progress import leads_on, step_states
from .saver import Saver
from .state import Change, WizardState, review
from .steps.base import STEPS, Step
from .undoable import UndoableScreen
from .widgets.key_footer import KeyFooter
from .widgets.preview_pane import PreviewPane
from .widgets.problem_list import ProblemList
from .widgets.stepper import StepLabel, Stepper
from .widgets.title_line import TitleLine
from .wizard_keys import BINDINGS

if TYPE_CHECKING:
    from generator.design.problems import Problem

    from .app import PipewizardApp
    from .saver import DraftStore

REVIEW_DELAY_SECONDS = 0.25
PREVIEW_FROM_COLUMNS = 120


class WizardScreen(UndoableScreen):
    """Holds the steps. Each is imported and built when first shown, and kept."""

    CSS_PATH: ClassVar[str] = "wizard.tcss"
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    app: PipewizardApp

    def __init__(self, state: WizardState, draft: DraftStore, *, saved: bool = False) -> None:
        super().__init__(state)
        self._draft = draft
        self._starts_saved = saved
        self._steps: dict[str, Step] = {}
        self._review_timer: Timer | None = None
        self._preview_wanted = True
        self._spared = Spared()

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield TitleLine(id="title-line")
        yield Stepper([(info.id, info.title) for info in STEPS])
        with Horizontal(id="body"):
            yield Container(id="steps")
            yield PreviewPane()
        yield ProblemList()
        yield KeyFooter(first=("wizard.next",), last=("app.help",))

    async def on_mount(self) -> None:
        """Show the step the person was at."""
        title = self.query_one(TitleLine)
        self.saver = Saver(
            self.state, self._draft, lambda text: setattr(title, "saved", text), self.app.clock
        )
        self._unsubscribe = self.state.subscribe(self._changed)
        self._spared.look_at(self.state)
        self.query_one("#problem-list", ProblemList).display = False
        self._draw_title()
        if self._starts_saved:
            self.saver.mark_saved()
        else:
            self.saver.request()
        await self.show_step(self.state.step)
        self._review_soon()

    def on_unmount(self) -> None:
        """Save and let go of the draft."""
        self._unsubscribe()
        self.saver.close()

    # -- steps -----------------------------------------------------------------------------------------------

    @property
    def current(self) -> Step:
        """The step that is shown."""
        return self._steps[self.state.step]

    async def show_step(self, step_id: str, *, focus: bool = True) -> Step:
        """Show a step, importing and building it when it is the first time."""
        if step_id not in self._steps:
            info = next(info for info in STEPS if info.id == step_id)
            step = info.load()(self.state)
            self._steps[step_id] = step
            await self.query_one("#steps").mount(step)
        for other_id, other in self._steps.items():
            other.display = other_id == step_id
        if self.state.step != step_id:
            self.query_one("#problem-list", ProblemList).display = False
        self.state.step = step_id
        self.state.visited.add(step_id)
        step = self.current
        step.sync()
        step.show_problems(self.state.problems(step_id))
        self._draw_progress()
        self._place_preview()
        if focus:
            step.focus_first()
        self.refresh_bindings()
        return step

    async def on_key(self, event: events.Key) -> None:
        """Give a key to the step while nothing has the focus: one pressed early is not lost."""
        step = self._steps.get(self.state.step)
        if self.focused is None and step is not None and event.key in step._bindings.key_to_bindings:
            event.stop()
            for binding in step._bindings.get_bindings_for_key(event.key):
                await self.app.run_action(binding.action, step)

    async def action_go(self, step_id: str) -> None:
        """Go to a step, without checking anything."""
        await self.show_step(step_id)

    async def on_step_label_clicked(self, event: StepLabel.Clicked) -> None:
        """Go to the step that was clicked."""
        await self.show_step(event.step)

    async def action_back(self) -> None:
        """Go to the step before, without checking anything."""
        if index := self._index():
            await self.show_step(STEPS[index - 1].id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Go on or back only where there is a step."""
        return leads_on(action, self.state.step)

    async def action_next(self) -> None:
        """Go to the next step, or show what this one lacks and focus the first of it."""
        await self.review_now()
        lacking = [problem for problem in self.state.problems(self.state.step) if problem.severity == "error"]
        if lacking:
            self._show_step_problems()
            self.current.focus_path(lacking[0].path)
            return
        if self._index() + 1 < len(STEPS):
            await self.show_step(STEPS[self._index() + 1].id)

    def _index(self) -> int:
        return next(index for index, info in enumerate(STEPS) if info.id == self.state.step)

    async def go_to_problem(self, problem: Problem) -> None:
        """Show the step and the field a problem belongs to."""
        step = await self.show_step(problem.step, focus=False)
        if problem.path.startswith("pipeline.") and not step.focus_path(problem.path):
            self.action_pipeline()
        elif not step.focus_path(problem.path):
            step.focus_first()

    # -- changes ---------------------------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        self._spared.look_at(self.state)
        if change.kind != "facts":
            self.saver.request()
        if not self.is_attached:
            return  # The screen is going away: what changed last is saved, there is nothing to draw on.
        if change.kind != "facts":
            self._draw_title()
            self._review_soon()
        current = self._steps.get(self.state.step)
        if current is not None and current is not change.origin:
            if change.kind == "facts":
                current.facts_arrived(change.label)
            else:
                current.sync()
        self.refresh_preview()

    def _draw_title(self) -> None:
        self.query_one(TitleLine).pipeline = self.state.design.pipeline.name or "unnamed pipeline"

    def _review_soon(self) -> None:
        if self._review_timer is not None:
            self._review_timer.stop()
        self._review_timer = self.set_timer(REVIEW_DELAY_SECONDS, self._review_worker)

    @work(group="review", exclusive=True)
    async def _review_worker(self) -> None:
        await self.review_now()

    async def review_now(self) -> None:
        """Bring the problems up to date with the design."""
        if not self.state.problems_are_current:
            revision, design = self.state.revision, self.state.design
            problems = await in_background(lambda: review(design))
            self.state.reviewed(revision, problems)
        if not self.is_attached or not self.query(ProblemList):
            # The screen went away while the review was on its way.
            return
        every = self.state.problems()
        errors = sum(problem.severity == "error" for problem in every)
        self.query_one(TitleLine).problems = (errors, len(every) - errors)
        self._draw_progress()
        problem_list = self.query_one("#problem-list", ProblemList)
        if problem_list.display:
            self._show_step_problems()
        self.current.show_problems(self.state.problems(self.state.step))

    def _draw_progress(self) -> None:
        self.query_one(Stepper).show(step_states(self.state))

    # -- problems --------------------------------------------------------------------------------------------

    def _show_step_problems(self) -> None:
        self.query_one("#problem-list", ProblemList).list_problems(
            self.state.problems(self.state.step), self.state.subject
        )

    async def action_problems(self) -> None:
        """Show the step's problems, or those of the whole design when the step has none; again to hide them."""
        problem_list = self.query_one("#problem-list", ProblemList)
        if problem_list.display:
            problem_list.display = False
            return
        await self.review_now()
        shown = self.state.problems(self.state.step) or self.state.problems()
        problem_list.list_problems(shown, self.state.subject)
        if shown:
            problem_list.focus_list()
        else:
            self.notify("No problems.", markup=False)

    async def on_problem_list_picked(self, event: ProblemList.Picked) -> None:
        """Go to the field of the problem."""
        await self.go_to_problem(event.problem)

    def action_leave_field(self) -> None:
        """Close the problems, or leave a text field for the step's list."""
        problem_list = self.query_one("#problem-list", ProblemList)
        if problem_list.display and problem_list.has_focus_within:
            problem_list.display = False
        self.current.focus_first()

    # -- preview ---------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Use the room there is."""
        for name, columns in (("-wide", 100), ("-very-wide", PREVIEW_FROM_COLUMNS), ("-widest", 140)):
            self.set_class(self.size.width >= columns, name)
        self.set_class(self.size.height >= 34, "-tall")
        self._place_preview()

    def _place_preview(self) -> None:
        current = self._steps.get(self.state.step)
        pane = self.query_one(PreviewPane)
        pane.display = (
            self._preview_wanted
            and self.size.width >= PREVIEW_FROM_COLUMNS
            and current is not None
            and current.wants_preview
        )
        if pane.display:
            self.refresh_preview()

    def refresh_preview(self) -> None:
        """Show soon what the step will generate for what is selected now."""
        current = self._steps.get(self.state.step)
        if current is not None:
            self.query_one(PreviewPane).follow(current.preview())

    def on_step_preview_stale(self) -> None:
        """Another thing is selected in the step."""
        self.refresh_preview()

    def action_preview(self) -> None:
        """Show or hide the preview pane."""
        self._preview_wanted = not self._preview_wanted
        self._place_preview()

    def action_pipeline(self) -> None:
        """Edit the pipeline's name, description, owner and tags."""
        from .pipeline_dialog import PipelineDialog

        self.app.push_screen(PipelineDialog(self.state))

    def action_save_as(self) -> None:
        """Ask for a path and write the design there."""
        from .save_dialog import SaveDialog

        self.app.push_screen(SaveDialog(self.state))

    def action_leave(self) -> None:
        """Save and go to the list of drafts."""
        self.dismiss(None)
