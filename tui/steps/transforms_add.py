"""What a new transform starts from: a kind of query and its tables, the query shown as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from tui.keymap import bind
from tui.state import WizardState
from tui.views.starters import STARTERS, Starter, StarterTable, start, starter_tables
from tui.widgets.diff_view import FileView

if TYPE_CHECKING:
    from generator.design.models import Transformation

_NO_TABLES = "No tables yet: pick some in the Sources step first. A blank query can be added all the same."


def foreign_keys(state: WizardState) -> dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]]:
    """Return the foreign keys the probes saw, by table."""
    found: dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]] = {}
    for facts in state.facts.values():
        for table in facts.catalog.tables if facts.catalog else ():
            found[table.name] = [(key.columns, key.table, key.references) for key in table.foreign_keys]
    return found


class AddTransformDialog(ModalScreen["Transformation | None"]):
    """Returns the new transform, None when closed."""

    CSS_PATH: ClassVar[str] = "transforms_add.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("starter.close", "escape", "close", "Close", "Add nothing", show=True),
        bind("starter.pick", "space", "pick", "Pick", "Use the table, or leave it out", show=True),
        bind("starter.add", "ctrl+n,enter", "add", "Add", "Add the transform as shown", show=True),
        bind("starter.other", "left,right", "other", "Other list", "Go between starters and tables"),
    ]

    def __init__(self, state: WizardState) -> None:
        super().__init__(classes="dialog")
        self.state = state
        self._tables = starter_tables(state.design, foreign_keys(state))
        self._picked: list[int] = [0] if self._tables else []

    def compose(self) -> ComposeResult:
        """Starters and tables side by side, the query below."""
        with Vertical(classes="dialog-box -tall") as box:
            box.border_title = "Add a transform"
            box.border_subtitle = "space pick table · ⏎ add · esc close"
            with Horizontal(id="starter-lists"):
                yield OptionList(
                    *(
                        Option(Content.assemble((each.title, "bold"), "\n", (each.help, "$quiet")))
                        for each in STARTERS
                    ),
                    id="starter-list",
                    markup=False,
                )
                yield OptionList(id="starter-tables", markup=False, compact=True)
            yield Static("", id="starter-name", markup=False)
            yield FileView(widget_id="starter-sql")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="starter-cancel", compact=True)
                yield Button("Add", id="starter-add", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start on the starters."""
        self.query_one("#starter-list", OptionList).highlighted = 0
        self.query_one("#starter-list").focus()
        self._draw_tables()
        self._draw()

    @property
    def starter(self) -> Starter:
        """The starter that is selected."""
        return STARTERS[self.query_one("#starter-list", OptionList).highlighted or 0]

    @property
    def transform(self) -> Transformation:
        """What would be added."""
        tables = [self._tables[index] for index in self._picked]
        if self.starter.tables == 1:
            tables = tables[-1:]
        if not tables:
            return start(self.state.design, "blank", [])
        return start(self.state.design, self.starter.id, tables)

    def _draw_tables(self) -> None:
        listing = self.query_one("#starter-tables", OptionList)
        highlighted = listing.highlighted
        single = self.starter.tables == 1
        chosen = self._picked[-1:] if single else self._picked
        listing.set_options(
            [_table_option(index, table, index in chosen, single) for index, table in enumerate(self._tables)]
        )
        if not self._tables:
            listing.add_option(Option(Content.styled(_NO_TABLES, "$quiet"), disabled=True))
        listing.highlighted = highlighted or 0

    def _draw(self) -> None:
        transform = self.transform
        loading = transform.loading
        key = f" on {', '.join(loading.key)}" if loading and loading.key else ""
        self.query_one("#starter-name", Static).update(
            Content.assemble(
                ("→ ", "$text-accent"),
                (transform.output_table, "bold"),
                (f"  {loading.strategy if loading else ''}{key} · {transform.description}", "$quiet"),
            )
        )
        language = "python" if transform.type == "python" else "sql"
        self.query_one(FileView).show_text(
            transform.code or transform.sql or "", language, key=self.starter.id
        )

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the query of the starter under the cursor."""
        event.stop()
        if event.option_list.id == "starter-list":
            if self.starter.id == "join" and len(self._picked) < 2 <= len(self._tables):
                self._picked = _linked(self._tables, self._picked)
            self._draw_tables()
            self._draw()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter in a list, or a click: a starter is added, a table is picked."""
        event.stop()
        if event.option_list.id == "starter-tables":
            self._toggle(event.option_index)
        elif not getattr(self, "_clicked", False):
            self.action_add()

    def action_pick(self) -> None:
        """Use the table under the cursor, or leave it out."""
        index = self.query_one("#starter-tables", OptionList).highlighted
        if index is not None:
            self._toggle(index)

    def _toggle(self, index: int) -> None:
        if index >= len(self._tables):
            return
        if self.starter.tables == 1:
            self._picked = [index]
        elif index in self._picked:
            self._picked.remove(index)
        else:
            self._picked.append(index)
        self._draw_tables()
        self._draw()

    def action_other(self) -> None:
        """Go to the other list."""
        tables = self.query_one("#starter-tables")
        (self.query_one("#starter-list") if tables.has_focus else tables).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Add or close."""
        event.stop()
        self.dismiss(self.transform if event.button.id == "starter-add" else None)

    def action_add(self) -> None:
        """Add the transform as shown."""
        self.dismiss(self.transform)

    def action_close(self) -> None:
        """Add nothing."""
        self.dismiss(None)


def _table_option(index: int, table: StarterTable, picked: bool, single: bool) -> Option:
    on, off = ("(●)", "( )") if single else ("[✓]", "[ ]")
    box = Content.styled(on, "bold $text-success") if picked else Content.styled(off, "$quiet")
    key = f"key {'+'.join(table.key)}" if table.key else "no key"
    return Option(
        Content.assemble(box, f" {table.name}", (f"  {len(table.columns)} columns · {key}", "$quiet"))
    )


def _linked(tables: list[StarterTable], picked: list[int]) -> list[int]:
    """Return two tables that a foreign key joins, the picked one among them where it can be."""
    from tui.views.starters import link_between

    pairs = [
        [one, other]
        for one in range(len(tables))
        for other in range(len(tables))
        if one != other and link_between(tables[one], tables[other])
    ]
    mine = [pair for pair in pairs if picked and picked[0] in pair]
    return (mine or pairs or [[0, 1]])[0]
