"""Editor and result of one transform: checked and tried on samples while one types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui.background import in_background
from tui.sampling import fetch_samples
from tui.state import WizardState
from tui.views.live_query import (
    LiveQuery,
    derive_inputs,
    formatted,
    live_query,
    suggestions,
    tables_for,
)
from tui.views.transform_texts import EMPTY, about_text
from tui.widgets.code_area import Mark
from tui.widgets.query_panel import QueryPanel
from tui.widgets.sql_editor import CodeEditor
from tui.widgets.tables_list import TableLine, TablesList, table_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.design.models import PipelineDesign, Transformation
    from tui.views.completion import Suggestion

    from .transforms import TransformsStep

CHECK_DELAY_SECONDS = 0.25
_PART = "transformations"


class QueryPane(Vertical):
    """What the transform publishes, its query, and what the query gives; a lesson while there is none."""

    class Tried(Message):
        """The query was checked and tried."""

        def __init__(self, query: LiveQuery, lines: list[TableLine]) -> None:
            super().__init__()
            self.query = query
            self.lines = lines
            """The tables the query may draw on."""

    def __init__(self, state: WizardState, step: TransformsStep) -> None:
        super().__init__(id="transform-main", classes="pane")
        self.state = state
        self.query_now: LiveQuery | None = None
        self._step = step
        self._index: int | None = None
        self._timer: Timer | None = None
        self._sampled = False
        self._why_no_samples = ""
        # The tables do not depend on the query itself, so they are found once per change made elsewhere.
        self._tables: Mapping[str, Mapping[str, str]] = {}
        self._lines: list[TableLine] = []
        self._tables_age, self._tables_found = 0, -1

    def compose(self) -> ComposeResult:
        """Output, editor, result; or the lesson."""
        about = Static("", id="transform-about", markup=False, classes="clickable")
        about.tooltip = "Name, table, load strategy and key"
        yield about
        yield CodeEditor(completer=self._complete)
        yield QueryPanel()
        yield Static(EMPTY, id="transform-empty", classes="empty", markup=False)

    @property
    def editor(self) -> CodeEditor:
        """The editor."""
        return self.query_one(CodeEditor)

    @property
    def transform(self) -> Transformation | None:
        """The transform that is shown, None when it is gone."""
        every = self.state.design.transformations
        return every[self._index] if self._index is not None and self._index < len(every) else None

    def show(self, index: int | None) -> None:
        """Show a transform, or the lesson: another one is selected, or the design changed elsewhere."""
        self._index = index
        self._tables_age += 1
        transform = self.transform
        if transform is None:
            self.border_title = "Your first transform"
            return
        is_python = transform.type == "python"
        self.query_one("#transform-about", Static).update(about_text(self.state.design, transform))
        self.border_title = Content(f"{transform.name or 'no name'} · {'Python' if is_python else 'SQL'}")
        text = (transform.code if is_python else transform.sql) or ""
        self.editor.load(text, "python" if is_python else "sql")
        self._try_soon(0.01)

    def on_click(self, event: events.Click) -> None:
        """Edit the output where it is told."""
        if event.widget is not None and event.widget.id == "transform-about":
            self._step.action_output()

    def format(self) -> None:
        """Lay out the query anew."""
        transform = self.transform
        if transform is None or transform.type != "sql" or not transform.sql:
            return
        text = formatted(transform.sql)
        if text is None:
            self.notify("The query cannot be laid out while it has errors.", severity="warning", markup=False)
        elif text != transform.sql:
            self.editor.area.text = text

    def refresh_samples(self) -> None:
        """Fetch the samples that are missing and run the query on them."""
        self._sampled = False
        self._try_soon(0.01)

    def on_code_editor_changed(self, event: CodeEditor.Changed) -> None:
        """Keep the text, find its inputs, and check it as soon as the typing rests."""
        event.stop()
        index, text = self._index, event.text
        if self.transform is None or index is None:
            return
        is_python = self.transform.type == "python"

        def change(design: PipelineDesign) -> None:
            transform = design.transformations[index]
            if is_python:
                transform.code = text
            else:
                transform.sql = text
                transform.sql_file = None

        self._step.edit(f"edit {self.transform.name}", change, merge=f"query {index}", part=_PART)
        self._try_soon(CHECK_DELAY_SECONDS)

    def _try_soon(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(max(seconds, 0.01), self._try_query)

    @work(group="live-query", exclusive=True)
    async def _try_query(self) -> None:
        transform, index = self.transform, self._index
        if transform is None or index is None:
            return
        panel = self.query_one(QueryPanel)
        panel.busy()
        if not self._sampled:
            self._sampled = True
            self._sample()
        design, facts = self.state.design, dict(self.state.facts)
        tables = await self._find_tables(design, index)
        result = await in_background(lambda: live_query(design, index, facts, tables))
        if self.transform is None or index != self._index:
            return
        if result.notice and self._why_no_samples and transform.type == "sql":
            result = replace(result, notice=f"The query holds together. No samples: {self._why_no_samples}")
        self.query_now = result
        self._take_inputs(index, result)
        first = next((problem for problem in result.problems if problem.line), None)
        self.query_one(CodeEditor).area.mark = (
            Mark(first.line - 1, first.column - 1, first.length) if first else None
        )
        panel.show(result, self._lines)
        self.post_message(self.Tried(result, self._lines))

    async def _find_tables(self, design: PipelineDesign, index: int) -> Mapping[str, Mapping[str, str]]:
        """Return the tables the transform may read, found anew only after a change made elsewhere."""
        age = self._tables_age
        if self._tables_found != age:
            tables = await in_background(lambda: tables_for(design, index))
            lines = await in_background(lambda: table_lines(tables))
            if age != self._tables_age:
                return tables
            self._tables, self._lines, self._tables_found = tables, lines, age
        return self._tables

    @work(group="samples", exclusive=True)
    async def _sample(self) -> None:
        """Fetch the samples that are missing; never cut short by typing."""
        self._why_no_samples = await fetch_samples(self.state, self._step)
        self._try_soon(0.01)

    def _take_inputs(self, index: int, result: LiveQuery) -> None:
        inputs = derive_inputs(result)
        if inputs is None or set(inputs) == set(self.state.design.transformations[index].input_tables):
            return

        def change(design: PipelineDesign) -> None:
            design.transformations[index].input_tables = inputs

        name = self.state.design.transformations[index].name
        self._step.edit(f"edit {name}", change, merge=f"query {index}", part=_PART)

    def on_tables_list_picked(self, event: TablesList.Picked) -> None:
        """Put a table or column into the query."""
        event.stop()
        self.insert(event.text)

    def insert(self, text: str) -> None:
        """Put a name into the query at the cursor, and go there."""
        if self.transform is not None:
            self.editor.focus_text()
            self.editor.area.insert(text)
            self.editor.close_suggestions()

    def _complete(self, text: str, line: int, column: int) -> list[Suggestion]:
        transform = self.transform
        if transform is None or transform.type != "sql":
            return []
        return suggestions(self._tables, text, line, column)
