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
from tui.history import fork
from tui.keymap import bind
from tui.sampling import fetch_samples
from tui.steps.base import Preview, Step
from tui.steps.quality_add import ask_for_check
from tui.steps.quality_form import CheckForm
from tui.views import checks as view
from tui.views.check_cells import COLUMNS, cells, state_text
from tui.views.suggested_checks import suggested_checks
from tui.widgets.dialogs import WhyDialog
from tui.widgets.row_table import Cell, RowTable

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
                yield RowTable[view.CheckRow](COLUMNS, self._cells, name="check-list")
                yield Static("", id="check-state", markup=False)
            with Vertical(id="check-main", classes="pane"):
                yield CheckForm(self.state, self)

    def on_mount(self) -> None:
        """Nothing is suggested or tried yet."""
        self._suggested: list[view.SuggestedCheck] = []
        self._verdicts: dict[str, view.Verdict] = {}
        self._problems: dict[str, str] = {}
        self._form_timer: Timer | None = None
        self._try_timer: Timer | None = None
        self._asked = False
        self._dry_runs = view.DryRuns()
        self._why_no_samples = ""

    # -- drawing

    @property
    def table(self) -> RowTable[view.CheckRow]:
        """The list."""
        return self.query_one("#check-list", RowTable)

    @property
    def row(self) -> view.CheckRow | None:
        """The line under the cursor."""
        return self.table.row

    def verdict(self, row: view.CheckRow) -> view.Verdict:
        """Return what a check says of the samples."""
        return self._verdicts.get(row.path, view.Verdict("unknown"))

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
        self._problems = {problem.path: f"{problem.message} {problem.fix}".strip() for problem in problems}
        self._draw_list()
        self.query_one(CheckForm).show_problems(self._problems)

    def _draw_list(self) -> None:
        rows = view.check_rows(self.design, self._suggested, self._problems)
        self.table.show(rows, keep=lambda row: row.identity)
        if self.table.cursor == 0 and len(rows) > 1:
            self.table.cursor = 1
        self.query_one("#check-state", Static).update(state_text(rows, self._verdicts, self._why_no_samples))

    def _cells(self, row: view.CheckRow) -> list[Cell]:
        return cells(row, self.verdict(row))

    # -- suggesting and trying

    def _try_soon(self) -> None:
        if self._try_timer is not None:
            self._try_timer.stop()
        self._try_timer = self.set_timer(_DRY_RUN_DELAY_SECONDS, self._try)

    @work(group="dry-run", exclusive=True)
    async def _try(self) -> None:
        if not self._asked:
            self._asked = True
            self._sample()
        design, facts = fork(self.design), dict(self.state.facts)
        self._suggested = await in_background(lambda: suggested_checks(design, facts))
        self._draw_list()
        self._verdicts = await in_background(lambda: self._dry_runs.verdicts(design, facts))
        self._draw_list()
        self.query_one(CheckForm).show_verdict()

    @work(group="samples", exclusive=True)
    async def _sample(self) -> None:
        """Fetch the samples that are missing; never cut short by typing."""
        self._why_no_samples = await fetch_samples(self.state, self)
        self._try_soon()

    def action_try_checks(self) -> None:
        """Fetch samples anew and try every check."""
        self._asked = False
        self._try_soon()

    # -- changing

    def _change(
        self, label: str, change: Callable[[PipelineDesign], tuple[view.StageName, int] | None]
    ) -> None:
        """Change the checks; ``change`` returns stage and index of the one to select."""
        selected: list[tuple[view.StageName, int] | None] = []
        self.edit(label, lambda design: selected.append(change(design)))
        self.changed()
        if selected and selected[-1]:
            self.go_to(*selected[-1])

    def changed(self) -> None:
        """Draw and try anew after a change."""
        self._verdicts = {}
        self._draw_list()
        self._try_soon()

    def go_to(self, stage: str, index: int) -> None:
        """Put the cursor on a check."""
        for number, row in enumerate(self.table.rows):
            if row.kind == "check" and row.stage == stage and row.index == index:
                self.table.cursor = number
                self.query_one(CheckForm).show(row)
                return

    def action_accept(self) -> None:
        """Take the suggestion under the cursor."""
        row = self.row
        if row is None or row.kind != "suggestion" or row.check is None:
            return
        stage, check = row.stage, row.check
        self._suggested = [each for each in self._suggested if each.check is not check]
        self.edit(f"take check {row.text}", lambda design: view.checks_of(design, stage).append(check))
        self.changed()

    def action_accept_all(self) -> None:
        """Take every suggestion."""
        taken = self._suggested
        if not taken:
            self.notify("Nothing is suggested beyond what is there.", markup=False)
            return

        def change(design: PipelineDesign) -> None:
            for each in taken:
                view.checks_of(design, each.stage).append(each.check.model_copy(deep=True))

        self._suggested = []
        self.edit(f"take {len(taken)} suggested checks", change)
        self.notify(f"{len(taken)} checks taken; u takes them back.", markup=False)
        self.changed()

    def action_add(self) -> None:
        """Ask for a type, then a table, and add the check."""
        row = self.row
        stage: view.StageName = (row.stage if row else "") or "pre_transform"
        ask_for_check(self.app, self.design, stage, row.check.table if row and row.check else None, self._add)

    def _add(self, stage: view.StageName, kind: str, table: str) -> None:
        def change(design: PipelineDesign) -> tuple[view.StageName, int]:
            checks = view.checks_of(design, stage)
            checks.append(view.new_check(design, stage, kind, table))
            return stage, len(checks) - 1

        self._change(f"add {kind} check", change)
        self.call_after_refresh(self.action_edit_check)

    def action_duplicate(self) -> None:
        """Copy the check under the cursor."""
        row = self.row
        if row is not None and row.kind == "check":
            stage, index = row.stage, row.index

            def change(design: PipelineDesign) -> tuple[view.StageName, int]:
                checks = view.checks_of(design, stage)
                checks.insert(index + 1, checks[index].model_copy(deep=True, update={"name": None}))
                return stage or "pre_transform", index + 1

            self._change("copy a check", change)

    def action_delete(self) -> None:
        """Delete the check under the cursor."""
        row = self.row
        if row is not None and row.kind == "check":
            stage, index = row.stage, row.index

            def change(design: PipelineDesign) -> None:
                del view.checks_of(design, stage)[index]

            self._change(f"delete check {row.text}", change)
            self.notify("Check deleted; u brings it back.", markup=False)

    def action_edit_check(self) -> None:
        """Go to the fields of the check; a suggestion is taken first."""
        if self.row is not None and self.row.kind == "suggestion":
            self.action_accept()
        self.query_one(CheckForm).focus_field()

    def action_why(self) -> None:
        """Explain the check under the cursor."""
        row = self.row
        if row is not None and row.check is not None:
            self.app.push_screen(WhyDialog(row.text, self.query_one(CheckForm).paragraphs(row)))

    # -- events

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Show the form of the check under the cursor, as soon as the cursor rests."""
        event.stop()
        if self._form_timer is not None:
            self._form_timer.stop()
        self._form_timer = self.set_timer(_FORM_DELAY_SECONDS, self._draw_check)

    def _draw_check(self) -> None:
        self.query_one(CheckForm).show(self.row)
        refresh = getattr(self.screen, "refresh_preview", None)
        if refresh is not None:
            refresh()

    def preview(self) -> Callable[[], Preview] | None:
        """Show the SQL file of the check under the cursor; the whole section while there is none."""
        row, design = self.row, self.design
        if row is None or row.check is None:
            return super().preview()
        return lambda: view.generated_check(design, row)

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
