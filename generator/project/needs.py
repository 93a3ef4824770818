"""What a generated project needs from its surroundings before it can run."""

from __future__ import annotations

from generator.design.models import PipelineDesign

from .files.variables import Variable, variables
from .resolve import resolve
from .view import ProjectView

__all__ = ["Variable", "needed_variables"]


def needed_variables(design: PipelineDesign) -> list[Variable]:
    """Return the environment variables without which the project of a design cannot run.

    Args:
        design: Without errors.
    """
    return [item for item in variables(ProjectView(resolve(design))) if item.required]
