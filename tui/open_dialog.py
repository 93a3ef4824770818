"""Asks for a design file; what is wrong with it is said in full, with file, line and column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widgets import Input

from generator.design.models import PipelineDesign
from generator.errors import UserError

from .background import in_background
from .widgets.dialog import CLOSE, Dialog
from .widgets.error_view import ErrorView
from .widgets.form_row import text_row

if TYPE_CHECKING:
    pass


class PathSuggester(Suggester):
    """Completes a path with what lies in its folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first folder or YAML file that begins so."""
        return await in_background(lambda: _first_match(value))


def _first_match(value: str) -> str | None:
    head, _, tail = value.rpartition("/")
    folder = Path(head + "/" if head or value.startswith("/") else ".").expanduser()
    try:
        names = sorted(path.name + ("/" if path.is_dir() else "") for path in folder.iterdir())
    except OSError:
        return None
    for name in names:
        if name.startswith(tail) and name != tail and name.endswith(("/", ".yaml", ".yml")):
            return f"{head}/{name}" if head or value.startswith("/") else name
    return None


class OpenDialog(Dialog[PipelineDesign]):
    """Returns the design, None when closed."""

    BINDINGS: ClassVar[list[BindingType]] = [CLOSE]

    def __init__(self) -> None:
        super().__init__()

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Open a design file"
            box.border_subtitle = "⏎ open · → complete · esc close"
            yield text_row(
                "path",
                "File",
                placeholder="shop_orders.yaml",
                hint="A design as YAML; it becomes a new draft",
            )
            yield ErrorView("open-error")

    def on_mount(self) -> None:
        """Start in the path."""
        field = self.query_one(Input)
        field.suggester = PathSuggester()
        field.focus()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Read the file."""
        from generator.design.yaml_io import load_design

        path = Path(event.value).expanduser()
        try:
            design = await in_background(lambda: load_design(path))
        except UserError as error:
            self.query_one(ErrorView).show(str(error))
            return
        self.dismiss(design)
