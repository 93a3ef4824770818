"""How a published table is laid out: partitions and clusters, where the destination has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.connectors.base import Capabilities
from generator.connectors.catalog import Profile
from generator.design.types import is_temporal

from .advice import Advice

WORTH_PARTITIONING = 1_000_000
"""Below so many rows, partitions cost more files than they save reading."""
MOST_PARTITIONS = 2_000
_EVENT_ENDINGS = ("_day", "day", "_date", "date", "month", "_month", "year", "_on")


def advise_partition(
    columns: Mapping[str, str],
    capabilities: Capabilities,
    *,
    rows: int | None = None,
    at_most: bool = False,
    profile: Profile | None = None,
) -> Advice[str | None]:
    """Recommend a partition column, None for none.

    Args:
        columns: Name -> logical type of the published table.
        capabilities: The destination's.
        rows: Expected rows, where known.
        at_most: ``rows`` is only a bound, as for what a query makes of its inputs.
        profile: Facts about a sample.
    """
    if not capabilities.partitions:
        return Advice(None, "the destination has no partitions", rule="partition.unsupported")
    days = [
        name for name, kind in columns.items() if kind == "date" and name.lower().endswith(_EVENT_ENDINGS)
    ]
    days += [name for name, kind in columns.items() if kind == "date" and name not in days]
    usable = [name for name in days if _few(name, profile)]
    if rows is not None and rows < WORTH_PARTITIONING:
        return Advice(
            None,
            f"{'at most ' if at_most else ''}{rows:,} rows read faster as one file",
            usable[0] if usable else None,
            "when the table will grow past a million rows" if usable else "",
            rule="partition.small",
        )
    if usable:
        return Advice(
            usable[0],
            f"readers mostly ask for a span of {usable[0]}, and a day is replaced without touching others",
            None,
            "when readers ask by other columns",
            rule="partition.by_day",
        )
    if any(is_temporal(kind) for kind in columns.values()):
        return Advice(
            None,
            "a timestamp has too many values: add a date column to partition by",
            rule="partition.no_day",
        )
    return Advice(None, "no date column to partition by", rule="partition.no_day")


def advise_clusters(
    columns: Mapping[str, str],
    capabilities: Capabilities,
    *,
    key: Sequence[str] = (),
    partition: str | None = None,
) -> Advice[tuple[str, ...]]:
    """Recommend the columns rows are kept together by; none where the destination has no clustering."""
    if not capabilities.clusters:
        return Advice((), "the destination does not cluster rows", rule="cluster.unsupported")
    chosen = tuple(name for name in key if name in columns and name != partition)[:4]
    if not chosen:
        return Advice((), "no key to keep rows together by", rule="cluster.no_key")
    return Advice(
        chosen,
        "joins and updates look rows up by the key",
        (),
        "when the table is always read whole",
        rule="cluster.key",
    )


def _few(name: str, profile: Profile | None) -> bool:
    facts = profile.columns.get(name) if profile else None
    return facts is None or facts.distinct <= MOST_PARTITIONS
