"""The Transforms step: the list, the editor, and what the query under the cursor gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui.keymap import bind
from tui.steps.base import Preview, Step
from tui.steps.transforms_list import TransformList
from tui.steps.transforms_query import QueryPane
from tui.views import transforms as view
from tui.views.generated import generated_transform
from tui.widgets.filtered_list import FilteredList
from tui.widgets.query_panel import QueryPanel
from tui.widgets.tables_list import TablesList

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Transformation
    from generator.design.problems import Problem

_ROOMY_COLUMNS = 88
_TALL_ROWS = 32


_OF_A_TRANSFORM = frozenset(
    ("edit_query", "output", "panel", "duplicate", "delete", "move", "format", "refresh")
)


class TransformsStep(Step):
    """Lists transforms in the order they run; edits and tries the one selected."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("transforms.add", "plus,a", "add", "Add", "Add a transform, from a starter or blank", show=True),
        bind("transforms.edit", "e", "edit_query", "Edit", "Go to the query of the transform", show=True),
        bind("transforms.output", "o,f10", "output", "Output", "Table, load strategy, key", show=True),
        bind("transforms.panel", "v,f9", "panel", "View", "Result, lineage or tables", show=True),
        bind("transforms.duplicate", "c", "duplicate", "Copy", "Duplicate the transform"),
        bind("transforms.delete", "delete,x", "delete", "Delete", "Delete the transform (u brings it back)"),
        bind("transforms.up", "left_square_bracket,shift+up", "move(-1)", "Move up", "Run it earlier"),
        bind("transforms.down", "right_square_bracket,shift+down", "move(1)", "Move down", "Run it later"),
        bind("transforms.format", "f", "format", "Format", "Lay out the query anew"),
        bind("transforms.samples", "r", "refresh", "Samples", "Fetch sample rows and run the query on them"),
    ]

    step_id = "transforms"
    title = "Transforms"

    def compose(self) -> ComposeResult:
        """List on the left; query over its result on the right; a lesson instead while there is none."""
        with Vertical(id="transform-side", classes="pane") as side:
            side.border_title = "Transforms"
            yield TransformList()
            yield TablesList(name="transform-tables")
        yield QueryPane(self.state, self)

    def on_mount(self) -> None:
        """Start on the first transform."""
        self._index = 0
        self._problems: list[Problem] = []

    @property
    def pane(self) -> QueryPane:
        """Editor and result."""
        return self.query_one(QueryPane)

    # -- drawing

    @property
    def transform(self) -> Transformation | None:
        """The transform that is selected, None while there is none."""
        every = self.design.transformations
        return every[self._index] if 0 <= self._index < len(every) else None

    def sync(self) -> None:
        """Draw list, query and result anew."""
        self._index = max(0, min(self._index, len(self.design.transformations) - 1))
        self._draw_list()
        self._draw_transform()

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the transforms that have problems."""
        self._problems = problems
        self._draw_list()

    def _draw_list(self) -> None:
        marks = {problem.path: problem.severity for problem in self._problems}
        rows = view.transform_rows(self.design, marks)
        self.query_one(TransformList).show_rows(rows, self._index)
        self.set_class(not rows, "-empty")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is done with a transform only while there is one."""
        return action not in _OF_A_TRANSFORM or (self.is_mounted and self.transform is not None)

    def _draw_transform(self) -> None:
        self.pane.show(self._index if self.transform is not None else None)

    def on_query_pane_tried(self, event: QueryPane.Tried) -> None:
        """Show the tables the query may draw on beside it, where there is room."""
        event.stop()
        self.query_one("#transform-tables", TablesList).show_lines(event.lines)

    def on_tables_list_picked(self, event: TablesList.Picked) -> None:
        """Put a table or column into the query."""
        event.stop()
        self.pane.insert(event.text)

    # -- actions

    def action_add(self) -> None:
        """Ask what to start from, and add it."""
        from tui.steps.transforms_add import AddTransformDialog

        def added(transform: Transformation | None) -> None:
            if transform is not None:
                self._change(f"add {transform.name}", lambda design: view.add_transform(design, transform))
                self.pane.editor.focus_text()

        self.app.push_screen(AddTransformDialog(self.state), added)

    def action_duplicate(self) -> None:
        """Copy the transform."""
        if self.transform is not None:
            index = self._index
            self._change(
                f"copy {self.transform.name}", lambda design: view.duplicate_transform(design, index)
            )

    def action_delete(self) -> None:
        """Delete the transform."""
        if self.transform is not None:
            index, name = self._index, self.transform.name

            def delete(design: PipelineDesign) -> int:
                del design.transformations[index]
                return min(index, len(design.transformations) - 1)

            self._change(f"delete {name}", delete)
            self.notify(f"{name} deleted; u brings it back.", markup=False)

    def action_move(self, offset: int) -> None:
        """Run the transform earlier (-1) or later (1)."""
        if self.transform is not None:
            index = self._index
            self._change(
                f"move {self.transform.name}", lambda design: view.move_transform(design, index, offset)
            )

    def _change(self, label: str, change: Callable[[PipelineDesign], int]) -> None:
        """Change the list; ``change`` returns the index to select."""
        selected: list[int] = []
        self.edit(label, lambda design: selected.append(change(design)), part="transformations quality")
        if selected:
            self._index = selected[-1]
        self.sync()

    def action_edit_query(self) -> None:
        """Go to the query."""
        if self.transform is not None:
            self.pane.editor.focus_text()

    def action_output(self) -> None:
        """Edit name, output table and load strategy."""
        if self.transform is None:
            return
        from tui.steps.transforms_output import OutputDialog

        self.app.push_screen(
            OutputDialog(self.state, self._index, self.pane.query_now), lambda _: self.sync()
        )

    def action_panel(self) -> None:
        """Show the next of result, lineage and tables."""
        self.pane.query_one(QueryPanel).next_view()

    def action_format(self) -> None:
        """Lay out the query anew."""
        self.pane.format()

    def action_refresh(self) -> None:
        """Fetch the samples that are missing and run the query on them."""
        self.pane.refresh_samples()

    # -- events

    def on_filtered_list_highlighted(self, event: FilteredList.Highlighted) -> None:
        """Show the transform under the cursor."""
        event.stop()
        if isinstance(event.key, int) and event.key != self._index:
            self._index = event.key
            self._draw_transform()
            self.refresh_preview()

    def on_filtered_list_chosen(self, event: FilteredList.Chosen) -> None:
        """Go to the query of the transform chosen, or add one."""
        event.stop()
        if isinstance(event.key, int):
            self._index = event.key
            self.action_edit_query()
        else:
            self.action_add()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")
        self.set_class(self.size.height >= _TALL_ROWS, "-tall")

    # -- for the wizard

    def focus_first(self) -> None:
        """Start in the list."""
        self.query_one(TransformList).focus_list()

    def focus_path(self, path: str) -> bool:
        """Go to the transform a problem is about; to its query where the problem lies there."""
        if not path.startswith("transformations"):
            return False
        number = path.removeprefix("transformations[").partition("]")[0]
        if not number.isdigit() or int(number) >= len(self.design.transformations):
            self.focus_first()
            return True
        self._index = int(number)
        self.sync()
        field = path.rpartition(".")[2]
        if field in {"name", "output_table", "description"} or ".loading" in path:
            self.action_output()
        else:
            self.action_edit_query()
        return True

    def preview(self) -> Callable[[], Preview] | None:
        """Show the SQL file as the project will hold it."""
        if self.transform is None:
            return None
        design, index = self.design, self._index
        return lambda: generated_transform(design, index)
