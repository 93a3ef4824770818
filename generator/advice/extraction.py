"""How rows leave a source table: all each run, or those changed since the last, and by which column."""

from __future__ import annotations

import re

from generator.connectors.catalog import ProbedColumn, ProbedTable, Profile
from generator.design.models import ExtractionStrategy

from .advice import Advice
from .personal_data import snake_case

SMALL_ROWS = 1_000
"""Up to here a full copy costs nothing and sees deletions, too."""
MOST_NULLS = 0.05
"""Rows without a watermark are read again on every run; more of them than this defeat the purpose."""
_CHANGED = re.compile(
    "(.*_)?(updated|modified|changed|mutated|edited|refreshed|synced)(_(at|on|ts|time|date|datetime|utc|timestamp"
    ")"
    ")"
    "?"
    r"|(.*_)?(last_?(update|updated|modified|change|changed|edit|edited|write))(_.*)?"
    "|(.*_)?(update|modification|change)_?(time|date|ts|timestamp)|system_?mod_?stamp|row_updated.*|mtime|_update"
    "d"
    "."
    "*"
)
_CREATED = re.compile(
    "(.*_)?(created|inserted|added|recorded|logged|occurred|received|ingested|event|published|ordered|placed"
    ")"
    r"(_(at|on|ts|time|date|datetime|utc|timestamp))?|(.*_)?(creation|event|insert)_?(time|date|ts|timestamp)"
    r"|timestamp|ts|event_at|ctime"
)
_COUNTER = re.compile(
    r"(.*_)?(row_?version|version_no|change_(seq|id|number)|seq(uence)?(_no|_number|_id)?|lsn|scn|revision)"
)
_APPEND_ONLY = re.compile(
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
    watermark = advise_watermark(table, profile)
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
    name = snake_case(column.name)
    facts = profile.columns.get(column.name) if profile else None
    if facts is not None and (
        facts.null_rate > MOST_NULLS or (facts.distinct <= 1 and profile and profile.sampled_rows > 1)
    ):
        return None
    append_only = bool(_APPEND_ONLY.fullmatch(snake_case(table.name)))
    if column.type in {"timestamp", "timestamptz"}:
        return 0 if _CHANGED.fullmatch(name) else 3 if append_only and _CREATED.fullmatch(name) else None
    if column.type == "date":
        return 1 if _CHANGED.fullmatch(name) else None
    if column.type in {"integer", "bigint"}:
        if _COUNTER.fullmatch(name):
            return 2
        return 4 if append_only and table.primary_key == (column.name,) else None
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
