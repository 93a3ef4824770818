"""The pipeline itself: name, description, owner, version, tags. Reachable from anywhere in the wizard."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from .state import WizardState
from .widgets.dialog import CLOSE, Dialog
from .widgets.form_row import FormRow, text_row

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign


class PipelineDialog(Dialog[None]):
    """Edits `design.pipeline` as one types; Esc or Enter closes."""

    BINDINGS: ClassVar[list[BindingType]] = [CLOSE]

    def __init__(self, state: WizardState) -> None:
        super().__init__()
        self.state = state

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        info = self.state.design.pipeline
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Pipeline"
            box.border_subtitle = "saved as you type · esc close"
            yield text_row(
                "name",
                "Name",
                info.name,
                placeholder="shop_orders",
                hint="snake_case; names the folder and the package",
            )
            yield text_row(
                "description",
                "Description",
                info.description,
                placeholder="Orders of the web shop, revenue per day",
                hint="One sentence, for the README and the people who will run it",
            )
            yield text_row(
                "owner",
                "Owner",
                info.owner,
                placeholder="data-engineering",
                hint="Team or person to call at 3 a.m.",
            )
            yield text_row("version", "Version", info.version, placeholder="1.0.0", hint="Of the pipeline")
            yield text_row(
                "tags", "Tags", ", ".join(info.tags), placeholder="shop, revenue", hint="Comma-separated"
            )

    def on_mount(self) -> None:
        """Start on the name, show what is wrong with it."""
        self._check()
        self.query(Input).first().focus()

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Put the value into the design."""
        name, text = event.path, str(event.value)

        def change(design: PipelineDesign) -> None:
            value: str | list[str] = text
            if name == "tags":
                value = [tag.strip() for tag in text.split(",") if tag.strip()]
            setattr(design.pipeline, name, value)

        self.state.edit(f"pipeline {name}", change, origin=self, merge=f"pipeline.{name}", part="pipeline")
        self._check()

    def _check(self) -> None:
        from generator.design.problems import structural_problems

        wrong = {problem.path: problem for problem in structural_problems(self.state.design)}
        for row in self.query(FormRow):
            row.show_problem(wrong.get(f"pipeline.{row.path}") if row.value else None)

    def on_input_submitted(self) -> None:
        """Close."""
        self.dismiss(None)
