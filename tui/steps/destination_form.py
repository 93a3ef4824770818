"""The destination's settings: platform and connection, schemas, how rows are published, how tables are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.widgets.advice_line import AdviceLine
from tui.widgets.choice import Choice, Item
from tui.widgets.form_row import FormRow, choice_row, text_row
from tui.widgets.settings_form import SettingsForm
from tui.widgets.text_input import TextInput

from .table_settings import LOADING

if TYPE_CHECKING:
    from generator.design.models import Destination, PipelineDesign, Scalar
    from generator.design.problems import Problem

    from .destination import DestinationStep

SECTIONS = (
    ("connection", "Connection", ("type", "name", "connection")),
    ("schemas", "Schemas", ("schema", "staging_schema", "schema_design")),
    ("loading", "Publishing", ("loading.strategy", "loading.version_column", "loading.deleted_column")),
    ("layout", "Layout", ("loading.partition_field", "loading.cluster_fields")),
)
DESIGNS = [
    Item("star", "star", "facts in the middle, one table per dimension around them; the usual choice"),
    Item("snowflake", "snowflake", "as star, with dimensions split into their own hierarchies"),
    Item("one_big_table", "one big table", "everything joined beforehand; fast to read, dear to change"),
    Item("data_vault", "data vault", "hubs, links and satellites; many sources, full history"),
]
NO_CHOICE = Item("", "none", "")
FIELDS = {"schema": "dataset"}
"""Names in the file that the model calls differently."""


class DestinationForm(VerticalScroll, can_focus=False):
    """One form with headings; the list on the left jumps to them."""

    def __init__(self, step: DestinationStep) -> None:
        super().__init__(id="destination-form")
        self.step = step

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        yield Static("Connection", classes="heading", id="heading-connection")
        yield choice_row("type", "Platform", [], hint="Where rows go; with batch ELT staging lies there too")
        yield text_row("name", "Name", placeholder="warehouse", hint="Names the loader and its variables")
        yield SettingsForm("destination-settings", role="destination")
        yield Static("Schemas", classes="heading", id="heading-schemas")
        yield text_row("schema", "Schema", placeholder="analytics", hint="Published tables lie here")
        yield text_row(
            "staging_schema", "Staging schema", placeholder="staging", hint="Extracted rows lie here"
        )
        yield choice_row(
            "schema_design",
            "Schema design",
            DESIGNS,
            hint="How the published tables relate; ⏎ shows the choices",
        )
        yield Static("Publishing", classes="heading", id="heading-loading")
        yield choice_row("loading.strategy", "Load strategy", [], hint="For tables that say nothing else")
        yield text_row(
            "loading.version_column", "Newer by", placeholder="what each table is read by",
            hint="Of two versions of a row, the one with the greater value here wins",
        )  # fmt: skip
        yield text_row(
            "loading.deleted_column", "Deleted flag", placeholder="none",
            hint="A column that marks rows the source has deleted",
        )  # fmt: skip
        yield Static("Layout", classes="heading", id="heading-layout")
        yield choice_row(
            "loading.partition_field",
            "Partition by",
            [],
            hint="Rows of one value lie together and are replaced alone",
        )
        yield text_row(
            "loading.cluster_fields",
            "Cluster by",
            placeholder="none",
            hint="Columns, comma-separated: rows with the same values are kept together",
        )
        yield AdviceLine("layout-advice", keys="w why · a accept", lines=2)

    # -- drawing --------------------------------------------------------------------------------------------

    def rows(self) -> dict[str, FormRow]:
        """Return the rows by their path under ``destination``."""
        return {row.path: row for row in self.query(FormRow) if not row.path.startswith("destination.")}

    def sync(self) -> None:
        """Draw the destination."""
        destination, rows = self.step.design.destination, self.rows()
        self._offer(rows)
        self.show_layout()
        for path, row in rows.items():
            if path:
                row.put(_shown(destination, path))
        self.query_one(SettingsForm).show(
            self.step.connector,
            destination.name,
            destination.connection,
            self.step.state.secrets,
            path="destination.connection",
        )

    def show_layout(self) -> None:
        """Show what is suggested for partitions and clusters."""
        advice = self.step.layout_advice
        self.query_one(AdviceLine).show(advice.suggestions if advice else [], "Layout")

    def on_advice_line_clicked(self, event: AdviceLine.Clicked) -> None:
        """Show the suggestions in full."""
        event.stop()
        self.step.action_why()

    def _offer(self, rows: dict[str, FormRow]) -> None:
        for path, items in self.step.options().items():
            field = rows[path].field
            if isinstance(field, Choice):
                field.set_items(items)
        system = self.step.connector
        clusters = system is not None and system.capabilities.clusters
        field = rows["loading.cluster_fields"].field
        if isinstance(field, TextInput):
            impossible = system is not None and not clusters
            field.placeholder = (
                f"not possible: {system.title} does not cluster" if system and impossible else "none"
            )
            field.disabled = impossible and not field.value

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the fields concerned."""
        wrong = {problem.path: problem for problem in problems}
        for row in self.query(FormRow):
            path = row.path if row.path.startswith("destination.") else f"destination.{row.path}"
            row.show_problem(wrong.get(path) if row.value and row.path else None)

    # -- editing --------------------------------------------------------------------------------------------

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Change one field."""
        event.stop()
        path, text = event.path, str(event.value)

        def change(design: PipelineDesign) -> None:
            _put(design.destination, path, text)

        self.step.edit(
            f"destination {event.row.label.lower()}", change, merge=f"destination.{path}", part="destination"
        )
        self.step.sync()

    def on_settings_form_changed(self, event: SettingsForm.Changed) -> None:
        """Change a setting of the connection."""
        event.stop()
        name, value = event.field, event.value

        def change(design: PipelineDesign) -> None:
            connection: dict[str, Scalar] = {**design.destination.connection, name: value}
            design.destination.connection = {key: one for key, one in connection.items() if one is not None}

        self.step.edit(
            f"destination {name}", change, merge=f"destination.connection.{name}", part="destination"
        )
        self.step.sync()

    def on_settings_form_secret_typed(self, event: SettingsForm.SecretTyped) -> None:
        """Keep a secret in memory."""
        event.stop()
        self.step.state.secrets[event.variable] = event.value
        self.sync()

    # -- focus ----------------------------------------------------------------------------------------------

    def focus_section(self, section: str) -> None:
        """Go to a section's first field, its heading in sight."""
        first = next(fields[0] for name, _title, fields in SECTIONS if name == section)
        self.query_one(f"#heading-{section}").scroll_visible(top=True, animate=False)
        self.rows()[first].field.focus(scroll_visible=True)

    def focus_field(self, path: str) -> bool:
        """Go to the field of a problem."""
        wanted = path.removeprefix("destination.")
        for row in self.query(FormRow):
            if row.path and row.path in (path, wanted):
                row.field.focus()
                return True
        return False


def _shown(destination: Destination, path: str) -> str:
    part, _, name = path.partition(".")
    value: Any = getattr(destination, FIELDS.get(part, part))
    if name:
        value = getattr(value, name)
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def _put(destination: Destination, path: str, text: str) -> None:
    part, _, name = path.partition(".")
    if not name:
        setattr(destination, FIELDS.get(part, part), text)
        return
    value: str | list[str] | None = text.strip() or None
    if name == "cluster_fields":
        value = [field.strip() for field in text.split(",") if field.strip()]
    setattr(getattr(destination, part), name, value)


def strategy_items(destination: str) -> list[Item]:
    """Return the load strategies, those that cannot work greyed out with the reason."""
    from generator.connectors.compat import compatible
    from generator.connectors.registry import connector_ids

    known = destination if destination in connector_ids() else None
    items = [Item("", "suggested per table", "each table gets what fits its key and how it is read")]
    for item in LOADING[1:]:
        reasons = compatible(None, known, strategy=item.value)
        items.append(Item(item.value, item.label, item.help, reasons[0].text if reasons else ""))
    return items
