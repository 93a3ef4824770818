"""Which columns to partition and cluster the published tables by, and why. Pure: no widgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tui.widgets.advice_line import Note, Suggestion

if TYPE_CHECKING:
    from generator.advice.advice import Advice
    from generator.connectors.base import Capabilities
    from generator.connectors.catalog import Profile
    from generator.design.models import Loading, PipelineDesign
    from tui.state import Facts

PARTITION = "loading.partition_field"
CLUSTERS = "loading.cluster_fields"


@dataclass(frozen=True)
class TableLayout:
    """What is advised for one published table."""

    table: str
    partition: Advice[str | None]
    clusters: Advice[tuple[str, ...]]


@dataclass(frozen=True)
class LayoutAdvice:
    """What is suggested for the destination as a whole: its setting counts for every table that has the column."""

    tables: tuple[TableLayout, ...]
    partition_now: str | None
    clusters_now: tuple[str, ...]

    @cached_property
    def partition(self) -> str | None:
        """The column most tables are best partitioned by, None for no partitions."""
        wanted = Counter(one.partition.choice for one in self.tables if one.partition.choice)
        return wanted.most_common(1)[0][0] if wanted else None

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """The columns most tables are best kept together by."""
        wanted = Counter(one.clusters.choice for one in self.tables if one.clusters.choice)
        return wanted.most_common(1)[0][0] if wanted else ()

    @property
    def open(self) -> bool:
        """Whether anything is suggested that the design does not say yet."""
        return any(not one.taken for one in self.suggestions)

    @property
    def notes(self) -> list[Note]:
        """Nothing to know beforehand."""
        return []

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """Partitions and clusters, each with the tables it is for."""
        if not self.tables:
            return []
        wanted, now = self.partition, self.partition_now
        clusters, clusters_now = ", ".join(self.clusters), ", ".join(self.clusters_now)
        return [
            self._suggestion(
                f"partition by {wanted}" if wanted else "no partitions",
                {one.table: one.partition for one in self.tables if one.partition.choice == wanted},
                PARTITION,
                taken=now is not None or wanted is None,
                chosen=now if now and now != wanted else "",
            ),
            self._suggestion(
                f"cluster by {clusters}" if clusters else "no clusters",
                {one.table: one.clusters for one in self.tables if one.clusters.choice == self.clusters},
                CLUSTERS,
                taken=bool(clusters_now) or not clusters,
                chosen=clusters_now if clusters_now and clusters_now != clusters else "",
            ),
        ]

    @staticmethod
    def _suggestion(
        what: str,
        advice: Mapping[str, Advice[str | None] | Advice[tuple[str, ...]]],
        part: str,
        *,
        taken: bool,
        chosen: str,
    ) -> Suggestion:
        reasons: dict[str, list[str]] = {}
        for table, one in advice.items():
            reasons.setdefault(one.reason, []).append(table)
        # One reason for all of them needs no names.
        told = [
            reason if len(reasons) == 1 else f"{_names(tables)}: {reason}"
            for reason, tables in reasons.items()
        ]
        best = next(iter(advice.values()))
        other = best.alternative
        nearest = other if isinstance(other, str) else ", ".join(other or ())
        if not nearest and best.alternative_reason:
            nearest = "none"
        return Suggestion(
            what, "; ".join(told[:4]), nearest, best.alternative_reason, taken=taken, part=part, chosen=chosen
        )

    def take(self, loading: Loading, part: str) -> None:
        """Put a suggestion into the destination's loading."""
        if part == PARTITION:
            loading.partition_field = self.partition
        elif part == CLUSTERS:
            loading.cluster_fields = list(self.clusters)


def _names(tables: list[str]) -> str:
    return ", ".join(tables) if len(tables) <= 3 else f"{', '.join(tables[:2])} and {len(tables) - 2} more"


def advise_layout(
    design: PipelineDesign, capabilities: Capabilities, facts: Mapping[str, Facts]
) -> LayoutAdvice:
    """Return what is suggested for the tables a design publishes. Parses queries: call it off the screen's thread.

    Args:
        design: May be incomplete.
        capabilities: The destination's.
        facts: What probes brought back, by source.
    """
    published = _outputs(design, facts) if design.transformations else _copies(design, facts)
    from generator.advice.layout import advise_clusters, advise_partition

    tables = []
    for one in published:
        partition = advise_partition(
            one.columns, capabilities, rows=one.rows, at_most=one.at_most, profile=one.profile
        )
        clusters = advise_clusters(one.columns, capabilities, key=one.key, partition=partition.choice)
        tables.append(TableLayout(one.name, partition, clusters))
    loading = design.destination.loading
    return LayoutAdvice(tuple(tables), loading.partition_field, tuple(loading.cluster_fields))


@dataclass(frozen=True)
class _Published:
    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    rows: int | None
    at_most: bool = False
    profile: Profile | None = None


def _copies(design: PipelineDesign, facts: Mapping[str, Facts]) -> list[_Published]:
    from generator.design.relations import taken_columns

    found = []
    for source in design.sources:
        known = facts.get(source.name)
        for table in source.tables:
            columns = taken_columns(table)
            probed = known.table(table.namespace, table.table) if known else None
            profile = known.profiles.get(probed.full_name) if known and probed else None
            if columns:
                rows = probed.rows if probed else None
                key = tuple(table.primary_key)
                found.append(_Published(table.staging_name, columns, key, rows, profile=profile))
    return found


def _outputs(design: PipelineDesign, facts: Mapping[str, Facts]) -> list[_Published]:
    from generator.design.relations import bare
    from generator.sql.design_tables import design_tables, inputs, output_name

    tables = design_tables(design)
    rows = {one.name: one.rows for one in _copies(design, facts)}
    found = []
    for transform in design.transformations:
        name = output_name(transform, design)
        sizes = [rows.get(bare(one)) for one in inputs(transform, design)]
        known = [size for size in sizes if size is not None]
        # What a query makes of its inputs is seldom larger than the largest of them.
        most = max(known) if known and len(known) == len(sizes) else None
        if tables.get(name):
            key = tuple(transform.loading.key) if transform.loading else ()
            found.append(_Published(bare(name), tables[name], key, most, at_most=True))
    return found
