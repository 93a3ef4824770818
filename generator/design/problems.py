"""Everything missing or contradictory in a design that needs neither a connector nor a SQL parser to see."""

from __future__ import annotations

from .models import PipelineDesign
from .problem import STEPS, Level, Problem, Step, error, step_of, warning
from .rules.destination import destination_problems
from .rules.pipeline import pipeline_problems
from .rules.quality import quality_problems
from .rules.sources import source_problems
from .rules.transforms import transform_problems

__all__ = ["STEPS", "Level", "Problem", "Step", "error", "step_of", "structural_problems", "warning"]


def structural_problems(design: PipelineDesign) -> list[Problem]:
    """Return the problems, in the order of the design's sections; an empty list when there is none."""
    return [
        *pipeline_problems(design),
        *source_problems(design),
        *destination_problems(design),
        *transform_problems(design),
        *quality_problems(design),
    ]
