"""From a draft, a file or the demo to an open wizard."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from generator.errors import DraftError, UserError

from .background import in_background
from .steps.base import STEPS

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.drafts import Draft

    from .app import PipewizardApp

_TITLES = {info.id: info.title for info in STEPS}


@dataclass(frozen=True)
class DraftLine:
    """A draft as the welcome screen lists it."""

    name: str
    title: str
    step: str
    saved_at: datetime
    problems: int | None
    """None while they are not counted."""
    unreadable: str = ""
    facts: tuple[str, ...] = ()
    """What is in it, one line each; known once the problems are counted."""

    def cells(self, now: datetime) -> list[Content]:
        """Return the row: pipeline, step, age, problems left."""
        left = Content.styled("✓ 0", "$text-success") if self.problems == 0 else Content.styled("…", "$quiet")
        if self.unreadable:
            left = Content.styled("✗", "$text-error")
        elif self.problems:
            left = Content.styled(f"! {self.problems}", "$text-error")
        return [
            Content.styled(self.title, "bold"),
            Content("unreadable" if self.unreadable else _TITLES.get(self.step, self.step)),
            Content(age(self.saved_at, now)),
            left,
        ]


def age(then: datetime, now: datetime) -> str:
    """Return how long ago, in one short word: ``now``, ``5 min``, ``3 h``, ``2 d``."""
    seconds = (now.astimezone() - then.astimezone()).total_seconds()
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h"
    days = int(seconds // 86400)
    return f"{days} d" if days < 1000 else "long"


def draft_lines(*, count: bool = True) -> list[DraftLine]:
    """Return the saved drafts, the one saved last first. Reads files: call it off the screen's thread.

    Args:
        count: Read every draft and count its problems, which takes longer.
    """
    from generator import drafts

    lines = []
    for info in drafts.list_drafts():
        problems: int | None = None
        unreadable = ""
        facts: tuple[str, ...] = ()
        try:
            if count:
                problems, facts = info.problems_left(), _contents(info.path)
        except DraftError as error:
            unreadable = str(error)
        title = info.pipeline or info.name
        lines.append(DraftLine(info.name, title, info.step, info.saved_at, problems, unreadable, facts))
    return lines


def _contents(path: Path) -> tuple[str, ...]:
    """Return what a draft that can be read holds: its way from sources to destination, and how much of the rest."""
    from generator.design.yaml_io import load_design

    design = load_design(path)
    sources = [
        f"{source.name or 'unnamed'} ({_count(len(source.tables), 'table')})" for source in design.sources
    ]
    checks = design.quality.pre_transform + design.quality.post_transform + design.quality.final
    parts = [_count(len(design.transformations), "transform"), _count(len(checks), "check")]
    way = f"{', '.join(sources) or 'no source yet'} → {_place(design)}"
    about = design.pipeline.description.strip()
    return tuple(line for line in (about, way, " · ".join(parts)) if line)


def _place(design: PipelineDesign) -> str:
    from generator.connectors.registry import connector, connector_ids

    kind = design.destination.type
    return connector(kind).title if kind in connector_ids() else kind or "no destination yet"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


async def open_wizard(app: PipewizardApp, draft: Draft, *, saved: bool) -> None:
    """Open the wizard on a draft that is locked for us."""
    from .state import WizardState
    from .wizard import WizardScreen

    state = WizardState(draft.design, project_dir=app.project_dir)
    state.step = draft.step if draft.step in _TITLES else "sources"
    await app.push_screen(WizardScreen(state, draft, saved=saved))


async def start(app: PipewizardApp, design: PipelineDesign) -> None:
    """Start a new draft from a design."""
    from generator import drafts

    await _open(app, lambda: drafts.create(design), saved=False)


async def resume(app: PipewizardApp, name: str) -> None:
    """Open a saved draft; says so when another wizard has it, or it cannot be read."""
    from generator import drafts

    await _open(app, lambda: drafts.resume(name), saved=True)


async def _open(app: PipewizardApp, get: Callable[[], Draft], *, saved: bool) -> None:
    try:
        draft = await in_background(get)
    except UserError as error:
        app.notify(str(error), severity="error", markup=False, timeout=15)
        return
    await open_wizard(app, draft, saved=saved)


def make_demo() -> PipelineDesign:
    """Make the sample shop in the current folder's ``pipewizard-demo`` and return its finished design."""
    from generator.demo import demo_design, demo_environment, make_shop, shop_file

    folder = Path.cwd() / "pipewizard-demo"
    folder.mkdir(exist_ok=True)
    if not shop_file(folder).exists():
        make_shop(shop_file(folder))
    os.environ.update(
        {name: value for name, value in demo_environment(folder).items() if name not in os.environ}
    )
    return demo_design(folder)
