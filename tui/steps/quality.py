"""The Quality step: checks by stage, those suggested among them, and what each says of the samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer
from textual.widgets import Static

from tui.background import in_background
from tui.keymap import bind
from tui.steps.base import Preview, Step
from tui.steps.quality_add import ask_for_check
from tui.steps.quality_form import CheckForm
from tui.steps.quality_list import CheckList, possible
from tui.steps.quality_trial import Trial
from tui.views import check_edits as edits
from tui.views import check_rows as view
from tui.views.check_cells import cells, state_text
from tui.views.dry_runs import Verdict
from tui.views.generated import generated_check
from tui.widgets.dialogs import WhyDialog
from tui.widgets.form_row import field_error
from tui.widgets.hint_line import HintLine
from tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign
    from generator.design.problems import Problem

_FORM_DELAY_SECONDS = 0.08
_DRY_RUN_DELAY_SECONDS = 0.4
_ROOMY_COLUMNS = 110
_TALL_ROWS = 32


class QualityStep(Step):
    """The list of checks over (or beside) the form of the one selected."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("quality.accept", "space", "accept", "Accept", "Take the suggested check", show=True),
        bind(
            "quality.accept_all", "A,asterisk", "accept_all", "All", "Take every suggested check", show=True
        ),
        bind("quality.add", "plus,a", "add", "Add", "Add a check of any type", show=True),
        bind("quality.edit", "e,enter", "edit_check", "Edit", "Go to the fields of the check", show=True),
        bind("quality.why", "w", "why", "Why", "What the check is for, why suggested, what it says"),
        bind("quality.delete", "delete,x", "delete", "Delete", "Delete the check (u brings it back)"),
        bind("quality.duplicate", "c", "duplicate", "Copy", "Duplicate the check"),
        bind("quality.try", "r", "try_checks", "Dry run", "Try every check on sample rows"),
    ]

    step_id = "quality"
    title = "Quality"

    def compose(self) -> ComposeResult:
        """List and form."""
        with Container(id="check-body"):
            with Vertical(id="check-side", classes="pane") as side:
                side.border_title = "Quality checks"
                yield CheckList(lambda row: cells(row, self.trial.verdict(row)))
                yield Static("", id="check-state", markup=False)
            with Vertical(id="check-main", classes="pane"):
                yield CheckForm(self.state, self)
                yield HintLine()

    def on_mount(self) -> None:
        """Nothing is suggested or tried yet."""
        self.trial = Trial(self.state)
        self._wrong: dict[str, str] = {}
        """What is wrong, in words, by design path."""
        self._form_timer: Timer | None = None
        self._try_timer: Timer | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done with the line under the cursor."""
        return self.is_mounted and possible(action, self.row, suggested=bool(self.trial.suggested))

    # -- drawing

    @property
    def table(self) -> RowTable[view.CheckRow]:
        """The rows of the list."""
        return self.query_one(CheckList).table

    @property
    def row(self) -> view.CheckRow | None:
        """The line under the cursor."""
        return self.table.row

    @property
    def has_checks(self) -> bool:
        """Whether there is a check, or a suggestion."""
        return any(row.check is not None for row in self.table.rows)

    def verdict(self, row: view.CheckRow) -> Verdict:
        """Return what a check says of the samples."""
        return self.trial.verdict(row)

    def sync(self) -> None:
        """Draw everything anew."""
        self._draw_list()
        self.query_one(CheckForm).show(self.row)
        self._try_soon()

    def facts_arrived(self, owner: str) -> None:
        """Suggest and try anew with what a probe brought back."""
        self._try_soon()

    def show_problems(self, problems: list[Problem]) -> None:
        """Mark the checks that have problems."""
        self._wrong = {problem.path: field_error(problem) for problem in problems}
        self._draw_list()
        self.query_one(CheckForm).show_problems({problem.path: problem for problem in problems})

    def _draw_list(self) -> None:
        rows = view.check_rows(self.design, self.trial.suggested, self._wrong)
        self.query_one(CheckList).show(rows)
        state = state_text(rows, self.trial.verdicts, self.trial.why_no_samples)
        self.query_one("#check-state", Static).update(state)
        self.refresh_bindings()

    # -- suggesting and trying

    def _try_soon(self) -> None:
        if self._try_timer is not None:
            self._try_timer.stop()
        self._try_timer = self.set_timer(_DRY_RUN_DELAY_SECONDS, self._try)

    @work(group="dry-run", exclusive=True)
    async def _try(self) -> None:
        if not self.trial.sampled:
            self._sample()
        await self.trial.suggest()
        self._draw_list()
        await self.trial.run()
        self._draw_list()
        self.query_one(CheckForm).show_verdict()

    @work(group="samples", exclusive=True)
    async def _sample(self) -> None:
        """Fetch the samples that are missing; never cut short by typing."""
        await self.trial.sample(self)
        self._try_soon()

    def action_try_checks(self) -> None:
        """Fetch samples anew and try every check."""
        self.trial.sampled = False
        self._try_soon()

    # -- changing

    def _change(self, label: str, change: Callable[[PipelineDesign], edits.Place | None]) -> None:
        """Change the checks; ``change`` returns where the one to select is."""
        selected: list[edits.Place | None] = []
        self.edit(label, lambda design: selected.append(change(design)), part="quality")
        self.changed()
        if selected and selected[-1]:
            self.go_to(*selected[-1])

    def changed(self, path: str = "") -> None:
        """Draw and try anew after a change of one check (``path``), or of the list."""
        self.trial.forget(path)
        self._draw_list()
        self._try_soon()

    def go_to(self, stage: str, index: int) -> None:
        """Put the cursor on a check."""
        listing = self.query_one(CheckList)
        if listing.go_to(("check", stage, str(index))):
            self.query_one(CheckForm).show(self.row)

    def action_accept(self) -> None:
        """Take the suggestion under the cursor."""
        row = self.row
        if row is None:
            return
        taken = [each for each in self.trial.suggested if each.check is row.check]
        self.trial.suggested = [each for each in self.trial.suggested if each.check is not row.check]
        self._change(f"take check {row.text}", lambda design: edits.take(design, taken))

    def action_accept_all(self) -> None:
        """Take every suggestion."""
        taken = self.trial.suggested
        self.trial.suggested = []
        self._change(f"take {len(taken)} suggested checks", lambda design: edits.take(design, taken))
        self.notify(f"{len(taken)} checks taken; u takes them back.", markup=False)

    def action_add(self) -> None:
        """Ask for a type, then a table, and add the check."""
        row = self.row
        stage: view.StageName = (row.stage if row else "") or "pre_transform"
        ask_for_check(self.app, self.design, stage, row.check.table if row and row.check else None, self._add)

    def _add(self, stage: view.StageName, kind: str, table: str) -> None:
        self._change(f"add {kind} check", lambda design: edits.add(design, stage, kind, table))
        self.call_after_refresh(self.action_edit_check)

    def action_duplicate(self) -> None:
        """Copy the check under the cursor."""
        row = self.row
        if row is not None and row.kind == "check":
            self._change("copy a check", lambda design: edits.duplicate(design, row))

    def action_delete(self) -> None:
        """Delete the check under the cursor."""
        row = self.row
        if row is not None and row.kind == "check":
            self._change(f"delete check {row.text}", lambda design: edits.delete(design, row))
            self.notify("Check deleted; u brings it back.", markup=False)

    def action_edit_check(self) -> None:
        """Go to the fields of the check; a suggestion is taken first."""
        if self.row is not None and self.row.kind == "suggestion":
            self.action_accept()
        # The form follows the cursor a moment later; what is edited must be what is under it now.
        form = self.query_one(CheckForm)
        form.show(self.row)
        self.call_after_refresh(form.focus_field)

    @work(group="why", exclusive=True)
    async def action_why(self) -> None:
        """Explain the check under the cursor: what for, why suggested, what it says, the query that runs."""
        row = self.row
        if row is None or row.check is None:
            return
        design, paragraphs = self.design, self.query_one(CheckForm).paragraphs(row)
        written = await in_background(lambda: generated_check(design, row))
        self.app.push_screen(WhyDialog(row.text, [*paragraphs, _query(written)]))

    # -- events

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Show the form of the check under the cursor, as soon as the cursor rests."""
        event.stop()
        if self._form_timer is not None:
            self._form_timer.stop()
        self._form_timer = self.set_timer(_FORM_DELAY_SECONDS, self._draw_check)

    def _draw_check(self) -> None:
        self.refresh_bindings()
        self.query_one(CheckForm).show(self.row)
        self.refresh_preview()

    def preview(self) -> Callable[[], Preview] | None:
        """Show the SQL file of the check under the cursor; the whole section while there is none."""
        row, design = self.row, self.design
        if row is None or row.check is None:
            return super().preview()
        return lambda: generated_check(design, row)

    def on_row_table_clicked(self, event: RowTable.Clicked) -> None:
        """A second click edits; a click on the star takes the suggestion."""
        event.stop()
        if self.row is not None and self.row.kind == "suggestion" and event.column == 0:
            self.action_accept()
        elif event.again:
            self.action_edit_check()

    def on_resize(self) -> None:
        """List beside the form where there is room, else above it."""
        self.set_class(self.size.width >= _ROOMY_COLUMNS, "-roomy")
        self.set_class(self.size.height >= _TALL_ROWS, "-tall")

    # -- for the wizard

    def focus_first(self) -> None:
        """Start in the list."""
        self.table.focus()

    def focus_path(self, path: str) -> bool:
        """Go to the check a problem is about, and to its field."""
        if not path.startswith("quality"):
            return False
        stage, _, rest = path.removeprefix("quality.").partition("[")
        number, _, field = rest.partition("]")
        if number.isdigit():
            self.go_to(stage, int(number))
            name = field.strip(".")
            self.call_after_refresh(lambda: self.query_one(CheckForm).focus_field(name))
        else:
            self.table.focus()
        return True


def _query(written: Preview) -> tuple[str, str]:
    """Return the query of a check as a paragraph: its file and engine, its text."""
    return f"{written.title}{f', {written.note}' if written.note else ''}", written.text.strip()
