"""Destination: the platform, its connection, schemas, how rows are published, and the type of every column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, OptionList
from textual.widgets.option_list import Option

from tui.background import in_background
from tui.keymap import bind
from tui.probing import test
from tui.state import DESTINATION, WizardState
from tui.widgets.choice import Item
from tui.widgets.connection_tester import ConnectionTester
from tui.widgets.hint_line import HintLine

from .base import Step
from .destination_columns import ColumnItems
from .destination_form import NO_CHOICE, SECTIONS, DestinationForm, strategy_items
from .destination_layout import LayoutAdvice, advise_layout
from .destination_types import TypesView
from .suggestions_dialog import SuggestionsDialog

if TYPE_CHECKING:
    from generator.connectors.base import Connector
    from generator.design.models import PipelineDesign
    from generator.design.problems import Problem

ROOMY_ROWS = 34
"""Rows of the body from which form and types are shown together."""
PARTS = (*((name, title) for name, title, _fields in SECTIONS), ("types", "Types"))


class DestinationStep(Step):
    """Left the parts with their state; right the form, and the types of the columns."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    SCOPED_CSS: ClassVar[bool] = False
    step_id = "destination"
    title = "Destination"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("destination.test", "ctrl+t", "test", "Test", "Test the connection to the destination", show=True),
        bind("destination.cancel", "escape", "step_back", "Back", "Cancel a running test, else go back to the list"),
        bind("destination.types", "t", "types", "Types", "Show the type of every column in the destination", show=True),
        bind("destination.why", "w", "why", "Why", "What is suggested for the layout, with the reason", show=True),
        bind("destination.accept", "a", "accept", "Accept", "Take what is suggested for the layout", show=True),
    ]  # fmt: skip

    def __init__(self, state: WizardState) -> None:
        super().__init__(state)
        self._part = "connection"
        self._columns = ColumnItems()
        self.layout_advice: LayoutAdvice | None = None
        """What is suggested for partitions and clusters; None until it is known."""

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with Vertical(id="destination-parts", classes="pane") as left:
            left.border_title = "Destination"
            yield OptionList(id="destination-list", markup=False, compact=True)
        with Vertical(id="destination-detail", classes="pane") as right:
            right.border_title = "Platform"
            yield ConnectionTester("destination-tester")
            yield DestinationForm(self)
            yield TypesView(self)
            yield HintLine()

    # -- drawing --------------------------------------------------------------------------------------------

    @property
    def connector(self) -> Connector | None:
        """The destination's connector, None while there is none we know."""
        from generator.connectors.registry import connector, connector_ids

        kind = self.design.destination.type
        return connector(kind) if kind in connector_ids() else None

    def options(self) -> dict[str, list[Item]]:
        """Return what each choice of the form offers now."""
        from generator.connectors.registry import destinations

        system = self.connector
        partitions = system is None or system.capabilities.partitions
        reason = "" if partitions or system is None else f"{system.title} tables are not partitioned"
        tables = [table for source in self.design.sources for table in source.tables]
        return {
            "type": [Item(one.id, one.title, one.summary_as("destination")) for one in destinations()],
            "loading.strategy": strategy_items(self.design.destination.type),
            "loading.partition_field": [NO_CHOICE, *self._columns.of(tables, reason)],
        }

    def sync(self) -> None:
        """Draw everything from the design."""
        self._draw_list()
        system = self.connector
        detail = self.query_one("#destination-detail")
        detail.border_title = Content(system.title if system else "Choose a platform")
        self.query_one(DestinationForm).sync()
        self._place()
        self._advise()

    @work(group="layout-advice", exclusive=True)
    async def _advise(self) -> None:
        """Bring what is suggested for the layout up to date."""
        system, design, facts = self.connector, self.design, dict(self.state.facts)
        found = None
        if system is not None:
            found = await in_background(lambda: advise_layout(design, system.capabilities, facts))
        if found != self.layout_advice and self.is_attached:
            self.layout_advice = found
            self.query_one(DestinationForm).show_layout()
            self.refresh_bindings()

    def _draw_list(self) -> None:
        listing = self.query_one("#destination-list", OptionList)
        problems = [one for one in self.state.problems("destination") if one.severity == "error"]
        options = []
        for name, title in PARTS:
            wrong = any(_part_of(problem.path) == name for problem in problems)
            glyph, style = ("!", "$text-error") if wrong else ("✓", "$text-success")
            if not self.design.destination.type:
                glyph, style = "○", "$quiet"
            options.append(
                Option(Content.assemble((f"{glyph} ", f"bold {style}"), (title, "bold"), self._detail(name)))
            )
        index = listing.highlighted
        with self.prevent(OptionList.OptionHighlighted):
            listing.clear_options()
            listing.add_options(options)
            listing.highlighted = index or 0

    def _detail(self, part: str) -> Content:
        destination = self.design.destination
        system = self.connector
        text = {
            "connection": f"{system.title if system else 'no platform'}",
            "schemas": destination.dataset,
            "loading": destination.loading.strategy or "per table",
            "layout": destination.loading.partition_field or "no partitions",
            "types": f"{sum(map(len, destination.column_types.values()))} changed",
        }[part]
        return Content.styled(f"\n  {text}", "$quiet")

    def _place(self) -> None:
        roomy = self.size.height >= ROOMY_ROWS
        on_types = self._part == "types"
        self.set_class(roomy, "-roomy")
        self.query_one(DestinationForm).display = roomy or not on_types
        self.query_one(TypesView).display = roomy or on_types
        self.query_one(HintLine).display = roomy or not on_types
        if self.query_one(TypesView).display:
            self.query_one(TypesView).sync()

    def on_resize(self) -> None:
        """Use the room there is."""
        self._place()

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the parts and fields concerned."""
        self._draw_list()
        self.query_one(DestinationForm).show_problems(problems)

    # -- moving ---------------------------------------------------------------------------------------------

    def focus_first(self) -> None:
        """Start in the list."""
        self.query_one("#destination-list").focus()

    def show_part(self, part: str, *, focus: bool) -> None:
        """Show a part."""
        self._part = part
        self._place()
        if part == "types":
            if focus:
                self.query_one(TypesView).focus_first()
            return
        form = self.query_one(DestinationForm)
        if focus:
            self.call_after_refresh(form.focus_section, part)
        else:
            form.query_one(f"#heading-{part}").scroll_visible(top=True, animate=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the part under the cursor."""
        event.stop()
        self.show_part(PARTS[event.option_index][0], focus=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go into the part."""
        event.stop()
        self.show_part(PARTS[event.option_index][0], focus=True)

    def action_types(self) -> None:
        """Show the types."""
        self.query_one("#destination-list", OptionList).highlighted = len(PARTS) - 1
        self.show_part("types", focus=True)

    def action_step_back(self) -> None:
        """Cancel what runs, else go back to the list."""
        if not self.query_one(ConnectionTester).cancel():
            self.focus_first()

    def focus_path(self, path: str) -> bool:
        """Go to the field of a problem."""
        if path.startswith("destination.column_types."):
            self.action_types()
            table, _, column = path.removeprefix("destination.column_types.").partition(".")
            return self.query_one(TypesView).focus_column(table, column)
        self.show_part(_part_of(path), focus=False)
        return self.query_one(DestinationForm).focus_field(
            path if path != "destination" else "destination.type"
        )

    # -- suggestions ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Types explain themselves; to accept there must be something."""
        if action == "accept":
            return self.layout_advice is not None and self.layout_advice.open
        return True

    def action_why(self) -> None:
        """Show what is suggested for the layout with its reasons, to take one by one."""
        if self.layout_advice is None or not self.layout_advice.suggestions:
            self.notify("Pick tables and a platform first: suggestions follow from both.", markup=False)
            return
        self.app.push_screen(SuggestionsDialog("Layout", self._layout_now, self._take, self.action_accept))

    def _layout_now(self) -> LayoutAdvice:
        loading = self.design.destination.loading
        tables = self.layout_advice.tables if self.layout_advice else ()
        return LayoutAdvice(tables, loading.partition_field, tuple(loading.cluster_fields))

    def _take(self, *parts: str) -> None:
        advice = self._layout_now()

        def change(design: PipelineDesign) -> None:
            for part in parts:
                advice.take(design.destination.loading, part)

        self.edit("take the suggested layout", change, part="destination")
        self.layout_advice = self._layout_now()
        self.sync()

    def action_accept(self) -> None:
        """Take what is suggested for the layout and not decided."""
        wanted = [one.part for one in self._layout_now().suggestions if not one.taken]
        if wanted:
            self._take(*wanted)
        else:
            self.notify("Nothing is suggested here that is not taken.", markup=False, timeout=2)

    # -- testing --------------------------------------------------------------------------------------------

    def action_test(self) -> None:
        """Connect as the generated project would."""
        destination, state = self.design.destination, self.state

        async def work() -> str:
            found = await test(destination.type, destination.connection, state.environment())
            state.facts_changed(DESTINATION, origin=self)
            return found

        if destination.type:
            self.query_one(ConnectionTester).start(work)
        else:
            self.notify("Choose a platform first.", markup=False)
            self.focus_path("destination.type")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Test, or cancel."""
        event.stop()
        if not self.query_one(ConnectionTester).cancel():
            self.action_test()


def _part_of(path: str) -> str:
    """Return the part a problem belongs to."""
    if path.startswith("destination.column_types"):
        return "types"
    for name, _title, fields in SECTIONS:
        if any(path.startswith(f"destination.{field}") for field in fields if field != "schema"):
            return name
    return "schemas" if path.startswith("destination.schema") else "connection"
