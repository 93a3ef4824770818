"""The left pane of Sources: every source with its state, the way to add one, and facts about the one selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.widgets.still import put

if TYPE_CHECKING:
    from generator.design.models import Source, Table
    from tui.state import WizardState


class SourceList(Vertical):
    """Sources by name, type and number of tables; the last line adds one."""

    class Highlighted(Message):
        """The cursor came to a source."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Opened(Message):
        """The person wants to go into a source."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class AddWanted(Message):
        """The person wants another source."""

    def __init__(self, state: WizardState) -> None:
        super().__init__(id="source-pane", classes="pane")
        self.border_title = "Sources"
        self.state = state
        self._lines: list[Content] = [Content("not drawn yet")]
        self._looked_at: Callable[[str], bool] = lambda name: False
        self._counted: dict[int, tuple[Table, int, int]] = {}

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield OptionList(id="source-list", markup=False, compact=True)
        yield Static("", id="source-facts", markup=False)

    def show(self, index: int, running: Callable[[str], bool]) -> None:
        """Draw all sources, the cursor on one of them.

        Args:
            index: The source under the cursor.
            running: Tells whether a source is being looked at.
        """
        self._looked_at = running
        sources = self.state.design.sources
        listing = self.query_one(OptionList)
        on_add = listing.highlighted is not None and listing.highlighted >= len(sources) and listing.has_focus
        lines = [self._line(number, source) for number, source in enumerate(sources)]
        wanted = len(sources) if on_add or not sources else index
        if len(lines) != len(self._lines) or not all(map(Content.is_same, lines, self._lines)):
            self._lines = lines
            with self.prevent(OptionList.OptionHighlighted):
                listing.clear_options()
                listing.add_options(
                    [*map(Option, lines), Option(Content.styled("+ add source", "$text-accent"))]
                )
        with self.prevent(OptionList.OptionHighlighted):
            listing.highlighted = wanted
        put(self.query_one("#source-facts", Static), self._facts(sources[index]) if sources else "")

    def _line(self, index: int, source: Source) -> Content:
        prefix = f"sources[{index}]"
        errors = sum(
            problem.severity == "error" and problem.path.startswith(prefix)
            for problem in self.state.problems("sources")
        )
        catalog = self.state.facts_of(source.name).catalog
        glyph, style = ("○", "$quiet")
        if errors:
            glyph, style = ("!", "$text-error")
        elif self._looked_at(source.name):
            glyph, style = ("◌", "$text-accent")
        elif catalog:
            glyph, style = ("✓", "$text-success")
        return Content.assemble(
            (f"{glyph} ", f"bold {style}"),
            (source.name or "unnamed", "bold"),
            (f"\n  {self._summary(source)}", "$quiet"),
        )

    def _summary(self, source: Source) -> str:
        """Return type and number of tables, as far as they fit in one line."""
        title, picked = system_title(source.type), len(source.tables)
        text = f"{title} · {picked} table{'s' if picked != 1 else ''}"
        room = self.query_one(OptionList).size.width - 2
        return text if not 0 < room < len(text) else f"{title} · {picked}"

    def _facts(self, source: Source) -> Content:
        catalog = self.state.facts_of(source.name).catalog
        parts: list[tuple[str, str]] = []
        if catalog is not None:
            parts += [
                ("system", catalog.system),
                ("tables", f"{len(source.tables)} of {len(catalog.tables)} picked"),
            ]
            parts += [("note", warning) for warning in catalog.warnings[:3]]
        personal, inexact = self._counts(source)
        if personal:
            parts.append(("personal data", f"{personal} column{'s' if personal != 1 else ''}"))
        if inexact:
            parts.append(("not exact", f"▵ {inexact} column{'s' if inexact != 1 else ''}"))
        return Content("\n").join(
            Content.assemble((f"{name}\n", "$quiet"), f"  {text}") for name, text in parts
        )

    def _counts(self, source: Source) -> tuple[int, int]:
        """Return how many columns are personal data and how many are not read exactly.

        A table of the state never changes in place: of thousands, only those that are new are counted.
        """
        known = self._counted
        self._counted = {
            id(table): known.get(id(table))
            or (table, len(table.pii), sum(bool(column.caveat) for column in table.columns_probed))
            for table in source.tables
        }
        counts = self._counted.values()
        return sum(personal for _, personal, _ in counts), sum(inexact for _, _, inexact in counts)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell which source."""
        event.stop()
        if event.option_index < len(self.state.design.sources):
            self.post_message(self.Highlighted(event.option_index))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go into the source, or add one."""
        event.stop()
        if event.option_index < len(self.state.design.sources):
            self.post_message(self.Opened(event.option_index))
        else:
            self.post_message(self.AddWanted())


def system_title(kind: str) -> str:
    """Return a system's own name, or what stands in the design when it is none we know."""
    from generator.connectors.registry import connector, connector_ids

    return connector(kind).title if kind in connector_ids() else kind or "no type"
