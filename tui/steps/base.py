"""What every step of the wizard is: a pane that shows part of the design and edits it through the state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from tui.state import WizardState

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.design.problems import Problem


@dataclass(frozen=True)
class StepInfo:
    """A step as the stepper shows it, with the place of its class, which is imported when first opened."""

    id: str
    title: str
    location: str

    def load(self) -> type[Step]:
        """Import and return the step's class."""
        module, _, name = self.location.partition(":")
        found: type[Step] = getattr(import_module(module), name)
        return found


STEPS = (
    StepInfo("sources", "Sources", "tui.steps.sources:SourcesStep"),
    StepInfo("destination", "Destination", "tui.steps.destination:DestinationStep"),
    StepInfo("transforms", "Transforms", "tui.steps.transforms:TransformsStep"),
    StepInfo("slas", "SLAs", "tui.steps.slas:SlasStep"),
    StepInfo("quality", "Quality", "tui.steps.quality:QualityStep"),
    StepInfo("summary", "Summary", "tui.steps.summary:SummaryStep"),
    StepInfo("write", "Write", "tui.steps.write:WriteStep"),
)


@dataclass(frozen=True)
class Preview:
    """What a step will generate, for the third pane of a wide terminal."""

    title: str
    text: str
    language: str = "yaml"
    note: str = ""
    """A word about it, under the text."""


class Step(Container):
    """One step. Built from the state alone; lives as long as the wizard."""

    class PreviewStale(Message):
        """The preview should follow what is selected now."""

    step_id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    wants_preview: ClassVar[bool] = True
    """Whether a wide terminal shows the preview pane beside this step."""

    def __init__(self, state: WizardState) -> None:
        super().__init__(id=f"step-{self.step_id}", classes="step")
        self.state = state

    @property
    def design(self) -> PipelineDesign:
        """The design as it is now. Read only: change it with `edit`."""
        return self.state.design

    def edit(
        self, label: str, change: Callable[[PipelineDesign], None], *, merge: str = "", part: str = ""
    ) -> None:
        """Change the design in this step's name; `sync` is not called for one's own edits."""
        self.state.edit(label, change, origin=self, merge=merge, part=part)

    def sync(self) -> None:
        """Draw the design as it is now: called when the step is shown and when someone else changed the design."""

    def facts_arrived(self, owner: str) -> None:
        """Told when a probe brought something back while this step is shown; draws everything unless overridden."""
        self.sync()

    def show_problems(self, problems: list[Problem]) -> None:
        """Told after each review, with this step's problems: mark the fields they belong to."""

    def focus_first(self) -> None:
        """Put the focus where a person starts on this step."""
        for widget in self.query("*"):
            if widget.focusable and widget.display and _shown(widget):
                widget.focus()
                return

    def focus_path(self, path: str) -> bool:
        """Go to the field of a problem (``sources[0].tables[1].primary_key``); False when it has none here."""
        return False

    def refresh_preview(self) -> None:
        """Compute the preview anew: another thing was selected."""
        self.post_message(self.PreviewStale())

    def preview(self) -> Callable[[], Preview] | None:
        """Return what computes this step's preview, called off the screen's thread with no access to widgets.

        Capture what it needs (``design = self.design``) before returning it.
        """
        design, step = self.design, self.step_id

        def compute() -> Preview:
            return design_preview(design, step)

        return compute


def _shown(widget: Widget) -> bool:
    return all(ancestor.display for ancestor in widget.ancestors if isinstance(ancestor, Widget))


_PARTS = {
    "sources": ("sources",),
    "destination": ("destination",),
    "transforms": ("transformations",),
    "slas": ("pipeline", "requirements", "technology", "monitoring"),
    "quality": ("quality",),
}


def design_preview(design: PipelineDesign, step: str) -> Preview:
    """Return the part of the design file that a step writes, as the file has it."""
    from generator.design.yaml_io import dump_design

    parts = _PARTS.get(step)
    if parts is not None and "sources" not in parts:
        # Thousands of tables that are not shown need not be written.
        design = design.model_copy(update={"sources": []})
    shown: list[str] = []
    taken = True
    for line in dump_design(design).splitlines():
        if line and not line[0].isspace():
            taken = parts is None or line.partition(":")[0] in parts
        if taken:
            shown.append(line)
    return Preview("design.yaml", "\n".join(shown), "yaml")
