"""Reading the design a command was given, and writing one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import WriteError
from generator.text_file import replace_text

from .output import Output, ProblemsError, usage

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign


def read_design(name: str) -> PipelineDesign:
    """Return the design in a file.

    Raises:
        UsageError: there is no such file.
        DesignError: it is not a well-formed design.
    """
    from generator.design.yaml_io import load_design

    if not Path(name).exists():
        usage(f"there is no file {name}", "check the path")
    return load_design(name)


def ready_design(name: str, output: Output) -> PipelineDesign:
    """Return a design that can be generated; its warnings are printed.

    Raises:
        ProblemsError: it has errors.
    """
    from generator.project.review import problems

    design = read_design(name)
    found = problems(design)
    if any(problem.severity == "error" for problem in found):
        raise ProblemsError(name, found)
    if not output.as_json:
        output.problems(found)
    return design


def save_design(design: PipelineDesign, name: str) -> None:
    """Write a design in its canonical form; whatever happens, the file holds the old text or the new.

    Raises:
        WriteError: it cannot be written.
    """
    from generator.design.yaml_io import dump_design

    try:
        replace_text(Path(name).resolve(), dump_design(design))
    except OSError as error:
        said = f"the design cannot be written: {error.strerror or error}"
        raise WriteError(said, where=name, fix="choose a file you may write") from error
