"""The form of one check, drawn from the check catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.state import WizardState
from tui.views import check_edits as edits
from tui.views import check_rows as view
from tui.views.check_fields import HINTS, LESSON, ORDER, THRESHOLDS, field_text, put_field, title_of
from tui.widgets.choice import Item
from tui.widgets.columns_choice import ColumnsChoice
from tui.widgets.form_row import FormRow, check_row, choice_row, text_row
from tui.widgets.sql_editor import CodeEditor

if TYPE_CHECKING:
    from generator.checks.model import CheckField
    from generator.design.models import Check, PipelineDesign
    from generator.design.problems import Problem

    from .quality import QualityStep


class CheckForm(VerticalScroll, can_focus=False):
    """Edits the check under the list's cursor; says what it says of the samples."""

    def __init__(self, state: WizardState, step: QualityStep) -> None:
        super().__init__()
        self.state = state
        self._step = step
        self._row: view.CheckRow | None = None
        self._drawn: object = None
        self._problems: dict[str, Problem] = {}
        self._building = False
        self._wanted: str | None = None
        """The field to go to when the fields are there; empty for the first to be filled in."""

    # -- drawing

    async def recompose(self) -> None:
        """Draw the fields, mark what is wrong, and go to the one that was asked for meanwhile."""
        await super().recompose()
        self._building = False
        self._mark_fields()
        if self._wanted is not None:
            name, self._wanted = self._wanted, None
            self.focus_field(name)

    def show(self, row: view.CheckRow | None) -> None:
        """Show a line's check."""
        self._row = row
        check = row.check if row else None
        drawn = row and (row.identity, check.check if check else "", check.table if check else "")
        if drawn != self._drawn:
            self._drawn = drawn
            self._building = True
            self.refresh(recompose=True)
        else:
            self._put_values()
        self.show_verdict()
        if self.parent is not None and hasattr(self.parent, "border_title"):
            self.parent.border_title = Content(self._title())

    def _title(self) -> str:
        row = self._row
        if row is None or row.kind == "heading":
            return view.STAGE_TITLES.get(row.stage, "Check") if row else "Check"
        if row.kind == "thresholds":
            return "Thresholds"
        return "Suggested ✦" if row.kind == "suggestion" else title_of(row.check)

    def compose(self) -> ComposeResult:
        """The fields the check's type asks for."""
        row = self._row
        yield Static(self._said(), id="check-said", markup=False)
        if row is None or row.kind == "heading":
            return
        if row.kind == "thresholds":
            for name, label, hint in THRESHOLDS:
                path = f"quality.thresholds.{name}"
                yield text_row(path, label, self._threshold(path), hint=hint)
            return
        if row.kind == "check" and row.check is not None:
            yield from self._fields(row, row.check)

    def _fields(self, row: view.CheckRow, check: Check) -> ComposeResult:
        from generator.checks.catalogue import CHECKS, FIELDS

        kinds = [
            Item(entry.id, entry.title, entry.help, "" if row.stage in entry.stages else "not at this stage")
            for entry in CHECKS.values()
        ]
        tables = view.tables_at(self.state.design, row.stage)
        columns = tables.get(check.table or "", {})
        yield choice_row("check", "Check", kinds, check.check, hint=HINTS["check"])
        named = [Item(name, name) for name in tables]
        yield choice_row("table", "Table", named, check.table or "", hint=HINTS["table"])
        for name in CHECKS[check.check].fields if check.check in CHECKS else ():
            yield from self._field(check, FIELDS[name], columns)
        severities = [Item(name, name, words) for name, words in view.SEVERITY_WORDS.items()]
        yield choice_row("severity", "If it fails", severities, check.severity, hint=HINTS["severity"])
        stages = [Item(stage, title) for stage, title in view.STAGE_TITLES.items()]
        yield choice_row("stage", "When", stages, row.stage, hint=HINTS["stage"])

    def _field(self, check: Check, field: CheckField, columns: dict[str, str]) -> ComposeResult:
        from generator.checks.catalogue import CHECKS

        value = field_text(check, field)
        if field.editor == "sql":
            yield Static("Query", classes="form-label", markup=False)
            yield CodeEditor(str(value))
        elif field.editor == "flag":
            yield check_row(field.name, field.title, bool(value), hint=field.help)
        elif field.editor in {"column", "table", "reference_column"}:
            items = [Item(name, name, help_text) for name, help_text in self._choices(check, field, columns)]
            if field.editor == "reference_column":
                items.insert(0, Item("", "the same name"))
            elif field.name == "column" and "columns" in CHECKS[check.check].fields:
                items.insert(0, Item("", "none", "the columns below are checked, taken together"))
            yield choice_row(field.name, field.title, items, str(value), hint=field.help)
        elif field.editor in {"columns", "reference_columns"}:
            names = list(self._choices(check, field, columns))
            yield FormRow(field.name, field.title, ColumnsChoice(names, str(value), title=field.title),
                          hint=field.help)  # fmt: skip
        else:
            yield text_row(field.name, field.title, str(value), hint=field.help)

    def _choices(self, check: Check, field: CheckField, columns: dict[str, str]) -> list[tuple[str, str]]:
        if field.editor in {"column", "columns"}:
            return list(columns.items())
        row = self._row
        tables = view.tables_at(self.state.design, row.stage if row else "")
        if field.editor == "table":
            return [(name, "") for name in tables]
        return list(tables.get((check.reference_table or "").rpartition(".")[2], {}).items())

    def _put_values(self) -> None:
        from generator.checks.catalogue import FIELDS

        check = self._row.check if self._row else None
        if self._row and self._row.kind == "thresholds":
            # The fields of the line before may still be there, about to go.
            for row in self.query(FormRow):
                if row.path.startswith("quality.thresholds."):
                    row.put(self._threshold(row.path))
        if check is None:
            return
        for row in self.query(FormRow):
            if row.path in FIELDS:
                row.put(field_text(check, FIELDS[row.path]))
            elif row.path == "severity":
                row.put(check.severity)

    def show_problems(self, problems: dict[str, Problem]) -> None:
        """Mark the fields that have problems, by design path."""
        self._problems = problems
        self._mark_fields()

    def _mark_fields(self) -> None:
        if self._row is None:
            return
        for row in self.query(FormRow):
            place = f"{self._row.path}.{row.path}" if self._row.kind == "check" else row.path
            row.show_problem(self._problems.get(place))

    def show_verdict(self) -> None:
        """Say what the check says of the samples, or why it is suggested."""
        for said in self.query("#check-said").results(Static):
            said.update(self._said())

    def _said(self) -> Content:
        row = self._row
        if row is None or row.kind == "heading":
            lesson = "" if self._step.has_checks else LESSON
            return Content.styled(f"{ORDER}{lesson}", "$quiet")
        if row.kind == "thresholds":
            return Content.styled("When rejected rows stop a run, and how small a table may get.", "$quiet")
        if row.kind == "suggestion":
            return Content.assemble((row.text, "bold"), "\n", (f"✦ {row.reason}", "$accent"), "\n\n",
                                    ("space takes it, A takes all of them", "$quiet"))  # fmt: skip
        if row.problem:
            return Content.assemble(
                (row.text, "bold"), "\n", ("! ", "$text-error"), ("to be mended first", "$quiet")
            )
        verdict = self._step.verdict(row)
        style = {"passed": "$text-success", "failed": "$text-error", "errored": "$text-warning"}.get(
            verdict.status, "$quiet"
        )
        text = verdict.text or "not tried on a sample yet"
        return Content.assemble((row.text, "bold"), "\n", (f"{verdict.glyph} ", style), (text, "$quiet"))

    def paragraphs(self, row: view.CheckRow) -> list[tuple[str, str]]:
        """Return what there is to say about a check."""
        from generator.checks.catalogue import CHECKS

        check = row.check
        if check is None:
            return []
        entry = CHECKS.get(check.check)
        found = [(entry.title, entry.help)] if entry else []
        if row.reason:
            found.append(("Why it is suggested", row.reason))
        found.append((f"If it fails: {check.severity}", view.SEVERITY_WORDS[check.severity]))
        verdict = self._step.verdict(row)
        if row.kind == "check" and verdict.text:
            found.append(("On the sample", verdict.text))
        return found

    def focus_field(self, name: str = "") -> None:
        """Go to a field, else to the first that has to be filled in; once it is there."""
        if self._building:
            self._wanted = name
            return
        rows = list(self.query(FormRow))
        named = [row for row in rows if row.path == name]
        first = [row for row in rows if row.path not in {"check", "table"}] or rows
        if named or first:
            (named or first)[0].field.focus()

    # -- changing

    def on_form_row_changed(self, event: FormRow.Changed) -> None:
        """Put the value into the check."""
        event.stop()
        row = self._row
        if row is None:
            return
        if row.kind == "thresholds":
            self._put_threshold(event)
        elif event.path == "stage":
            self._move(row, next(stage for stage in view.STAGES if stage == event.value))
        elif row.kind == "check":
            self._put(row, event)

    def _put(self, row: view.CheckRow, event: FormRow.Changed) -> None:
        from generator.checks.catalogue import FIELDS

        name, value = event.path, event.value
        columns = view.tables_at(self.state.design, row.stage).get((row.check and row.check.table) or "", {})

        def change(design: PipelineDesign) -> None:
            check = view.checks_of(design, row.stage)[row.index]
            if name in FIELDS:
                put_field(check, FIELDS[name], value, columns)
            else:
                setattr(check, name, value)

        try:
            self._step.edit(f"change check {row.text}", change, merge=f"{row.path}.{name}", part="quality")
        except ValueError as error:
            event.row.refuse(str(error))
            return
        event.row.accept()
        self._step.changed(row.path)
        if name in {"check", "table"}:
            self._step.go_to(row.stage, row.index)

    def on_code_editor_changed(self, event: CodeEditor.Changed) -> None:
        """Put the query into the check."""
        event.stop()
        row, text = self._row, event.text
        if row is None or row.kind != "check":
            return

        def change(design: PipelineDesign) -> None:
            view.checks_of(design, row.stage)[row.index].sql = text or None

        self._step.edit(f"change check {row.text}", change, merge=f"{row.path}.sql", part="quality")
        self._step.changed(row.path)

    def _threshold(self, path: str) -> str:
        return f"{getattr(self.state.design.quality.thresholds, path.rpartition('.')[2]):g}"

    def _put_threshold(self, event: FormRow.Changed) -> None:
        name, text = event.path.rpartition(".")[2], str(event.value)

        def change(design: PipelineDesign) -> None:
            setattr(design.quality.thresholds, name, float(text.replace(",", ".")))

        try:
            self._step.edit("change the thresholds", change, merge=event.path, part="quality")
        except ValueError:
            event.row.refuse(f"{text!r} is not a number this field takes")
            return
        event.row.accept()
        self._step.changed()

    def _move(self, row: view.CheckRow, stage: view.StageName) -> None:
        def change(design: PipelineDesign) -> None:
            edits.move(design, row, stage)

        self._step.edit(f"move check {row.text}", change, part="quality")
        self._step.changed()
        self._step.go_to(stage, len(view.checks_of(self.state.design, stage)) - 1)
