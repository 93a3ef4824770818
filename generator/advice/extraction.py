"""How rows leave a source table: all each run, or those changed since the last, and by which column."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from generator.connectors.catalog import ProbedColumn, ProbedTable, Profile
from generator.design.models import ExtractionStrategy

from .advice import Advice
from .personal_data import snake_case

SMALL_ROWS = 1_000
"""Up to here a full copy costs nothing and sees deletions, too."""
MOST_NULLS = 0.05
"""Rows without a watermark are read again on every run; more of them than this defeat the purpose."""


def _named(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a name is of a kind, and knows the names it was asked about last."""
    compiled = re.compile(pattern)

    @lru_cache(maxsize=16_384)
    def tell(name: str) -> bool:
        return compiled.fullmatch(snake_case(name)) is not None

    return tell


_changed = _named(
    r"(.*_)?(updated|modified|changed|mutated|edited|refreshed|synced)"
    r"(_(at|on|ts|time|date|datetime|utc|timestamp))?"
    r"|(.*_)?(last_?(update|updated|modified|change|changed|edit|edited|write))(_.*)?"
    r"|(.*_)?(update|modification|change)_?(time|date|ts|timestamp)"
    r"|system_?mod_?stamp|row_updated.*|mtime|_updated.*"
)
_created = _named(
    r"(.*_)?(created|inserted|added|recorded|logged|occurred|received|ingested|event|published|ordered|placed)"
    r"(_(at|on|ts|time|date|datetime|utc|timestamp))?|(.*_)?(creation|event|insert)_?(time|date|ts|timestamp)"
    r"|timestamp|ts|event_at|ctime"
)
_counter = _named(
    r"(.*_)?(row_?version|version_no|change_(seq|id|number)|seq(uence)?(_no|_number|_id)?|lsn|scn|revision)"
)
_append_only = _named(
    r"(.*_)?(events?|logs?|audit|history|clicks?|views?|readings?|measurements?|transactions?|ledger)(_.*)?"
)


def advise_watermark(table: ProbedTable, profile: Profile | None = None) -> Advice[str] | None:
    """Recommend the column whose value grows whenever a row changes; None when there is none to trust.

    A column that only tells when a row was made is offered for tables that look append-only alone: elsewhere
    it would miss every change.
    """
    ranked = sorted(
        (rank, position, column)
        for position, column in enumerate(table.columns)
        if (rank := _rank(table, column, profile)) is not None
    ) if not _ambiguous(table) else []  # fmt: skip
    if not ranked:
        return None
    (rank, _, best), *others = ranked
    facts = [_KINDS[rank], _index_words(table, best), _null_words(best, profile)]
    return Advice(
        best.name,
        f"{best.name} {', '.join(fact for fact in facts if fact)}",
        others[0][2].name if others else None,
        f"{others[0][2].name} {_KINDS[others[0][0]]}" if others else "",
        rule=(
            "watermark.changed",
            "watermark.changed_date",
            "watermark.counter",
            "watermark.created",
            "watermark.key",
        )[rank],
    )


def advise_extraction(
    table: ProbedTable,
    profile: Profile | None = None,
    *,
    offered: frozenset[str] = frozenset({"full", "incremental"}),
) -> Advice[ExtractionStrategy]:
    """Recommend a full or an incremental extract.

    Args:
        table: As probed; its row count is the system's estimate.
        profile: Facts about a sample.
        offered: Strategies the source can do.
    """
    return extraction_by(advise_watermark(table, profile), table, profile, offered=offered)


def extraction_by(
    watermark: Advice[str] | None,
    table: ProbedTable,
    profile: Profile | None = None,
    *,
    offered: frozenset[str] = frozenset({"full", "incremental"}),
) -> Advice[ExtractionStrategy]:
    """Recommend a full or an incremental extract of a table whose watermark was advised on already."""
    rows = (
        table.rows
        if table.rows is not None
        else profile.sampled_rows
        if profile and profile.complete
        else None
    )
    size = f"{rows:,} rows" if rows is not None else "of unknown size"
    if watermark is None or "incremental" not in offered:
        why = "no column shows when a row changed" if watermark is None else "the source offers no increments"
        return Advice(
            "full", f"{why}: everything is copied each run ({size})", rule="extraction.no_watermark"
        )
    if rows is not None and rows <= SMALL_ROWS:
        return Advice(
            "full",
            f"only {size}: a full copy is as quick and sees deleted rows",
            "incremental",
            f"when it will grow: {watermark.reason}",
            rule="extraction.small",
        )
    return Advice(
        "incremental",
        f"{watermark.reason}; only changed rows are read ({size})",
        "full",
        "when rows are deleted in the source and that must show",
        rule="extraction.incremental",
    )


_KINDS = (
    "tells when a row last changed",
    "tells the day a row last changed",
    "counts up with every change",
    "tells when a row was added, and rows here are only added",
    "grows with every added row, and rows here are only added",
)


def _rank(table: ProbedTable, column: ProbedColumn, profile: Profile | None) -> int | None:
    facts = profile.columns.get(column.name) if profile else None
    if facts is not None and (
        facts.null_rate > MOST_NULLS or (facts.distinct <= 1 and profile and profile.sampled_rows > 1)
    ):
        return None
    if column.type in {"timestamp", "timestamptz"}:
        if _changed(column.name):
            return 0
        return 3 if _created(column.name) and _append_only(table.name) else None
    if column.type == "date":
        return 1 if _changed(column.name) else None
    if column.type in {"integer", "bigint"}:
        if _counter(column.name):
            return 2
        return 4 if table.primary_key == (column.name,) and _append_only(table.name) else None
    return None


def _ambiguous(table: ProbedTable) -> bool:
    """Tell whether two columns differ only by case, so that a name does not say which one is meant."""
    return len({column.name.casefold() for column in table.columns}) != len(table.columns)


def _index_words(table: ProbedTable, column: ProbedColumn) -> str:
    if any(index and index[0] == column.name for index in table.indexes):
        return "is indexed"
    if table.rows is not None and table.rows > 1_000_000 and table.kind == "table":
        return "has no index, so each run scans the table"
    return ""


def _null_words(column: ProbedColumn, profile: Profile | None) -> str:
    if not column.nullable:
        return "is never NULL"
    facts = profile.columns.get(column.name) if profile else None
    if facts is None:
        return ""
    return (
        "had no NULL in the sample"
        if facts.null_rate == 0
        else f"is NULL in {facts.null_rate:.1%} of the sample (read each run)"
    )
