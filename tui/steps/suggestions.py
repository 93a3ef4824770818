"""What is suggested for a table beside what the design says: as rows show it, as `w` explains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.content import Content

from tui.widgets.advice_line import Note, Suggestion

if TYPE_CHECKING:
    from generator.advice.advice import Advice
    from generator.advice.table import TableAdvice
    from generator.connectors.catalog import ProbedColumn, ProbedTable, Profile, Sample
    from generator.design.models import Column, PiiAction, PipelineDesign, Source, Table


@dataclass(frozen=True)
class RowAdvice:
    """A table as the design has it (None: not picked), its source's defaults, and what is advised."""

    table: Table | None
    source: Source
    advice: TableAdvice | None = None
    columns: Sequence[Column | ProbedColumn] = ()
    """As probed last."""
    warnings: tuple[str, ...] = ()
    """What the source says to know before taking the table."""

    # What holds now ----------------------------------------------------------------------------------------

    @property
    def strategy(self) -> str | None:
        """How rows are read: the table's own choice, else the source's."""
        own = self.table.extraction.strategy if self.table and self.table.extraction else None
        return own or self.source.extraction.strategy

    @property
    def watermark(self) -> str | None:
        """The cursor column: the table's own, else the source's where the table has such a column."""
        own = self.table.extraction.watermark_column if self.table and self.table.extraction else None
        inherited = self.source.extraction.watermark_column
        columns = {column.name for column in self.table.columns_probed} if self.table else set()
        return own or (inherited if inherited in columns or not columns else None)

    # What is suggested -------------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """Whether anything is suggested that the design does not say yet."""
        return any(not suggestion.taken for suggestion in self.suggestions)

    @property
    def suggestions(self) -> list[Suggestion]:
        """Everything suggested, with reasons; ``taken`` where it is decided already."""
        advice = self.advice
        if advice is None:
            return []
        found = [*self._key(advice), *self._extraction(advice), *self._loading(advice)]
        return found + [self._personal(column, action) for column, action in advice.personal.items()]

    def _key(self, advice: TableAdvice) -> list[Suggestion]:
        if advice.key is None:
            return []
        own = self.table.primary_key if self.table else []
        said = " + ".join(advice.key.choice)
        return [_suggestion(f"key {said}", advice.key, "key", own, " + ".join(own), said, _joined)]

    def _extraction(self, advice: TableAdvice) -> list[Suggestion]:
        strategy, watermark = self.strategy, self.watermark
        decided = strategy is not None and (strategy != "incremental" or watermark is not None)
        said = _reading(advice.extraction.choice, advice.watermark.choice if advice.watermark else None)
        now = _reading(strategy or "", watermark)
        found = [_suggestion(said, advice.extraction, "extraction", decided, now, said, _reading)]
        if advice.watermark and advice.watermark.alternative:
            cursor = advice.watermark.choice
            found.append(
                _suggestion(
                    f"cursor {cursor}", advice.watermark, "extraction", True, watermark or cursor, cursor, str
                )
            )
        return found

    def _loading(self, advice: TableAdvice) -> list[Suggestion]:
        if advice.loading is None:
            return []
        own = self.table.loading.strategy if self.table and self.table.loading else None
        said = advice.loading.choice
        return [_suggestion(f"publish by {said}", advice.loading, "loading", own, own or "", said, str)]

    def _personal(self, column: str, action: Advice[PiiAction]) -> Suggestion:
        own = self.table.pii.get(column) if self.table else None
        found = _suggestion(
            f"{action.choice} {column}", action, f"personal.{column}", own, own or "", action.choice, str
        )
        return replace(found, reason=f"{column} {action.reason}", group="columns of personal data")

    @property
    def notes(self) -> list[Note]:
        """What of the table cannot be carried exactly, and what its source says to know before taking it."""
        found = [Note("a remark of the source", "from the source", text) for text in self.warnings]
        inexact = [column for column in self.columns if column.caveat]
        short = f"{len(inexact)} column{'s' if len(inexact) != 1 else ''} not exact"
        return found + [
            Note(short, f"{column.name}  {column.type}", column.caveat, column.name) for column in inexact
        ]

    def take(self, table: Table, part: str) -> None:
        """Put one suggestion into the design's table, whatever was decided before.

        Args:
            table: Changed in place.
            part: The suggestion's part: ``key``, ``extraction``, ``loading`` or ``personal.<column>``.
        """
        from generator.design.models import Extraction, Loading

        advice = self.advice
        if advice is None:
            return
        if part == "key" and advice.key:
            table.primary_key = list(advice.key.choice)
        elif part == "extraction":
            extraction = (table.extraction or Extraction()).model_copy()
            extraction.strategy = advice.extraction.choice
            if extraction.strategy == "incremental" and advice.watermark:
                extraction.watermark_column = advice.watermark.choice
            table.extraction = extraction
        elif part == "loading" and advice.loading:
            loading = (table.loading or Loading()).model_copy()
            loading.strategy = advice.loading.choice
            table.loading = loading
        else:
            column = part.removeprefix("personal.")
            if column in advice.personal:
                table.pii = {**table.pii, column: advice.personal[column].choice}

    def apply(self, table: Table) -> None:
        """Put what is suggested and not decided into the design's table."""
        from generator.advice.table import apply_advice

        if self.advice is not None:
            apply_advice(table, self.advice, self.source)

    # Cells -------------------------------------------------------------------------------------------------

    def key_cell(self) -> Content:
        """Return the key for a row: the design's, else the suggested one."""
        if self.table and self.table.primary_key:
            return Content(" + ".join(self.table.primary_key))
        if self.advice and self.advice.key:
            return Content.styled(f"✦ {' + '.join(self.advice.key.choice)}", "$text-accent")
        return Content.styled("no key", "$quiet")

    def run_cell(self) -> Content:
        """Return what is read each run: the decision, else the suggestion."""
        if self.table and self.strategy == "incremental" and self.watermark:
            return Content(f"↻ {self.watermark}")
        if self.table and self.strategy:
            return Content("full copy" if self.strategy in ("full", "incremental") else self.strategy)
        if self.advice and self.advice.extraction.choice == "incremental" and self.advice.watermark:
            return Content.styled(f"✦ ↻ {self.advice.watermark.choice}", "$text-accent")
        return Content.styled("✦ full copy" if self.advice else "", "$text-accent")


def advise(
    design: PipelineDesign,
    source: Source,
    table: Table | None,
    probed: ProbedTable | None,
    profile: Profile | None,
    sample: Sample | None,
) -> RowAdvice:
    """Return what is suggested for a table.

    Args:
        design: The whole design: what is published how depends on its destination and transforms.
        source: The table's source.
        table: As the design has it, None when it is not picked.
        probed: As a probe saw it; without, nothing is suggested.
        profile: Facts about a sample of it, when there are.
        sample: Rows of it, when there are.
    """
    from generator.advice.table import advise_own_table

    advice = advise_own_table(design, source, probed, table, profile, sample) if probed is not None else None
    columns: Sequence[Column | ProbedColumn] = table.columns_probed if table else ()
    if probed is not None:
        return RowAdvice(table, source, advice, probed.columns, probed.warnings)
    return RowAdvice(table, source, advice, columns)


def _suggestion(
    what: str,
    advice: Advice[Any],
    part: str,
    decided: object,
    now: str,
    said: str,
    words: Callable[[Any], str],
) -> Suggestion:
    """Return advice as a suggestion: taken where something is decided, and what was chosen where that differs."""
    return Suggestion(
        what,
        advice.reason,
        words(advice.alternative) if advice.alternative else "",
        advice.alternative_reason,
        taken=bool(decided),
        part=part,
        chosen=now if decided and now != said else "",
    )


def _joined(names: Sequence[str]) -> str:
    return " + ".join(names)


def _reading(strategy: str, watermark: str | None = None) -> str:
    """Return what is read each run, in words."""
    if strategy == "incremental":
        return f"incremental by {watermark}" if watermark else "incremental"
    return "full copy each run" if strategy == "full" else strategy
