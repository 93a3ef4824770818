"""What a transform publishes: its name, table, description, load strategy and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.keymap import bind
from tui.state import WizardState
from tui.views import transforms as view
from tui.widgets.choice import Item
from tui.widgets.form_row import FormRow, choice_row, text_row

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Transformation

_LIST_FIELDS = {"key", "tracked_columns", "input_tables"}


class OutputDialog(ModalScreen[None]):
    """Edits one transform's output as one types; Esc or Enter closes.

    Args:
        state: The wizard's state.
        index: Which transform.
        columns: The query's output columns, as far as known, for hints.
    """

    CSS_PATH: ClassVar[str] = "transforms_output.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("output.close", "escape", "close", "Close", "Close the dialog", show=True)
    ]

    def __init__(self, state: WizardState, index: int, columns: list[str]) -> None:
        super().__init__(classes="dialog")
        self.state = state
        self._index = index
        self._columns = columns

    @property
    def transform(self) -> Transformation:
        """The transform as it is now."""
        return self.state.design.transformations[self._index]

    def compose(self) -> ComposeResult:
        """One row per field; those that the strategy does not use are hidden."""
        transform = self.transform
        loading = transform.loading
        columns = ", ".join(self._columns) or "as soon as the query runs"
        with VerticalScroll(classes="dialog-box", can_focus=False) as box:
            box.border_title = Content(transform.name or "transform")
            box.border_subtitle = "saved as you type · esc close"
            yield text_row(
                "name",
                "Name",
                transform.name,
                hint="snake_case; names the file and, unless changed, the table",
            )
            yield text_row(
                "output_table", "Publishes", transform.output_table, hint="schema.table in the destination"
            )
            yield text_row(
                "description",
                "Description",
                transform.description,
                hint="One sentence, for the spec and the docs",
            )
            yield choice_row(
                "type",
                "Written in",
                [Item("sql", "SQL"), Item("python", "Python, on Arrow tables")],
                transform.type,
            )
            yield text_row(
                "input_tables", "Reads", ", ".join(transform.input_tables),
                hint="SQL: found in the query by itself. Python: the tables it gets",
            )  # fmt: skip
            yield choice_row(
                "strategy", "Load strategy", self._strategies(), (loading and loading.strategy) or ""
            )
            yield text_row("key", "Key", ", ".join(loading.key) if loading else "", hint=f"Of: {columns}")
            yield text_row(
                "version_column",
                "Newer wins by",
                (loading and loading.version_column) or "",
                hint=f"Of: {columns}",
            )
            yield text_row(
                "deleted_column",
                "Deleted when",
                (loading and loading.deleted_column) or "",
                hint="Column that is true or set on deleted rows",
            )
            yield text_row(
                "tracked_columns",
                "Keeps previous",
                ", ".join(loading.tracked_columns) if loading else "",
                hint=f"Of: {columns}",
            )
            yield Static("", id="output-note", markup=False)

    def _strategies(self) -> list[Item]:
        """Return the strategies, those that the destination cannot do blocked with the reason."""
        from generator.design.models import LoadStrategy

        inherited = self.state.design.destination.loading.strategy or "overwrite"
        items = [Item("", f"as the destination ({inherited})", "the strategy chosen in the Destination step")]
        for name in get_args(LoadStrategy):
            label, _, help_text = view.STRATEGY_WORDS[name].partition(" · ")
            items.append(Item(name, label, help_text, blocked_reason(self.state.design, name)))
        return items

    def on_mount(self) -> None:
        """Start on the name."""
        self._draw()
        self.query(Input).first().focus()

    def _draw(self) -> None:
        strategy = view.effective_strategy(self.state.design, self.transform)
        used = {"name", "output_table", "description", "type", "input_tables", "strategy"}
        if strategy in view.NEEDS_KEY:
            used.add("key")
        used |= {"version_column"} if strategy in view.NEEDS_KEY else set()
        used |= {"deleted_column"} if strategy == "merge" else set()
        used |= {"tracked_columns"} if strategy == "scd3" else set()
        wrong = {problem.path: problem for problem in self.state.problems("transforms")}
        for row in self.query(FormRow):
            row.display = row.path in used
            place = f"loading.{row.path}" if row.path in {"strategy", "key", "version_column"} else row.path
            problem = wrong.get(f"transformations[{self._index}].{place}")
            row.error = f"{problem.message} {problem.fix}".strip() if problem else ""
        needs_key = strategy in view.NEEDS_KEY and not (self.transform.loading and self.transform.loading.key)
        key_row = next(row for row in self.query(FormRow) if row.path == "key")
        if needs_key and not key_row.error:
            key_row.error = f"{strategy} needs the columns that identify a row"
        words = view.STRATEGY_WORDS.get(strategy, strategy)
        self.query_one("#output-note", Static).update(Content.styled(words, "$quiet"))

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
            f"change {self.transform.name}", change, origin=self, merge=f"transform {index} {name}"
        )
        if name == "name":
            for row in self.query(FormRow):
                if row.path == "output_table":
                    row.put(self.transform.output_table)
        self._draw()

    def on_input_submitted(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def blocked_reason(design: PipelineDesign, strategy: str) -> str:
    """Return why the destination cannot load by a strategy, empty when it can."""
    from generator.connectors.registry import all_connectors

    for connector in all_connectors():
        if connector.id == design.destination.type and strategy not in connector.capabilities.loading:
            return f"{connector.title} cannot load by {strategy}"
    return ""
