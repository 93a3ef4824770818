"""Design in, project out: the one door that wizard, command line and Python share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from generator.design.models import PipelineDesign
from generator.design.yaml_io import dump_design
from generator.errors import DesignError

from .blueprint import blueprint
from .check import checked
from .compare import compare
from .files.config import config_text
from .files.sources import own_code_path
from .record import continued, read_record
from .rendered import HistoryEntry, RenderedProject, digest
from .resolve import resolve
from .review import problems
from .view import ProjectView
from .write import WriteResult, check_target, write_project

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""


def generate(
    design: PipelineDesign, target: Path | str, *, dry_run: bool = False, progress: Progress | None = None
) -> WriteResult:
    """Write the project of a design into ``target``, which becomes its root.

    A file that a person has changed since it was generated is left as it is and reported in ``kept``. Dates
    in the project are those of the target's record, so that generating again changes nothing.

    Args:
        design: As the user made it; must be without errors.
        target: The folder; new, empty, or written by pipewizard before.
        dry_run: Render and compare, write nothing.
        progress: Told what is being done.

    Raises:
        DesignError: the design has errors; all are named.
        WriteError: the folder cannot be written; nothing was changed.
    """
    folder = Path(target)
    check_target(folder)
    record = read_record(folder)
    project = render_project(design, history=record.history if record else (), progress=progress)
    if dry_run:
        states = tuple(compare(project, folder))
        kept = tuple(state.path for state in states if state.state == "edited")
        return WriteResult(folder, tuple(project.files), states, kept, dry_run=True)
    if progress:
        progress("writing", 0, len(project.files))
    result = write_project(project, folder)
    if progress:
        progress("writing", len(project.files), len(project.files))
    return result


def render_project(
    design: PipelineDesign, *, history: Sequence[HistoryEntry] = (), progress: Progress | None = None
) -> RenderedProject:
    """Return the whole project of a design in memory, every file read back and checked.

    Args:
        design: As the user made it; must be without errors.
        history: What the target's record says of earlier generations, for the dates in the specification.
        progress: Told what is being done.

    Raises:
        DesignError: the design has errors; all are named.
        RenderError: a template is wrong: a bug.
    """
    refuse_errors(design)
    # Defaults and what a file holds may differ in type (90, 90.0): validated once more they are alike.
    view = ProjectView(resolve(PipelineDesign.model_validate(design.model_dump(by_alias=True))))
    config = config_text(view)
    dated = continued(tuple(history), view.design.pipeline.version, digest(config.encode()))
    planned = sorted(blueprint(view, config, dated), key=lambda file: file.path)
    contents: dict[str, bytes] = {}
    for number, file in enumerate(planned):
        if file.path in contents:
            raise DesignError(
                f"two parts of the design would be written to {file.path}",
                fix="give one of them another name",
            )
        contents[file.path] = file.make()
        if progress:
            progress("rendering", number + 1, len(planned))
    origins = {file.path: file.origin for file in planned}

    def read_back(number: int) -> None:
        if progress:
            progress("checking", number, len(planned))

    files = checked(
        contents,
        origins,
        {file.path for file in planned if file.verbatim},
        {own_code_path(item.name) for item in view.python_transforms},
        view.dialect,
        read_back,
    )
    return RenderedProject(
        str(view.name), files, origins, dump_design(design), digest(config.encode()), dated
    )


def refuse_errors(design: PipelineDesign) -> None:
    """Refuse a design that has errors.

    Raises:
        DesignError: names every error with its path and fix.
    """
    errors = [problem for problem in problems(design) if problem.severity == "error"]
    if errors:
        listed = "; ".join(f"{problem.path}: {problem.message}" for problem in errors)
        raise DesignError(
            f"the design has {len(errors)} error{'s' if len(errors) > 1 else ''}: {listed}", fix=errors[0].fix
        )
