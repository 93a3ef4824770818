"""The connection of a source: name, type and the settings its connector asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input

from tui.widgets.choice import Choice, Item
from tui.widgets.form_row import FormRow, choice_row, text_row
from tui.widgets.hint_line import HintLine
from tui.widgets.settings_form import SettingsForm

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign, Scalar
    from generator.design.problems import Problem

    from .sources import SourcesStep


class ConnectionView(Vertical):
    """The form, and under it what goes into the field that has the focus."""

    def __init__(self, step: SourcesStep) -> None:
        super().__init__(id="connection-view")
        self.step = step
        self._focus_wanted = False

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        with VerticalScroll(can_focus=False):
            yield text_row(
                "name", "Name", placeholder="shop", hint="Names the extractor, its variables and its lineage"
            )
            yield choice_row(
                "type", "Type", [], hint="left and right step through, ⏎ shows all with what each is for"
            )
            yield SettingsForm("source-settings")
        yield HintLine()

    # -- drawing ---------------------------------------------------------------------------------------------

    def sync(self) -> None:
        """Draw the selected source."""
        from generator.connectors.registry import connector, connector_ids, sources

        source = self.step.source
        if source is None:
            return
        name, kind = self._rows()
        if isinstance(kind.field, Choice):
            kind.field.set_items([Item(one.id, one.title, one.summary_as("source")) for one in sources()])
        name.put(source.name)
        kind.put(source.type)
        known = connector(source.type) if source.type in connector_ids() else None
        self.query_one(SettingsForm).show(
            known,
            source.name,
            source.connection,
            self.step.state.secrets,
            path=f"sources[{self.step.index}].connection",
        )
        self.show_problems(self.step.state.problems("sources"))

    def _rows(self) -> tuple[FormRow, FormRow]:
        rows = {row.path: row for row in self.query(FormRow)}
        return rows["name"], rows["type"]

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the fields concerned."""
        prefix = f"sources[{self.step.index}]"
        wrong = {problem.path: problem for problem in problems if problem.severity == "error"}
        for row in self.query(FormRow):
            path = row.path if row.path.startswith("sources[") else f"{prefix}.{row.path}"
            # An empty required field is told by Next, not while a person is still on the way to it.
            row.show_problem(wrong.get(path) if row.value and row.path else None)

    def focus_first(self) -> None:
        """Start in the first field that must be filled and is not, else in the first one of the connection."""
        self._focus_wanted = self.query_one(SettingsForm).building
        if self._focus_wanted:
            return
        rows = [row for row in self.query(FormRow) if row.path not in ("name", "type", "")]
        empty = next((row for row in rows if row.display and self._lacks(row)), None)
        (empty or (rows or self._rows())[0]).field.focus()

    def on_settings_form_built(self, event: SettingsForm.Built) -> None:
        """Start in the form now that it is there."""
        event.stop()
        self.show_problems(self.step.state.problems("sources"))
        if self._focus_wanted:
            self.focus_first()

    def focus_field(self, path: str) -> bool:
        """Go to the field of a problem."""
        for row in self.query(FormRow):
            if row.path == path or (row.path in ("name", "type") and path.endswith(f".{row.path}")):
                row.field.focus()
                return True
        self.focus_first()
        return True

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on: to the next field that must be filled and is not, else to the test."""
        event.stop()
        rows = [row for row in self.query(FormRow) if row.path and row.display]
        here = next((index for index, row in enumerate(rows) if row.field is event.input), -1)
        empty = next((row for row in rows[here + 1 :] if self._lacks(row)), None)
        if empty is not None:
            empty.field.focus()
        else:
            self.step.action_test()

    def _lacks(self, row: FormRow) -> bool:
        form = self.query_one(SettingsForm)
        return not row.value and (row.path == "name" or form.requires(row.path.rpartition(".")[2]))

    # -- editing ---------------------------------------------------------------------------------------------

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Rename the source or change its type."""
        event.stop()
        source, index = self.step.source, self.step.index
        if source is None:
            return
        value, old = str(event.value), source.name

        def change(design: PipelineDesign) -> None:
            setattr(design.sources[index], event.path, value)

        at = f"sources[{index}].{event.path}"
        self.step.edit(f"source {event.path}", change, merge=at, part=at)
        if event.path == "name":
            self.step.state.rename_facts(old, value)
            self.step.detail.probes.rename(old, value)
        self.step.sync()

    def on_settings_form_changed(self, event: SettingsForm.Changed) -> None:
        """Change a setting."""
        event.stop()
        index, name, value = self.step.index, event.field, event.value

        def change(design: PipelineDesign) -> None:
            connection: dict[str, Scalar] = {**design.sources[index].connection, name: value}
            design.sources[index].connection = {
                key: one for key, one in connection.items() if one is not None
            }

        at = f"sources[{index}].connection"
        self.step.edit(f"connection {name}", change, merge=f"{at}.{name}", part=at)
        self.sync()

    def on_settings_form_secret_typed(self, event: SettingsForm.SecretTyped) -> None:
        """Keep a secret in memory."""
        event.stop()
        self.step.state.secrets[event.variable] = event.value
        self.sync()
