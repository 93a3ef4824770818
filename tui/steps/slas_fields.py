"""The fields of the SLAs step: one row per field, and the alert channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from tui.state import WizardState
from tui.views import alerts as channels
from tui.views import slas as view
from tui.views.schedule import PRESETS, timezones
from tui.widgets.choice import Choice, Item
from tui.widgets.form_row import FormRow, check_row, choice_row, text_row

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

    from .slas import SlasStep

_EMPTY_ALERTS = (
    "No channels yet: problems show in the logs, in status and in the Prometheus rules only.\n"
    "Press a to add one: Slack, e-mail, a webhook or PagerDuty."
)
_COMPLIANCE_FLAGS = {
    "requirements.compliance.gdpr": "people in the EU",
    "requirements.compliance.hipaa": "US health data",
    "requirements.compliance.soc2": "audited services",
    "requirements.realtime_history": "kept beside real time",
}


def field_row(design: PipelineDesign, field: view.SlaField) -> FormRow:
    """Return the row that edits a field."""
    value = view.shown_value(design, field)
    if field.kind == "flag":
        text = _COMPLIANCE_FLAGS.get(field.path, "")
        return check_row(field.path, field.label, bool(value), text=text, hint=field.hint)
    if field.kind == "choice":
        items = choice_items(field.path, design)
        return choice_row(field.path, field.label, items, str(value), hint=field.hint)
    return text_row(field.path, field.label, str(value), placeholder=field.placeholder, hint=field.hint)


def choice_items(path: str, design: PipelineDesign) -> list[Item]:
    """Return the values of a choice, those that cannot work for this design blocked with the reason."""
    if path == "preset":
        continuous = Item("", "continuous", "a run starts when the one before has ended")
        return [Item(cron, words, cron) for words, cron in PRESETS] + [continuous]
    if path == "pipeline.timezone":
        return timezone_items()
    return [
        Item(value, title, view.CHOICE_HELP.get(value, ""), view.blocked(design, path, value))
        for value, title in view.CHOICES[path].items()
    ]


def timezone_items() -> list[Item]:
    """Return every time zone."""
    return [Item(name, name) for name in timezones()]


class SectionBox(Vertical):
    """One section: heading, fields, and what follows from their values."""

    def __init__(self, state: WizardState, step: SlasStep, section: view.Section) -> None:
        super().__init__(classes="section")
        self.state = state
        self.section = section
        self._step = step

    def compose(self) -> ComposeResult:
        """Heading, fields, facts."""
        yield Static(self.section.title, markup=False, classes="section-title")
        if self.section.id == "alerts":
            yield AlertFields(self.state, self._step)
        else:
            yield from (field_row(self.state.design, field) for field in self.section.fields)
        yield Static("", markup=False, classes="section-facts")

    def sync(self) -> None:
        """Show the values of the design as it is now; what is being typed stays."""
        if self.section.id == "alerts":
            self.query_one(AlertFields).sync()
            return
        fields = {field.path: field for field in self.section.fields}
        for row in self.query(FormRow):
            if row.path.startswith("technology.") and isinstance(row.field, Choice):
                row.field.set_items(choice_items(row.path, self.state.design))
            row.put(view.shown_value(self.state.design, fields[row.path]))

    def show_facts(self, text: Content) -> None:
        """Show what follows from the values."""
        facts = self.query_one(".section-facts", Static)
        facts.update(text)
        facts.display = bool(text)

    def focus_field(self, path: str = "") -> None:
        """Go to the field of a design path, else to the first."""
        rows = list(self.query(FormRow))
        exact = [row for row in rows if path == row.path or path.startswith(f"{row.path}.")]
        if exact or rows:
            (exact or rows)[0].field.focus()
        elif buttons := list(self.query(Button)):
            buttons[0].focus()


class AlertFields(Vertical):
    """Every alert channel with its fields."""

    class Edited(Message):
        """A channel was added, deleted or changed."""

    def __init__(self, state: WizardState, step: SlasStep) -> None:
        super().__init__(id="alert-fields")
        self.state = state
        self._step = step
        self._drawn: list[str] = []

    def sync(self) -> None:
        """Draw the channels anew when there are others."""
        kinds = [channel.type for channel in self.state.design.monitoring.alerts.channels]
        if kinds != self._drawn:
            self.refresh(recompose=True)
            return
        for row in self.query(FormRow):
            number, name = _place(row.path)
            row.put(channels.channel_value(self.state.design.monitoring.alerts.channels[number], name))

    def compose(self) -> ComposeResult:
        """Each channel with its fields, then the button that adds one."""
        every = self.state.design.monitoring.alerts.channels
        self._drawn = [channel.type for channel in every]
        if not every:
            yield Static(_EMPTY_ALERTS, markup=False, classes="lesson")
        for number, channel in enumerate(every):
            path = f"monitoring.alerts.channels[{number}]"
            items = [Item(kind, title) for kind, title in channels.CHANNEL_TITLES.items()]
            yield choice_row(f"{path}.type", f"Channel {number + 1}", items, channel.type)
            for field in channels.CHANNEL_FIELDS[channel.type]:
                value = channels.channel_value(channel, field.name)
                yield text_row(
                    f"{path}.{field.name}",
                    f"  {field.label}",
                    value,
                    placeholder=field.placeholder,
                    hint=field.hint,
                )
        yield Button("+ add channel", id="channel-add", compact=True, classes="link")

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Put the value into the channel, or say why it cannot be."""
        event.stop()
        number, name = _place(event.path)
        text = str(event.value)
        if name == "type":
            self._change_kind(number, text)
            return
        kind = self.state.design.monitoring.alerts.channels[number].type
        field = next(field for field in channels.CHANNEL_FIELDS[kind] if field.name == name)

        def change(design: PipelineDesign) -> None:
            channels.put_channel(design.monitoring.alerts.channels[number], field, text)

        try:
            self._step.edit(f"change alert channel {number + 1}", change, merge=event.path, part="monitoring")
        except ValueError as error:
            event.row.refuse(str(error))
            return
        event.row.accept()
        self.post_message(self.Edited())

    def _change_kind(self, number: int, kind: str) -> None:
        def change(design: PipelineDesign) -> None:
            every = design.monitoring.alerts.channels
            every[number] = channels.change_kind(every[number], kind)

        self._edit(f"change alert channel {number + 1}", change)

    def add(self) -> None:
        """Add a channel of a kind there is none of yet."""

        def change(design: PipelineDesign) -> None:
            design.monitoring.alerts.channels.append(channels.new_channel(design))

        self._edit("add an alert channel", change)

    def delete(self) -> None:
        """Delete the channel that has the focus, or the last one."""
        every = self.state.design.monitoring.alerts.channels
        if not every:
            return
        focused = next((row.path for row in self.query(FormRow) if row.has_focus_within), "")
        number = _place(focused)[0] if focused else len(every) - 1

        def change(design: PipelineDesign) -> None:
            del design.monitoring.alerts.channels[number]

        self._edit(f"delete alert channel {number + 1}", change)
        self.notify("Channel deleted; u brings it back.", markup=False)

    def _edit(self, label: str, change: Callable[[PipelineDesign], None]) -> None:
        self._step.edit(label, change, part="monitoring")
        self.refresh(recompose=True)
        self.post_message(self.Edited())


def _place(path: str) -> tuple[int, str]:
    """Return the channel's number and the field's name of ``monitoring.alerts.channels[0].type``."""
    return int(path.partition("[")[2].partition("]")[0]), path.rpartition(".")[2]
