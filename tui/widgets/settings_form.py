"""A form drawn from a connector's settings: labels, help, examples, secrets and folded extras come from the model."""

from __future__ import annotations

import os
import re
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tui.paths import absolute

from .check import Check
from .choice import Choice, Item
from .form_row import Control, FormRow
from .text_input import TextInput

if TYPE_CHECKING:
    from generator.connectors.base import Connector, Role
    from generator.design.models import Scalar

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class SettingsForm(Vertical):
    """Edits one connection. Says what changed; the owner puts it into the design."""

    DEFAULT_CSS = """
    SettingsForm { height: auto; }
    SettingsForm .-advanced { display: none; }
    SettingsForm.-all .-advanced { display: block; }
    """

    class Changed(Message):
        """A setting changed; None takes it away."""

        def __init__(self, form: SettingsForm, field: str, value: Scalar) -> None:
            super().__init__()
            self.form = form
            self.field = field
            self.value = value

        @property
        def control(self) -> SettingsForm:
            """The form."""
            return self.form

    class Built(Message):
        """The fields are there."""

        def __init__(self, form: SettingsForm) -> None:
            super().__init__()
            self.form = form

        @property
        def control(self) -> SettingsForm:
            """The form."""
            return self.form

    class SecretTyped(Message):
        """A secret was typed: to be kept in memory under the variable's name."""

        def __init__(self, form: SettingsForm, field: str, variable: str, value: str) -> None:
            super().__init__()
            self.form = form
            self.field = field
            self.variable = variable
            self.value = value

    def __init__(self, name: str = "settings-form", *, role: Role = "source") -> None:
        super().__init__(id=name)
        self._role = role
        self._connector: Connector | None = None
        self._owner = ""
        self._connection: Mapping[str, Scalar] = {}
        self._secrets: Mapping[str, str] = {}
        self._prefix = ""
        self.building = False
        """Whether the fields are about to be replaced."""

    def show(
        self,
        connector: Connector | None,
        owner: str,
        connection: Mapping[str, Scalar],
        secrets: Mapping[str, str],
        *,
        path: str,
    ) -> None:
        """Show a connection.

        Args:
            connector: Whose settings; None shows nothing.
            owner: Name of the source or destination, for the names of variables.
            connection: Values as in the design.
            secrets: Typed secrets by variable.
            path: Design path of the connection, as ``sources[0].connection``.
        """
        rebuild = connector is not self._connector or path != self._prefix
        self._connector, self._owner, self._connection, self._secrets = connector, owner, connection, secrets
        self._prefix = path
        if rebuild:
            self.building = True
            self.refresh(recompose=True)
        else:
            self._draw()

    def compose(self) -> ComposeResult:
        """Lay out the widgets."""
        if self._connector is None:
            self.call_after_refresh(self._built)
            return
        folded = 0
        for field in self._connector.Settings.names(self._role):
            hint = self._connector.Settings.hint(field)
            row = FormRow(
                f"{self._prefix}.{field}",
                self._connector.Settings.model_fields[field].title or field,
                self._control(field, hint),
                hint=_help(hint, self._role),
                classes="-advanced" if hint.get("advanced") else "",
            )
            folded += bool(hint.get("advanced"))
            yield row
        if folded:
            yield FormRow(
                "", "", Check(f"show all settings ({folded} more)", self.has_class("-all"), name="show-all")
            )
        self.call_after_refresh(self._built)

    def _built(self) -> None:
        self.building = False
        self._draw()
        self.post_message(self.Built(self))

    def _control(self, field: str, hint: Mapping[str, Any]) -> Control:
        if self._connector is None:
            return TextInput()
        annotation = _plain(self._connector.Settings.model_fields[field].annotation)
        default = self._connector.Settings.model_fields[field].default
        value = self._connection.get(field)
        if annotation is bool:
            return Check("", bool(default if value is None else value))
        if typing.get_origin(annotation) is Literal:
            items = [Item(str(one), str(one)) for one in typing.get_args(annotation)]
            return Choice(items, str(value if value is not None else default or ""), title=str(field))
        if hint.get("secret"):
            placeholder = f"${{{self._variable(field)}}}"
            return TextInput(self._secret_value(field), placeholder=placeholder, secret=True)
        example = str(hint.get("example") or "")
        required = self._connector.Settings.model_fields[field].is_required()
        shown_default = "" if required or default in (None, "") else str(default)
        return TextInput("" if value is None else str(value), placeholder=shown_default or example)

    def _variable(self, field: str) -> str:
        value = self._connection.get(field)
        match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if match:
            return match[1]
        return self._connector.env_name(self._owner, field) if self._connector else ""

    def _secret_value(self, field: str) -> str:
        return self._secrets.get(self._variable(field), "")

    def _draw(self) -> None:
        """Bring values and notes up to date without rebuilding."""
        if self._connector is None:
            return
        secret_fields = self._connector.Settings.secrets()
        for row in self.query(FormRow):
            field = row.path.rpartition(".")[2]
            if field not in self._connector.Settings.model_fields:
                continue
            value = self._connection.get(field)
            if field in secret_fields:
                row.put(self._secret_value(field))
                row.put_note(_state_note([self._variable(field)], self._secrets))
            elif isinstance(row.field, TextInput):
                row.put("" if value is None else str(value))
                names = REFERENCE.findall(str(value)) if value else []
                row.put_note(_state_note(names, self._secrets))
            elif value is not None:
                row.put(value if isinstance(value, bool) else str(value))

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Say what changed in the design's terms."""
        event.stop()
        if self._connector is None:
            return
        if isinstance(event.row.field, Check) and event.row.field.id == "show-all":
            self.set_class(bool(event.value), "-all")
            return
        field = event.path.rpartition(".")[2]
        if field in self._connector.Settings.secrets():
            self._secret_changed(event.row, field, str(event.value))
        else:
            self.post_message(self.Changed(self, field, self._converted(field, event.value)))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Put in the whole of a path that was typed from the current folder."""
        settings = self._connector.Settings if self._connector else None
        for row in self.query(FormRow):
            field = row.path.rpartition(".")[2]
            if row.field is not event.widget or not isinstance(row.field, TextInput) or settings is None:
                continue
            # A row of the connector before may still be there while its source is taken back.
            if field in settings.model_fields and settings.hint(field).get("path"):
                row.field.value = absolute(row.field.value)

    def _secret_changed(self, row: FormRow, field: str, text: str) -> None:
        if match := REFERENCE.fullmatch(text):
            row.clear()
            self.post_message(self.Changed(self, field, f"${{{match[1]}}}"))
        elif text.startswith("${"):
            return
        else:
            variable = self._variable(field)
            self.post_message(self.SecretTyped(self, field, variable, text))
            self.post_message(self.Changed(self, field, f"${{{variable}}}" if text else None))

    def _converted(self, field: str, value: str | bool) -> Scalar:
        if isinstance(value, bool):
            return value
        text = value.strip()
        if not text:
            return None
        annotation = (
            _plain(self._connector.Settings.model_fields[field].annotation) if self._connector else str
        )
        if annotation is int and re.fullmatch(r"-?\d{1,15}", text):
            return int(text)
        if annotation is float and re.fullmatch(r"-?\d{1,15}(\.\d+)?", text):
            return float(text)
        return value

    def requires(self, field: str) -> bool:
        """Tell whether a field must be filled."""
        fields = self._connector.Settings.model_fields if self._connector else {}
        return field in fields and fields[field].is_required()


def _help(hint: Mapping[str, Any], role: Role) -> str:
    """Return what goes into a field; of a secret also where it stays."""
    own = hint.get("destination_help") if role == "destination" else ""
    text = str(own or hint.get("help") or "")
    return (
        f"{text}. Typed here it stays in memory; ${{NAME}} takes it from a variable"
        if hint.get("secret")
        else text
    )


def _state_note(variables: list[str], secrets: Mapping[str, str]) -> Content:
    """Say whether the variables a value refers to are set."""
    if not variables:
        return Content("")
    missing = [name for name in variables if name not in os.environ and not secrets.get(name)]
    if missing:
        return Content.styled("○ not set", "$text-warning")
    if all(name in os.environ for name in variables):
        return Content.styled("✓ set", "$text-success")
    return Content.styled("✓ in memory", "$text-success")


def _plain(annotation: Any) -> Any:
    """Return the type inside ``X | None``."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        inner = [one for one in typing.get_args(annotation) if one is not type(None)]
        return inner[0] if len(inner) == 1 else str
    return annotation
