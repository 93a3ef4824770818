"""Everything advised for one source table, and putting it into the design where the user has not decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from generator.connectors.catalog import ProbedTable, Profile, Sample
from generator.connectors.registry import connector
from generator.design.models import (
    Extraction,
    ExtractionStrategy,
    Loading,
    LoadStrategy,
    PiiAction,
    PipelineDesign,
    Source,
    Table,
)
from generator.errors import DesignError

from .advice import Advice
from .extraction import advise_watermark, extraction_by
from .keys import advise_primary_key
from .loading import ALL_STRATEGIES, advise_loading
from .personal_data import personal_columns


@dataclass(frozen=True)
class TableAdvice:
    """What is advised for one table; None where nothing can be said."""

    key: Advice[tuple[str, ...]] | None
    extraction: Advice[ExtractionStrategy]
    watermark: Advice[str] | None
    loading: Advice[LoadStrategy] | None
    """Only where tables are published under their own names."""
    personal: dict[str, Advice[PiiAction]] = field(default_factory=dict)


def advise_table(
    design: PipelineDesign,
    source: Source,
    table: ProbedTable,
    profile: Profile | None = None,
    sample: Sample | None = None,
) -> TableAdvice:
    """Advise on a probed table of a source.

    What the user chose for the table is respected in what follows from it: a chosen key or strategy decides
    how it is loaded.
    """
    return advise_own_table(design, source, table, _own(source, table), profile, sample)


def advise_own_table(
    design: PipelineDesign,
    source: Source,
    table: ProbedTable,
    own: Table | None,
    profile: Profile | None = None,
    sample: Sample | None = None,
) -> TableAdvice:
    """Advise on a probed table whose entry in the design is at hand: among thousands, looking for it costs most."""
    key = advise_primary_key(table, profile, sample)
    watermark = advise_watermark(table, profile)
    extraction = extraction_by(watermark, table, profile, offered=_offered(source.type, "extraction"))
    settled = (
        own.extraction.strategy if own and own.extraction and own.extraction.strategy else extraction.choice
    )
    chosen_key = own.primary_key if own and own.primary_key else list(key.choice) if key else []
    loading = None
    if not design.transformations:
        loading = advise_loading(
            settled,
            chosen_key,
            watermark=watermark.choice if watermark else None,
            append_only=bool(watermark and watermark.rule in {"watermark.created", "watermark.key"}),
            offered=_offered(design.destination.type, "loading"),
        )
    return TableAdvice(
        key,
        extraction,
        watermark,
        loading,
        personal_columns(table.columns, profile=profile, sample=sample, key=chosen_key),
    )


def _own(source: Source, table: ProbedTable) -> Table | None:
    """Return the design's entry of a probed table; one without a namespace means the connection's default one."""
    named = [item for item in source.tables if item.table == table.name]
    exact = [item for item in named if item.namespace == table.namespace]
    return next(iter(exact or [item for item in named if item.namespace is None]), None)


def apply_advice(table: Table, advice: TableAdvice, source: Source | None = None) -> list[str]:
    """Put advice into a table of the design, only where nothing was decided, and say what was put in.

    Args:
        table: Changed in place.
        advice: For this table.
        source: Its defaults count as decided, where they can apply to the table.
    """
    done: list[str] = []
    if not table.primary_key and advice.key:
        table.primary_key = list(advice.key.choice)
        done.append(f"key {' + '.join(advice.key.choice)}")
    extraction = table.extraction or Extraction()
    inherited = source.extraction if source else Extraction()
    if extraction.strategy is None and inherited.strategy is None:
        extraction.strategy = advice.extraction.choice
        done.append(f"{advice.extraction.choice} extraction")
    strategy = extraction.strategy or inherited.strategy
    if (
        strategy == "incremental"
        and not (extraction.watermark_column or inherited.watermark_column)
        and advice.watermark
    ):
        extraction.watermark_column = advice.watermark.choice
        done.append(f"watermark {advice.watermark.choice}")
    if extraction != Extraction():
        table.extraction = extraction
    if advice.loading and (table.loading is None or table.loading.strategy is None):
        loading = table.loading or Loading()
        loading.strategy = advice.loading.choice
        table.loading = loading
        done.append(f"load by {advice.loading.choice}")
    for name, action in advice.personal.items():
        if name not in table.pii:
            table.pii = {**table.pii, name: action.choice}
            done.append(f"{action.choice} {name}")
    return done


def _offered(kind: str, capability: str) -> frozenset[str]:
    try:
        capabilities = connector(kind).capabilities
    except DesignError:
        return frozenset({"full", "incremental"}) if capability == "extraction" else ALL_STRATEGIES
    return capabilities.extraction if capability == "extraction" else capabilities.loading
