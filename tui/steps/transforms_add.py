"""What a new transform starts from: a kind of query and its tables, the query shown as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from tui.keymap import bind
from tui.state import WizardState
from tui.views.starter_tables import StarterTable, linked_pair, starter_tables
from tui.views.starters import STARTERS, Starter, start
from tui.widgets.dialog import Dialog
from tui.widgets.diff_view import FileView
from tui.widgets.filtered_list import Entry, FilteredList

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


class AddTransformDialog(Dialog["Transformation"]):
    """Returns the new transform, None when closed."""

    CSS_PATH: ClassVar[str] = "transforms_add.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("starter.close", "escape", "close", "Close", "Add nothing", show=True),
        bind("starter.pick", "space", "pick", "Pick", "Use the table, or leave it out", show=True),
        bind("starter.add", "ctrl+n,enter", "add", "Add", "Add the transform as shown", show=True),
        bind("starter.other", "left,right", "other", "Other list", "Go between starters and tables"),
    ]

    def __init__(self, state: WizardState) -> None:
        super().__init__()
        self.state = state
        self._tables = starter_tables(state.design, foreign_keys(state))
        self._picked: list[int] = [0] if self._tables else []
        self._clicks = 0
        """How often the mouse was clicked in a row, 0 when the last thing was a key."""

    def compose(self) -> ComposeResult:
        """Starters and tables side by side, the query below."""
        with Vertical(classes="dialog-box -tall") as box:
            box.border_title = "Add a transform"
            box.border_subtitle = "space pick table · ⏎ add · esc close"
            with Horizontal(id="starter-lists"):
                yield OptionList(
                    *(Option(Content.styled(each.title, "bold")) for each in STARTERS),
                    id="starter-list",
                    markup=False,
                    compact=True,
                )
                yield FilteredList(name="starter-table-list", list_id="starter-tables", compact=True)
            yield Static("", id="starter-help", markup=False)
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
        single = self.starter.tables == 1
        chosen = self._picked[-1:] if single else self._picked
        entries = [
            Entry(index, _table_text(table, index in chosen, single), table.name.lower())
            for index, table in enumerate(self._tables)
        ]
        if not entries:
            entries = [Entry(-1, Content.styled(_NO_TABLES, "$quiet"), disabled=True)]
        listing = self.query_one(FilteredList)
        current = listing.current
        listing.show(entries, current if current is not None else chosen[0] if chosen else None)

    def _draw(self) -> None:
        transform = self.transform
        help_text = Content.assemble((self.starter.title, "bold"), (f": {self.starter.help}", "$quiet"))
        self.query_one("#starter-help", Static).update(help_text)
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
        if self.starter.id == "join" and len(self._picked) < 2 <= len(self._tables):
            self._picked = linked_pair(self._tables, self._picked)
        self._draw_tables()
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Remember that what comes now comes from the mouse: one click chooses, two add."""
        self._clicks = event.chain

    def on_key(self) -> None:
        """What comes now comes from the keyboard."""
        self._clicks = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Add what starts so: Enter on a starter, or a second click on it."""
        event.stop()
        if self._clicks != 1:
            self.action_add()

    def on_filtered_list_chosen(self, event: FilteredList.Chosen) -> None:
        """Pick the table clicked, or entered."""
        event.stop()
        self._toggle(event.key)

    def on_filtered_list_highlighted(self, event: FilteredList.Highlighted) -> None:
        """The cursor in the tables changes nothing."""
        event.stop()

    def action_pick(self) -> None:
        """Use the table under the cursor, or leave it out."""
        self._toggle(self.query_one(FilteredList).current)

    def _toggle(self, index: object) -> None:
        if not isinstance(index, int) or not 0 <= index < len(self._tables):
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
        tables = self.query_one(FilteredList)
        (self.query_one("#starter-list") if tables.has_focus_within else tables.options).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Add or close."""
        event.stop()
        self.dismiss(self.transform if event.button.id == "starter-add" else None)

    def action_add(self) -> None:
        """Add the transform as shown."""
        self.dismiss(self.transform)


def _table_text(table: StarterTable, picked: bool, single: bool) -> Content:
    on, off = ("(●)", "( )") if single else ("[✓]", "[ ]")
    box = Content.styled(on, "bold $text-success") if picked else Content.styled(off, "$quiet")
    key = f"key {'+'.join(table.key)}" if table.key else "no key"
    return Content.assemble(box, f" {table.name}", (f"  {len(table.columns)} columns · {key}", "$quiet"))
