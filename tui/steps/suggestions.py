"""What is suggested for a table: key, how to read it, personal data; as rows show it and as the design takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content

from tui.widgets.advice_line import Suggestion

if TYPE_CHECKING:
    from generator.advice.advice import Advice
    from generator.connectors.catalog import ProbedTable, Profile
    from generator.design.models import ExtractionStrategy, PiiAction, Table

PII_WORDS = {"tokenize": "tokenise", "mask": "mask", "drop": "drop"}


@dataclass(frozen=True)
class TableAdvice:
    """Suggestions for one table beside what the design says already."""

    table: Table | None = None
    key: Advice[tuple[str, ...]] | None = None
    strategy: Advice[ExtractionStrategy] | None = None
    watermark: Advice[str] | None = None
    pii: dict[str, Advice[PiiAction]] = field(default_factory=dict)

    @property
    def _key_open(self) -> bool:
        return bool(self.key and self.key.choice) and not (self.table and self.table.primary_key)

    @property
    def _strategy_open(self) -> bool:
        decided = self.table and self.table.extraction and self.table.extraction.strategy
        return self.strategy is not None and not decided

    @property
    def _pii_open(self) -> dict[str, Advice[PiiAction]]:
        marked = self.table.pii if self.table else {}
        return {column: advice for column, advice in self.pii.items() if column not in marked}

    @property
    def open(self) -> bool:
        """Whether anything is suggested that the design does not say yet."""
        return self._key_open or self._strategy_open or bool(self._pii_open)

    @property
    def suggestions(self) -> list[Suggestion]:
        """Everything suggested, as lines with their reason."""
        found = []
        if self.key and self.key.choice:
            found.append(
                Suggestion(
                    f"key {' + '.join(self.key.choice)}",
                    self.key.reason,
                    " + ".join(self.key.alternative or ()),
                    self.key.alternative_reason,
                    taken=not self._key_open,
                )
            )
        if self.strategy:
            by = f" by {self.watermark.choice}" if self.watermark and self.strategy.choice == "incremental" else ""
            found.append(
                Suggestion(
                    f"{self.strategy.choice}{by}",
                    self.strategy.reason,
                    self.strategy.alternative or "",
                    self.strategy.alternative_reason,
                    taken=not self._strategy_open,
                )
            )
        for column, advice in self.pii.items():
            found.append(
                Suggestion(
                    f"{PII_WORDS[advice.choice]} {column}",
                    f"{column} {advice.reason}",
                    PII_WORDS.get(advice.alternative or "", ""),
                    advice.alternative_reason,
                    taken=column not in self._pii_open,
                )
            )
        return found

    def apply(self, table: Table) -> None:
        """Put what is suggested and not decided into the design's table."""
        from generator.design.models import Extraction

        if self._key_open and self.key:
            table.primary_key = list(self.key.choice)
        if self._strategy_open and self.strategy:
            extraction = table.extraction or Extraction()
            extraction.strategy = self.strategy.choice
            if self.watermark and self.strategy.choice == "incremental" and not extraction.watermark_column:
                extraction.watermark_column = self.watermark.choice
            table.extraction = extraction
        if self._pii_open:
            table.pii = {**table.pii, **{column: advice.choice for column, advice in self._pii_open.items()}}

    def key_cell(self) -> Content:
        """Return the key for a row: the design's, else the suggested one."""
        if self.table and self.table.primary_key:
            return Content(" + ".join(self.table.primary_key))
        if self.key and self.key.choice:
            return Content.styled(f"✦ {' + '.join(self.key.choice)}", "$text-accent")
        return Content.styled("no key", "$quiet")

    def run_cell(self) -> Content:
        """Return what is read each run: the design's decision, else the suggestion."""
        extraction = self.table.extraction if self.table else None
        if extraction and extraction.strategy:
            if extraction.strategy == "incremental":
                return Content(f"↻ {extraction.watermark_column or '?'}")
            return Content("full copy" if extraction.strategy == "full" else extraction.strategy)
        if self.strategy and self.strategy.choice == "incremental" and self.watermark:
            return Content.styled(f"✦ ↻ {self.watermark.choice}", "$text-accent")
        if self.strategy:
            return Content.styled(f"✦ {'full copy' if self.strategy.choice == 'full' else self.strategy.choice}", "$text-accent")
        return Content.styled("as the source", "$quiet")


def advise(table: Table | None, probed: ProbedTable | None, profile: Profile | None) -> TableAdvice:
    """Return what is suggested for a table.

    Args:
        table: As the design has it, or as it would have it when picked.
        probed: As the probe saw it.
        profile: Facts about a sample of it, when there is one.
    """
    if table is None:
        return TableAdvice()
    from generator.advice.personal_data import personal_columns

    pii = personal_columns(table.columns_probed, profile=profile, key=table.primary_key)
    return TableAdvice(table, pii=pii)
