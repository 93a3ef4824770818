"""Everything but the screens: design, connectors, advice and the writing of projects.

The Python door: ``generator.generate(generator.load_design("design.yaml"), "target")``. Names load on use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .design.models import PipelineDesign as PipelineDesign
    from .design.problems import Problem as Problem
    from .design.yaml_io import dump_design as dump_design
    from .design.yaml_io import load_design as load_design
    from .design.yaml_io import parse_design as parse_design
    from .project.generate import generate as generate
    from .project.review import problems as problems

_HOMES = {
    "PipelineDesign": "generator.design.models",
    "Problem": "generator.design.problems",
    "dump_design": "generator.design.yaml_io",
    "generate": "generator.project.generate",
    "load_design": "generator.design.yaml_io",
    "parse_design": "generator.design.yaml_io",
    "problems": "generator.project.review",
}
__all__ = ["PipelineDesign", "Problem", "dump_design", "generate", "load_design", "parse_design", "problems"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
