"""Under the editor: the result on sample rows, where each column comes from, the tables to draw on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from tui.widgets.result_table import ResultTable
from tui.widgets.tables_list import TableLine, TablesList
from tui.widgets.view_switch import ViewSwitch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.views.live_query import LiveQuery

_LONGEST_CELL = 60
_NUMBERS = ("BIGINT", "INTEGER", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "SMALLINT", "TINYINT", "UBIGINT")
VIEWS = (("result", "Result"), ("lineage", "Lineage"), ("tables", "Tables"))


class QueryPanel(Vertical):
    """Three views of the query being edited, one at a time."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")

    def compose(self) -> ComposeResult:
        """A line with the views and the state, over the view chosen."""
        with Horizontal(id="query-bar"):
            yield ViewSwitch(VIEWS)
            yield Static("", id="query-state", markup=False)
        with ContentSwitcher(initial="query-result"):
            yield ResultTable(id="query-result", cursor_type="row")
            with VerticalScroll(id="query-lineage", can_focus=True):
                yield Static("", id="lineage-text", markup=False)
            yield TablesList(name="query-tables")
        yield Static("", id="query-problem", markup=False)

    def on_view_switch_chosen(self, event: ViewSwitch.Chosen) -> None:
        """Show the view chosen."""
        event.stop()
        self.query_one(ContentSwitcher).current = f"query-{event.view}"
        self._show_problem_or_view()

    def next_view(self) -> None:
        """Show the next view."""
        self.query_one(ViewSwitch).next()

    def busy(self) -> None:
        """Say that the query is being tried."""
        self.query_one("#query-state", Static).update(Content.styled("◌ checking", "$quiet"))

    def show(self, query: LiveQuery, lines: Sequence[TableLine]) -> None:
        """Show what trying the query gave, and the tables it may draw on."""
        self._query = query
        self.query_one("#query-state", Static).update(state_text(query))
        self.query_one("#query-problem", Static).update(problem_text(query))
        self._fill_result(query)
        self.query_one("#lineage-text", Static).update(lineage_text(query))
        self.query_one(TablesList).show_lines(lines)
        self._show_problem_or_view()

    def _show_problem_or_view(self) -> None:
        query: LiveQuery | None = getattr(self, "_query", None)
        view = self.query_one(ViewSwitch).view
        troubled = False
        if query is not None and view == "result":
            troubled = bool(query.problems or query.notice) and not query.columns
        elif query is not None and view == "lineage":
            troubled = bool(query.problems) and not query.lineage
        self.query_one("#query-problem").display = troubled
        self.query_one(ContentSwitcher).display = not troubled

    def _fill_result(self, query: LiveQuery) -> None:
        table = self.query_one("#query-result", ResultTable)
        numbers = [is_number(kind) for _, kind in query.columns]
        titles = [
            Text.assemble(
                (name, "bold"), f" {kind.lower()}" if kind else "", justify="right" if number else "left"
            )
            for (name, kind), number in zip(query.columns, numbers, strict=True)
        ]
        table.fill(
            titles,
            [
                [cell_text(value, number) for value, number in zip(row, numbers, strict=True)]
                for row in query.rows
            ],
        )


def is_number(kind: str) -> bool:
    """Tell whether an engine type is a number's, which stands at the right of its column."""
    return kind.upper().startswith(_NUMBERS)


def cell_text(value: str | None, number: bool = False) -> Text:
    """Return a value for a table: one line, NULL told apart from text."""
    side: Literal["left", "right"] = "right" if number else "left"
    if value is None:
        return Text("NULL", style="dim italic", justify=side)
    line = " ".join(value.split())
    return Text(line if len(line) <= _LONGEST_CELL else line[: _LONGEST_CELL - 1] + "…", justify=side)


def state_text(query: LiveQuery) -> Content:
    """Return the state in a few words: how many rows, or how many problems."""
    errors = [problem for problem in query.problems if problem.severity == "error"]
    if errors:
        place = f"line {errors[0].line}:{errors[0].column}" if errors[0].line else "problem"
        return Content.styled(f"! {place}", "bold $text-error")
    if query.columns:
        rows = f"{len(query.rows)} row{'s' if len(query.rows) != 1 else ''}"
        return Content.assemble(
            ("✓ ", "$text-success"), (f"{rows} · {query.seconds * 1000:.0f} ms", "$quiet")
        )
    if query.notice:
        return Content.styled("✓ checked", "$text-success")
    return Content("")


def problem_text(query: LiveQuery) -> Content:
    """Return every problem with its line and column, or why there is no result."""
    parts: list[Content] = []
    for problem in query.problems:
        style = "bold $text-error" if problem.severity == "error" else "bold $text-warning"
        place = f"line {problem.line}, column {problem.column}  " if problem.line else ""
        parts.append(
            Content.assemble(
                ("! " if problem.severity == "error" else "▵ ", style), (place, "$quiet"), problem.message
            )
        )
    if query.notice:
        parts.append(Content.styled(query.notice, "$quiet"))
    return Content("\n").join(parts)


def lineage_text(query: LiveQuery) -> Content:
    """Return each output column with the columns it is made of."""
    if not query.lineage:
        return Content.styled("Known as soon as the query holds together.", "$quiet")
    width = max(len(column) for column, _ in query.lineage)
    lines = [
        Content.assemble(
            (column.ljust(width), "bold"),
            (" ← ", "$quiet"),
            ", ".join(origins) or "(no column: a constant or a count)",
        )
        for column, origins in query.lineage
    ]
    return Content("\n").join(lines)
