"""The Transforms step: the list, the editor, and what the query under the cursor gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.background import in_background
from tui.history import fork
from tui.keymap import bind
from tui.sampling import fetch_samples
from tui.steps.base import Preview, Step
from tui.views import transforms as view
from tui.views.live_query import (
    LiveQuery,
    derive_inputs,
    generated_file,
    live_query,
    suggestions,
)
from tui.widgets.query_panel import QueryPanel, tables_text
from tui.widgets.sql_editor import CodeEditor, Mark

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Transformation
    from generator.design.problems import Problem
    from tui.views.completion import Suggestion

CHECK_DELAY_SECONDS = 0.25
_ROOMY_COLUMNS = 88
_TALL_ROWS = 32
EMPTY = (
    "No transforms yet\n\n"
    "Without one, every table is published under its own name, just as it is.\n\n"
    "A transform is a query over staging tables; its result becomes a table of its own. "
    "Press a to start from a join, an aggregate, a deduplication, a history (SCD 2) or a blank query."
)


class TransformsStep(Step):
    """Lists transforms in the order they run; edits and tries the one selected."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("transforms.add", "plus,a", "add", "Add", "Add a transform, from a starter or blank", show=True),
        bind("transforms.edit", "e", "edit_query", "Edit", "Go to the query of the transform", show=True),
        bind(
            "transforms.output", "o,f10", "output", "Output", "Name, table, load strategy and key", show=True
        ),
        bind(
            "transforms.panel",
            "v,f9",
            "panel",
            "View",
            "Result, lineage or tables under the query",
            show=True,
        ),
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
            yield OptionList(id="transform-list", markup=False)
            with VerticalScroll(id="transform-tables", can_focus=False):
                yield Static("", id="transform-tables-text", markup=False)
        with Vertical(id="transform-main", classes="pane"):
            about = Static("", id="transform-about", markup=False, classes="clickable")
            about.tooltip = "Name, table, load strategy and key"
            yield about
            yield CodeEditor(completer=self._complete)
            yield QueryPanel()
            yield Static(EMPTY, id="transform-empty", classes="empty", markup=False)

    def on_mount(self) -> None:
        """Start on the first transform."""
        self._index = 0
        self._timer: Timer | None = None
        self._query: LiveQuery | None = None
        self._sampled = False
        self._why_no_samples = ""
        self._problems: list[Problem] = []

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
        rows = view.transform_rows(
            self.design, {problem.path: problem.severity for problem in self._problems}
        )
        listing = self.query_one("#transform-list", OptionList)
        options = []
        for row in rows:
            glyph = ("! ", "bold $text-error") if row.errors else ("✓ ", "$text-success")
            options.append(Option(Content.assemble(glyph, row.name, "\n  ", (row.detail, "$quiet"))))
        options.append(Option(Content.styled("+ add transform", "$text-accent")))
        with self.prevent(OptionList.OptionHighlighted):
            listing.set_options(options)
            listing.highlighted = max(0, self._index)
        self.set_class(not rows, "-empty")

    def _draw_transform(self) -> None:
        transform = self.transform
        if transform is None:
            self.query_one("#transform-main").border_title = "Your first transform"
            return
        strategy = view.effective_strategy(self.design, transform)
        key = f" on {', '.join(transform.loading.key)}" if transform.loading and transform.loading.key else ""
        about = Content.assemble(
            ("→ ", "$text-accent"),
            (transform.output_table or "no output table", "bold"),
            (f"  {strategy}{key}", "$quiet"),
        )
        self.query_one("#transform-about", Static).update(about)
        main = self.query_one("#transform-main")
        main.border_title = Content(
            f"{transform.name or 'no name'} · {'Python' if transform.type == 'python' else 'SQL'}"
        )
        text = (transform.code if transform.type == "python" else transform.sql) or ""
        editor = self.query_one(CodeEditor)
        editor.load(text, "python" if transform.type == "python" else "sql")
        self._try_soon(0.01)

    # -- the live check

    def on_code_editor_changed(self, event: CodeEditor.Changed) -> None:
        """Keep the text, find its inputs, and check it as soon as the typing rests."""
        index, text = self._index, event.text
        if self.transform is None:
            return
        is_python = self.transform.type == "python"

        def change(design: PipelineDesign) -> None:
            transform = design.transformations[index]
            if is_python:
                transform.code = text
            else:
                transform.sql = text
                transform.sql_file = None

        self.edit(f"edit {self.transform.name}", change, merge=f"query {index}")
        self._try_soon(CHECK_DELAY_SECONDS)

    def _try_soon(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(max(seconds, 0.01), self._try_query)

    @work(group="live-query", exclusive=True)
    async def _try_query(self) -> None:
        transform, index = self.transform, self._index
        if transform is None:
            return
        panel = self.query_one(QueryPanel)
        panel.busy()
        if not self._sampled:
            self._sampled = True
            self._sample()
        design, facts = fork(self.design), dict(self.state.facts)
        result = await in_background(lambda: live_query(design, index, facts))
        if self.transform is None or index != self._index:
            return
        self._query = result
        self._take_inputs(index, result)
        first = next((problem for problem in result.problems if problem.line), None)
        self.query_one(CodeEditor).area.mark = (
            Mark(first.line - 1, first.column - 1, first.length) if first else None
        )
        panel.show(result)
        self.query_one("#transform-tables-text", Static).update(tables_text(result))

    @work(group="samples", exclusive=True)
    async def _sample(self) -> None:
        """Fetch the samples that are missing; never cut short by typing."""
        self._why_no_samples = await fetch_samples(self.state, self)
        self._try_soon(0.01)

    def _take_inputs(self, index: int, result: LiveQuery) -> None:
        inputs = derive_inputs(result)
        if inputs is None or inputs == self.design.transformations[index].input_tables:
            return

        def change(design: PipelineDesign) -> None:
            design.transformations[index].input_tables = inputs

        self.edit(f"edit {self.design.transformations[index].name}", change, merge=f"query {index}")

    def _complete(self, text: str, line: int, column: int) -> list[Suggestion]:
        return suggestions(self.design, self._index, text, line, column)

    # -- actions

    def action_add(self) -> None:
        """Ask what to start from, and add it."""
        from tui.steps.transforms_add import AddTransformDialog

        def added(transform: Transformation | None) -> None:
            if transform is not None:
                self._change(f"add {transform.name}", lambda design: view.add_transform(design, transform))
                self.query_one(CodeEditor).focus_text()

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
        self.edit(label, lambda design: selected.append(change(design)))
        if selected:
            self._index = selected[-1]
        self.sync()

    def action_edit_query(self) -> None:
        """Go to the query."""
        if self.transform is not None:
            self.query_one(CodeEditor).focus_text()

    def action_output(self) -> None:
        """Edit name, output table and load strategy."""
        if self.transform is None:
            return
        from tui.steps.transforms_output import OutputDialog

        columns = [name for name, _ in self._query.columns] if self._query else []
        self.app.push_screen(OutputDialog(self.state, self._index, columns), lambda _: self.sync())

    def action_panel(self) -> None:
        """Show the next of result, lineage and tables."""
        self.query_one(QueryPanel).next_view()

    def action_format(self) -> None:
        """Lay out the query anew."""
        transform = self.transform
        if transform is None or transform.type != "sql" or not transform.sql:
            return
        from tui.views.live_query import formatted

        text = formatted(transform.sql)
        if text is None:
            self.notify("The query cannot be laid out while it has errors.", severity="warning", markup=False)
        elif text != transform.sql:
            self.query_one(CodeEditor).area.text = text

    def action_refresh(self) -> None:
        """Fetch the samples that are missing and run the query on them."""
        self._sampled = False
        self._try_soon(0.01)

    # -- events

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the transform under the cursor."""
        event.stop()
        if event.option_index != self._index and event.option_index < len(self.design.transformations):
            self._index = event.option_index
            self._draw_transform()
            self._preview_changed()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the query of the transform chosen."""
        event.stop()
        if event.option_index < len(self.design.transformations):
            self.action_edit_query()
        else:
            self.action_add()

    def on_click(self, event: events.Click) -> None:
        """Edit the output where it is told."""
        if event.widget is not None and event.widget.id == "transform-about":
            self.action_output()

    def _preview_changed(self) -> None:
        refresh = getattr(self.screen, "refresh_preview", None)
        if refresh is not None:
            refresh()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")
        self.set_class(self.size.height >= _TALL_ROWS, "-tall")

    # -- for the wizard

    def focus_first(self) -> None:
        """Start in the list."""
        self.query_one("#transform-list").focus()

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
        return lambda: generated_file(design, index)
