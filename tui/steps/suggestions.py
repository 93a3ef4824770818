"""What is suggested for a table beside what the design says: as rows show it, as `w` explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from tui.widgets.advice_line import Suggestion

if TYPE_CHECKING:
    from generator.advice.table import TableAdvice
    from generator.connectors.catalog import ProbedTable, Profile, Sample
    from generator.design.models import PipelineDesign, Source, Table


@dataclass(frozen=True)
class RowAdvice:
    """A table as the design has it (None: not picked), its source's defaults, and what is advised."""

    table: Table | None
    source: Source
    advice: TableAdvice | None = None

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
        advice, table = self.advice, self.table
        if advice is None:
            return []
        found = []
        if advice.key:
            found.append(
                Suggestion(
                    f"key {' + '.join(advice.key.choice)}",
                    advice.key.reason,
                    " + ".join(advice.key.alternative or ()),
                    advice.key.alternative_reason,
                    taken=bool(table and table.primary_key),
                )
            )
        decided = self.strategy is not None and (self.strategy != "incremental" or self.watermark is not None)
        by = f" by {advice.watermark.choice}" if advice.watermark else ""
        incremental = advice.extraction.choice == "incremental"
        found.append(
            Suggestion(
                f"incremental{by}" if incremental else "full copy each run",
                advice.extraction.reason,
                advice.extraction.alternative or "",
                advice.extraction.alternative_reason,
                taken=decided,
            )
        )
        if advice.watermark and advice.watermark.alternative:
            found.append(
                Suggestion(
                    f"cursor {advice.watermark.choice}",
                    advice.watermark.reason,
                    advice.watermark.alternative or "",
                    advice.watermark.alternative_reason,
                    taken=True,
                )
            )
        if advice.loading:
            found.append(
                Suggestion(
                    f"publish by {advice.loading.choice}",
                    advice.loading.reason,
                    advice.loading.alternative or "",
                    advice.loading.alternative_reason,
                    taken=bool(table and table.loading and table.loading.strategy),
                )
            )
        for column, action in advice.personal.items():
            found.append(
                Suggestion(
                    f"{action.choice} {column}",
                    f"{column} {action.reason}",
                    action.alternative or "",
                    action.alternative_reason,
                    taken=bool(table and column in table.pii),
                )
            )
        return found

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
    from generator.advice.table import advise_table

    advice = advise_table(design, source, probed, profile, sample) if probed is not None else None
    return RowAdvice(table, source, advice)
