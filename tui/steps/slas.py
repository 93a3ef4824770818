"""The SLAs step: what is asked of the pipeline as a whole, and what follows from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from tui.background import in_background
from tui.keymap import bind
from tui.steps.base import Step
from tui.steps.slas_fields import AlertFields, SectionBox
from tui.views import slas as view
from tui.widgets.form_row import FormRow
from tui.widgets.hint_line import HintLine

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.design.problems import Problem

_LABEL_WIDTH = 13
_ROOMY_COLUMNS = 88
_TALL_ROWS = 30


class SlasStep(Step):
    """What can be asked, with the answers; the fields of the one selected and what follows from them."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("slas.edit", "e", "edit_section", "Edit", "Go to the fields of the section", show=True),
        bind("slas.why", "w", "why", "Why", "Explain the recommended architecture", show=True),
        bind("slas.add_channel", "a,plus", "add_channel", "Alert", "Add a channel for alerts", show=True),
        bind("slas.delete_channel", "delete,x", "delete_channel", "Delete channel",
             "Delete the last alert channel (u brings it back)"),
    ]  # fmt: skip

    step_id = "slas"
    title = "SLAs"

    def compose(self) -> ComposeResult:
        """Sections on the left, fields and their meaning on the right."""
        with Vertical(id="sla-side", classes="pane") as side:
            side.border_title = "What is asked"
            yield OptionList(id="sla-list", markup=False, compact=True)
            with VerticalScroll(id="sla-advice-pane", can_focus=False):
                yield Static("", id="sla-advice", markup=False)
        with Vertical(id="sla-right", classes="pane") as right:
            right.border_title = "What follows from it"
            with VerticalScroll(id="sla-main", can_focus=False):
                for section in view.SECTIONS:
                    yield SectionBox(self.state, self, section)
            yield HintLine()

    def on_mount(self) -> None:
        """Start on the freshness."""
        self._section = view.SECTIONS[0].id
        self._advised = ""
        self._marks: dict[str, str] = {}

    @property
    def now(self) -> datetime:
        """The time the next runs are counted from."""
        return cast("datetime", getattr(self.app, "clock", datetime.now)()).astimezone()

    # -- drawing --------------------------------------------------------------------------------------

    def sync(self) -> None:
        """Draw every section's value, the fields and what follows."""
        self._draw_list()
        self._draw_fields()
        self._draw_facts()

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the sections and fields that have problems."""
        self._marks = {}
        by_path = {problem.path: problem for problem in problems}
        for problem in problems:
            section = view.section_of(problem.path) or "freshness"
            if self._marks.get(section) != "error":
                self._marks[section] = problem.severity
        for row in self.query(FormRow):
            row.show_problem(by_path.get(row.path))
        self._draw_list()

    def _draw_list(self) -> None:
        listing = self.query_one("#sla-list", OptionList)
        options = []
        for section in view.SECTIONS:
            mark = self._marks.get(section.id)
            glyph = {"error": ("! ", "bold $text-error"), "warning": ("▵ ", "$text-warning")}.get(
                mark or "", ("✓ ", "$text-success")
            )
            value = view.summary_of(self.design, section.id, self.now, self._advised)
            options.append(
                Option(Content.assemble(glyph, section.title.ljust(_LABEL_WIDTH), (value, "$quiet")))
            )
        with self.prevent(OptionList.OptionHighlighted):
            listing.set_options(options)
            listing.highlighted = next(
                number for number, section in enumerate(view.SECTIONS) if section.id == self._section
            )

    def _draw_fields(self) -> None:
        for box in self.query(SectionBox):
            box.sync()

    def _draw_facts(self) -> None:
        self._draw_facts_of()

    @work(group="sla-facts", exclusive=True)
    async def _draw_facts_of(self) -> None:
        from tui.views.sla_facts import advised_title, every_fact

        # Not arguments: Textual writes those out to describe the worker, which takes long for a large design.
        design, now = self.design, self.now
        texts, advised = await in_background(lambda: (every_fact(design, now), advised_title(design)))
        for box in self.query(SectionBox):
            box.show_facts(texts[box.section.id])
        self.query_one("#sla-advice", Static).update(texts["advice"])
        if advised != self._advised:
            self._advised = advised
            self._draw_list()

    # -- changing -------------------------------------------------------------------------------------

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Put the value into the design, or say why it cannot be."""
        event.stop()
        if event.path == "preset":
            self._take_preset(str(event.value))
            return
        fields = (field for section in view.SECTIONS for field in section.fields)
        field = next((field for field in fields if field.path == event.path), None)
        if field is None:
            return
        value = event.value

        def change(design: PipelineDesign) -> None:
            view.put_value(design, field, value)

        try:
            self.edit(f"change {field.label.lower()}", change, merge=field.path, part=view.PARTS)
        except ValueError as error:
            event.row.refuse(str(error))
            return
        event.row.accept()
        self._after_change()

    def _take_preset(self, cron: str) -> None:
        def change(design: PipelineDesign) -> None:
            design.pipeline.schedule = cron or None

        self.edit("change the schedule", change, part=view.PARTS)
        self._draw_fields()
        self._after_change()

    def _after_change(self) -> None:
        self._draw_list()
        self._draw_facts()

    # -- actions --------------------------------------------------------------------------------------

    def box(self, section: str) -> SectionBox:
        """Return the box of a section."""
        return next(box for box in self.query(SectionBox) if box.section.id == section)

    def action_edit_section(self) -> None:
        """Go to the first field of the section."""
        self.box(self._section).focus_field()

    def action_why(self) -> None:
        """Explain the recommended architecture."""
        from tui.views.sla_facts import why
        from tui.widgets.dialogs import WhyDialog

        self.app.push_screen(WhyDialog("Recommended architecture", why(self.design)))

    def action_add_channel(self) -> None:
        """Add an alert channel."""
        self._select("alerts")
        self.query_one(AlertFields).add()

    def action_delete_channel(self) -> None:
        """Delete the last alert channel."""
        self.query_one(AlertFields).delete()

    def _select(self, section: str) -> None:
        """Make a section the one that is shown: marked in the list, its box in view."""
        self._section = section
        for box in self.query(SectionBox):
            box.set_class(box.section.id == section, "-here")
        listing = self.query_one("#sla-list", OptionList)
        with self.prevent(OptionList.OptionHighlighted):
            listing.highlighted = [each.id for each in view.SECTIONS].index(section)
        main = self.query_one("#sla-main", VerticalScroll)
        main.scroll_to_widget(self.box(section), top=not main.has_focus_within, animate=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the section under the cursor."""
        event.stop()
        self._select(view.SECTIONS[event.option_index].id)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the section whose field has the focus."""
        for box in self.query(SectionBox):
            if box.has_focus_within and box.section.id != self._section:
                self._select(box.section.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the fields of the section."""
        event.stop()
        self.action_edit_section()

    def on_alert_fields_edited(self, event: AlertFields.Edited) -> None:
        """Draw what follows from the channels."""
        event.stop()
        self._after_change()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Add a channel."""
        event.stop()
        if event.button.id == "channel-add":
            self.action_add_channel()

    def on_resize(self) -> None:
        """Use the room there is."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")
        self.set_class(self.size.height >= _TALL_ROWS, "-tall")

    # -- for the wizard -------------------------------------------------------------------------------

    def focus_first(self) -> None:
        """Start in the list."""
        self.query_one("#sla-list").focus()

    def focus_path(self, path: str) -> bool:
        """Show the section a problem is about and go to its field."""
        section = view.section_of(path)
        if section is None:
            return False
        self._select(section)
        self.call_after_refresh(self.box(section).focus_field, path)
        return True
