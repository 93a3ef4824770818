"""Commands of the generated project, run from the wizard in the project's own environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.state import WizardState
from tui.widgets.live_output import Command

from .processes import EXIT_WORDS, PYTEST_EXIT_WORDS
from .writing import dotenv_values, project_environment, secret_values

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.project.needs import Variable

TESTS = "its tests"
SYNC = "first sync"
STATUS = "status"


def project_command(state: WizardState, target: Path, title: str) -> Command:
    """Return one of the project's commands: `TESTS`, `SYNC` or `STATUS`.

    Args:
        state: For the pipeline's name and the secrets typed.
        target: The project's folder.
        title: Which.
    """
    module = ("python", "-m", state.design.pipeline.name)
    arguments = {
        TESTS: ("pytest",),
        SYNC: (*module, "run"),
        STATUS: ("--quiet", *module, "status", "--json"),
    }[title]
    environment = project_environment(state.environment(), target)
    secrets = secret_values(state.secrets, environment, [*state.secrets, *environment])
    words = PYTEST_EXIT_WORDS if title == TESTS else EXIT_WORDS
    return Command(title, ("uv", "run", *arguments), target, environment, secrets, words)


def missing_variables(design: PipelineDesign, environment: Mapping[str, str], target: Path) -> list[Variable]:
    """Return what the project cannot run without and has neither from the environment nor from its ``.env``."""
    from generator.connectors.environment import is_set
    from generator.project.needs import needed_variables

    own = dotenv_values(target / ".env")
    return [
        item
        for item in needed_variables(design)
        if item.name not in own and not is_set(item.name, environment)
    ]
