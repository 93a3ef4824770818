"""What a transform publishes: its name, table, description, load strategy and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from generator.design.models import Loading, LoadStrategy
from generator.design.problems import Problem
from tui.keymap import bind
from tui.state import WizardState
from tui.views import transforms as view
from tui.views.live_query import LiveQuery
from tui.views.outputs import strategy_reasons, suggested_key, suggested_version, type_reasons
from tui.widgets.choice import Item
from tui.widgets.columns_choice import ColumnsChoice, SuggestedColumns
from tui.widgets.dialog import Dialog
from tui.widgets.form_row import FormRow, choice_row, text_row
from tui.widgets.hint_line import HintLine

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Transformation

REVIEW_DELAY_SECONDS = 0.25
_LIST_FIELDS = {"key", "tracked_columns", "input_tables"}


class OutputDialog(Dialog[None]):
    """Edits one transform's output as one types; Esc or Enter closes.

    Args:
        state: The wizard's state.
        index: Which transform.
        query: What is known of its query: output columns and where they come from.
    """

    CSS_PATH: ClassVar[str] = "transforms_output.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("output.close", "escape", "close", "Close", "Close the dialog", show=True)
    ]

    def __init__(self, state: WizardState, index: int, query: LiveQuery | None) -> None:
        super().__init__()
        self.state = state
        self._index = index
        self._columns = query.output if query else ()
        self._tables = tuple((name, "") for name in query.tables) if query else ()
        self._lineage = query.lineage if query else ()
        self._shown_problems: list[Problem] = []

    @property
    def transform(self) -> Transformation:
        """The transform as it is now."""
        return self.state.design.transformations[self._index]

    def compose(self) -> ComposeResult:
        """One row per field; those that the strategy does not use are hidden."""
        transform = self.transform
        with VerticalScroll(classes="dialog-box", can_focus=False) as box:
            box.border_title = Content(transform.name or "transform")
            box.border_subtitle = "saved as you type · esc close"
            hint = "snake_case; names the file and, unless changed, the table"
            yield text_row("name", "Name", transform.name, hint=hint)
            hint = "schema.table in the destination"
            yield text_row("output_table", "Publishes", transform.output_table, hint=hint)
            hint = "One sentence, for the spec and the docs"
            yield text_row("description", "Description", transform.description, hint=hint)
            yield choice_row("type", "Written in", self._types(), transform.type)
            reads = ColumnsChoice(
                self._tables, ", ".join(transform.input_tables), title="Tables it reads", what="tables"
            )
            yield FormRow("input_tables", "Reads", reads, hint="The tables that transform(inputs) gets")
            loading = transform.loading
            chosen = (loading and loading.strategy) or ""
            yield choice_row("strategy", "Load strategy", self._strategies(), chosen)
            yield from self._column_rows(transform)
            yield Static("", id="output-note", markup=False)
            yield HintLine()

    def _column_rows(self, transform: Transformation) -> ComposeResult:
        loading = transform.loading or Loading()
        advice = suggested_key(self.state.design, transform, self._lineage)
        key = ColumnsChoice(
            self._columns, ", ".join(loading.key), title="Key: what identifies a row",
            suggested=SuggestedColumns(*advice) if advice else None,
        )  # fmt: skip
        yield FormRow("key", "Key", key, hint="The columns that identify a row")
        newer = suggested_version(self._columns)
        version = ColumnsChoice(
            self._columns, loading.version_column or "", title="Newer wins by", single=True,
            suggested=SuggestedColumns((newer[0],), newer[1]) if newer else None,
        )  # fmt: skip
        yield FormRow("version_column", "Newer wins by", version, hint="An older version never overwrites")
        deleted = ColumnsChoice(
            self._columns, loading.deleted_column or "", title="Deleted when", single=True
        )
        yield FormRow("deleted_column", "Deleted when", deleted, hint="True or set on deleted rows")
        tracked = ColumnsChoice(
            self._columns, ", ".join(loading.tracked_columns), title="Columns that keep their previous value"
        )
        yield FormRow(
            "tracked_columns", "Keeps previous", tracked, hint="Their value before goes to previous_…"
        )

    def _types(self) -> list[Item]:
        design = self.state.design
        return [
            Item("sql", "SQL", "a query; DuckDB's dialect, translated where another engine runs it"),
            Item("python", "Python, on Arrow tables", "a module with transform(inputs) -> table",
                 type_reasons(design, "python")),
        ]  # fmt: skip

    def _strategies(self) -> list[Item]:
        """Return the strategies, those that cannot work blocked with the reason."""
        design = self.state.design
        inherited = design.destination.loading.strategy or "overwrite"
        items = [Item("", f"as the destination ({inherited})", "the strategy chosen in the Destination step")]
        for name in get_args(LoadStrategy):
            label, _, help_text = view.STRATEGY_WORDS[name].partition(" · ")
            reason = strategy_reasons(design, self.transform, name)
            items.append(Item(name, label, help_text, reason))
        return items

    def on_mount(self) -> None:
        """Start on the name."""
        self._draw()
        self.set_interval(REVIEW_DELAY_SECONDS, self._follow_review)
        self.query(Input).first().focus()

    def _follow_review(self) -> None:
        """Show what the last review found: it comes a moment after each change."""
        if self.state.problems("transforms") != self._shown_problems:
            self._draw()

    def _draw(self) -> None:
        strategy = view.effective_strategy(self.state.design, self.transform)
        used = {"name", "output_table", "description", "type", "strategy"}
        # What a query reads stands in the query; a Python module is told.
        used |= {"input_tables"} if self.transform.type == "python" else set()
        if strategy in view.NEEDS_KEY:
            used.add("key")
        used |= {"version_column"} if strategy in view.NEEDS_KEY else set()
        used |= {"deleted_column"} if strategy == "merge" else set()
        used |= {"tracked_columns"} if strategy == "scd3" else set()
        self._shown_problems = self.state.problems("transforms")
        wrong = {problem.path: problem for problem in self._shown_problems}
        for row in self.query(FormRow):
            row.display = row.path in used
            place = f"loading.{row.path}" if row.path in {"strategy", "key", "version_column"} else row.path
            problem = wrong.get(f"transformations[{self._index}].{place}")
            if row.path == "key" and problem is None and self._lacks_key(strategy):
                # The dialog says at once what the next review will say.
                needed = f"{strategy} needs the columns that identify a row"
                problem = Problem(f"transformations[{self._index}].{place}", "error", needed, "")
            row.show_problem(problem)
        words = view.STRATEGY_WORDS.get(strategy, strategy)
        self.query_one("#output-note", Static).update(Content.styled(words, "$quiet"))

    def _lacks_key(self, strategy: str) -> bool:
        return strategy in view.NEEDS_KEY and not (self.transform.loading and self.transform.loading.key)

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Put the value into the design."""
        event.stop()
        name, text, index = event.path, str(event.value).strip(), self._index
        names = [part.strip() for part in text.split(",") if part.strip()]

        def change(design: PipelineDesign) -> None:
            transform = design.transformations[index]
            if name == "name":
                view.rename_transform(design, index, text)
            elif name == "type":
                view.change_type(transform, text)
            elif name in {"output_table", "description"}:
                setattr(transform, name, text)
            elif name == "input_tables":
                transform.input_tables = names
            else:
                view.set_loading(transform, **{name: names if name in _LIST_FIELDS else text or None})

        self.state.edit(
            f"change {self.transform.name}",
            change,
            origin=self,
            merge=f"transform {index} {name}",
            part="transformations quality",
        )
        if name == "name":
            for row in self.query(FormRow):
                if row.path == "output_table":
                    row.put(self.transform.output_table)
        self._draw()

    def on_input_submitted(self) -> None:
        """Close."""
        self.dismiss(None)
