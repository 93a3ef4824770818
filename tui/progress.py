"""How far along each step is, for the stepper."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .state import WizardState
from .steps.base import STEPS
from .widgets.stepper import StepState

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign


def step_states(state: WizardState) -> dict[str, StepState]:
    """Return each step's state: here, with problems, complete or untouched.

    A step that was neither opened nor filled is untouched, whatever it lacks: nobody is told off in advance.
    """
    states: dict[str, StepState] = {}
    for info in STEPS:
        errors = any(problem.severity == "error" for problem in state.problems(info.id))
        touched = info.id in state.visited or has_content(state.design, info.id)
        word: StepState = "untouched"
        if info.id == state.step:
            word = "here"
        elif touched and errors:
            word = "problems"
        elif touched and info.id != "write":
            word = "complete"
        states[info.id] = word
    return states


_ASKED: tuple[Callable[[PipelineDesign], object], ...] = (
    lambda design: design.requirements,
    lambda design: design.technology,
    lambda design: design.monitoring,
    lambda design: (design.pipeline.schedule, design.pipeline.timezone, design.pipeline.max_runtime_minutes),
)
"""What the SLAs step is for."""


def has_content(design: PipelineDesign, step: str) -> bool:
    """Tell whether the design says anything that this step is for."""
    if step == "sources":
        return bool(design.sources)
    if step == "destination":
        return bool(design.destination.type)
    if step == "transforms":
        return bool(design.transformations)
    if step == "slas":
        # A draft that was read back has every field set: what counts is what differs.
        fresh = type(design)()
        return any(asked(design) != asked(fresh) for asked in _ASKED)
    if step == "quality":
        return bool(design.quality.pre_transform or design.quality.post_transform or design.quality.final)
    return False


def leads_on(action: str, step: str) -> bool:
    """Tell whether an action does something at a step: nothing comes before the first, or after the last."""
    return not (action == "next" and step == STEPS[-1].id) and not (action == "back" and step == STEPS[0].id)
