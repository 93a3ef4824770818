"""How one table is read, published and guarded against change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.widgets.choice import Choice, Item
from tui.widgets.form_row import FormRow, choice_row, text_row
from tui.widgets.hint_line import HintLine
from tui.widgets.text_input import TextInput

from .tables import at_table, change_table

if TYPE_CHECKING:
    from generator.design.models import Table
    from generator.design.problems import Problem

    from .sources import SourcesStep

INHERIT = ""
STRATEGIES = [
    Item(INHERIT, "as the source says", "one setting for all tables of the source"),
    Item("full", "full", "read the whole table each run; simple, right for small tables"),
    Item(
        "incremental", "incremental", "read only what changed since the last run, by a column that only grows"
    ),
    Item("cdc", "change data capture", "read the database's own log of changes"),
]
LOADING = [
    Item(INHERIT, "as the destination says", "one setting for all tables"),
    Item("append", "append", "add rows, never change any"),
    Item("overwrite", "overwrite", "replace the whole table; readers see old or new, never half"),
    Item("upsert", "upsert", "add new rows, update known ones by key"),
    Item("merge", "merge", "upsert, and delete what vanished from the source"),
    Item("scd1", "SCD 1", "current values only"),
    Item("scd2", "SCD 2", "full history with valid_from and valid_to"),
    Item("scd3", "SCD 3", "current and previous value of chosen columns"),
]
_STOP = Item("stop", "stop", "the run fails before anything is published")
CONTRACT: dict[str, tuple[str, list[Item]]] = {
    "new_column": ("New column", [
        Item("evolve", "add it", "the target gets the column, NULL for older rows"),
        Item("freeze", "ignore it", "the target stays as it is"),
    ]),
    "dropped_column": ("Dropped column", [
        Item("keep", "keep and warn", "the target keeps the column, NULL for newer rows"),
        _STOP,
    ]),
    "widened_type": ("Widened type", [
        Item("evolve", "follow it", "lossless, as integer to bigint"),
        _STOP,
    ]),
    "type_conflict": ("Type conflict", [
        Item("dead_letter", "set rows aside", "rows that do not fit become dead letters with the value"),
        _STOP,
    ]),
}  # fmt: skip


EMPTY = "Pick the table under Tables (space): how it is read and published is set here."


class TableSettings(Vertical):
    """A form over one picked table, and under it what goes into the field that has the focus."""

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="table-settings")
        self.step = step
        self._place: object = None

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with VerticalScroll(can_focus=False):
            yield Static("Reading", classes="heading", markup=False)
            yield choice_row(
                "extraction.strategy",
                "Each run reads",
                STRATEGIES,
                hint="All rows, or those that changed since",
            )
            yield choice_row(
                "extraction.watermark_column",
                "Newer by",
                [],
                hint="The cursor: a column that grows with every change of a row",
            )
            yield text_row(
                "extraction.lookback_minutes",
                "Look back",
                placeholder="as the source says",
                hint="Minutes read again each run, for rows that are committed late",
            )
            yield text_row(
                "extraction.batch_size",
                "Batch rows",
                placeholder="as the source says",
                hint="Rows held in memory at once",
            )
            yield Static("Publishing", classes="heading", markup=False)
            yield choice_row(
                "loading.strategy", "Published by", LOADING, hint="How new rows meet those already published"
            )
            yield text_row(
                "alias",
                "Name in staging",
                placeholder="as in the source",
                hint="Where two sources share a table name",
            )
            yield Static("When the source changes", classes="heading", markup=False)
            for name, (label, items) in CONTRACT.items():
                yield choice_row(
                    f"contract.{name}",
                    label,
                    items,
                    "",
                    hint="What a run does when it finds one; ⏎ shows the choices",
                )
        yield HintLine()
        yield Static(EMPTY, classes="empty", markup=False, id="settings-empty")

    def sync(self) -> None:
        """Draw the table's settings; there are none while it is not picked."""
        table = self.step.picked_table
        self.query_one(VerticalScroll).display = self.query_one(HintLine).display = table is not None
        self.query_one("#settings-empty").display = table is None
        if table is None:
            return
        rows = self._rows()
        place = (self.step.index, self.step.table_row and self.step.table_row.full_name)
        if place != self._place:
            self._place = place
            for row in rows.values():
                row.forget()
        watermark = rows["extraction.watermark_column"].field
        source, destination = self.step.source, self.step.design.destination
        inherited = source.extraction if source else None
        if isinstance(watermark, Choice):
            items = [_inherit("as the source says", inherited.watermark_column if inherited else None)]
            items += [Item(column.name, column.name, column.type) for column in table.columns_probed]
            watermark.set_items(items)
        numbers = {
            "extraction.lookback_minutes": (inherited.lookback_minutes if inherited else None) or 0,
            "extraction.batch_size": inherited.batch_size if inherited else None,
        }
        for path, number in numbers.items():
            field = rows[path].field
            if isinstance(field, TextInput):
                field.placeholder = _inherit("as the source says", number).label
        strategy = rows["extraction.strategy"].field
        if isinstance(strategy, Choice):
            first = _inherit(STRATEGIES[0].label, inherited.strategy if inherited else None)
            strategy.set_items(_possible([first, *STRATEGIES[1:]], source.type if source else ""))
        loading = rows["loading.strategy"].field
        if isinstance(loading, Choice):
            loading.set_items([_inherit(LOADING[0].label, destination.loading.strategy), *LOADING[1:]])
        for path, row in rows.items():
            row.put(_text(_get(table, path)))

    def _rows(self) -> dict[str, FormRow]:
        return {row.path: row for row in self.query(FormRow)}

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Change one setting."""
        event.stop()
        row, path, value = self.step.table_row, event.path, str(event.value)
        if row is None or row.index is None:
            return
        number = path.endswith(("lookback_minutes", "batch_size"))
        if number and value and not value.strip().isdecimal():
            event.row.refuse("A whole number, or nothing")
            return
        converted: str | int | None = value or None
        if number and value:
            converted = int(value)
        if path.endswith("batch_size") and converted == 0:
            event.row.refuse("At least 1")
            return
        event.row.accept()

        def change(table: Table) -> None:
            _put(table, path, converted)

        label = f"{event.row.label.lower()} of {row.full_name}"
        merge = f"{self.step.index}.{row.index}.{path}"
        at = (self.step.index, row.index)
        self.step.edit(label, change_table(*at, change), merge=merge, part=at_table(*at))
        self.step.sync()

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the fields concerned."""
        row = self.step.table_row
        if row is None or row.index is None:
            return
        prefix = f"sources[{self.step.index}].tables[{row.index}]."
        wrong = {
            problem.path.removeprefix(prefix): problem
            for problem in problems
            if problem.path.startswith(prefix)
        }
        for path, field in self._rows().items():
            problem = wrong.get(path) or wrong.get(path.partition(".")[0])
            if problem is not None and path not in wrong and not path.endswith("strategy"):
                problem = None
            field.show_problem(problem)

    def focus_first(self) -> None:
        """Start in the first field."""
        if self.step.picked_table is not None:
            self._rows()["extraction.strategy"].field.focus()
        else:
            self.step.focus_first()

    def has_field(self, path: str) -> bool:
        """Tell whether the field of a problem is here."""
        return self._field(path) is not None

    def focus_field(self, path: str) -> None:
        """Go to the field of a problem."""
        row = self._field(path)
        if row is not None:
            row.field.focus()

    def _field(self, path: str) -> FormRow | None:
        # Two tables of one name: another name in staging tells them apart.
        wanted = f"{path.removesuffix('.table')}.alias" if path.endswith("].table") else path
        return next((row for name, row in self._rows().items() if wanted.endswith(f"].{name}")), None)


def _inherit(label: str, value: str | int | None) -> Item:
    """Return the choice to decide nothing here, with what that comes to."""
    return Item(INHERIT, label if value in (None, "") else f"{label}: {value}", "one setting for all tables")


def _possible(items: list[Item], kind: str) -> list[Item]:
    """Grey out the strategies the system cannot do."""
    from generator.connectors.registry import connector, connector_ids

    if kind not in connector_ids():
        return items
    known = connector(kind)
    return [
        item if not item.value or item.value in known.capabilities.extraction
        else Item(item.value, item.label, item.help, f"{known.title} does not offer it in this release")
        for item in items
    ]  # fmt: skip


def _get(table: Table, path: str) -> Any:
    part, _, name = path.partition(".")
    if not name:
        return getattr(table, part)
    holder = getattr(table, part)
    if holder is None and part == "contract":
        from generator.design.models import Contract

        holder = Contract()
    return getattr(holder, name) if holder is not None else None


def _put(table: Table, path: str, value: str | int | None) -> None:
    from generator.design.models import Contract, Extraction, Loading

    part, _, name = path.partition(".")
    if not name:
        setattr(table, part, value)
        return
    kinds: dict[str, type[Contract] | type[Extraction] | type[Loading]] = {
        "contract": Contract, "extraction": Extraction, "loading": Loading,
    }  # fmt: skip
    holder = getattr(table, part) or kinds[part]()
    setattr(holder, name, value)
    # Nothing set is the same as no section at all.
    setattr(table, part, None if holder == kinds[part]() else holder)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
