"""The tables of a source as rows to pick from, and the changes a person makes to them. Pure: no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.connectors.catalog import Catalog, ProbedTable
    from generator.design.models import PiiAction, PipelineDesign, Source, Table

DEFAULT_NAMESPACES = frozenset({None, "public", "main"})


@dataclass(frozen=True)
class TableRow:
    """One table: as seen by a probe, as picked in the design, or both."""

    namespace: str | None
    name: str
    probed: ProbedTable | None = None
    index: int | None = None
    """Place in the source's picked tables."""
    text: str = field(default="", compare=False)
    """What the filter looks at."""

    @property
    def identity(self) -> tuple[str | None, str]:
        """What stays the same when it is picked or probed again."""
        return (self.namespace, self.name)

    @property
    def full_name(self) -> str:
        """Name with its namespace, for people."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


def table_rows(
    source: Source, catalog: Catalog | None, arriving: Sequence[ProbedTable] = ()
) -> list[TableRow]:
    """Return all tables: those of the probe (or seen so far by one) in its order, then picked ones it did not see."""
    picked: dict[tuple[str | None, str], int] = {
        (table.namespace, table.table): index for index, table in enumerate(source.tables)
    }
    rows = []
    for probed in arriving or (catalog.tables if catalog else ()):
        index = picked.pop((probed.namespace, probed.name), None)
        if index is None and probed.namespace in DEFAULT_NAMESPACES:
            index = picked.pop((None, probed.name), None)
        rows.append(TableRow(probed.namespace, probed.name, probed, index, probed.full_name.lower()))
    for (namespace, name), index in picked.items():
        row = TableRow(namespace, name, None, index)
        rows.append(TableRow(namespace, name, None, index, row.full_name.lower()))
    return rows


def picked_anew(rows: Sequence[TableRow], source: Source) -> list[TableRow]:
    """Return the rows after other tables were picked; empty where that takes a fresh look at the probe.

    Only rows that differ are made anew: of thousands, one pick changes a few.
    """
    places = {(table.namespace, table.table): index for index, table in enumerate(source.tables)}
    found = []
    for row in rows:
        index = places.pop((row.namespace, row.name), None)
        if index is None and places and row.namespace in DEFAULT_NAMESPACES:
            index = places.pop((None, row.name), None)
        if row.probed is None:
            return []
        found.append(row if index == row.index else replace(row, index=index))
    return [] if places else found


def pick(source_index: int, rows: Sequence[TableRow]) -> Callable[[PipelineDesign], None]:
    """Take tables into the design."""

    from generator.advice.merge import new_table

    def change(design: PipelineDesign) -> None:
        tables = design.sources[source_index].tables
        taken = staging_names(design)
        for row in rows:
            if row.index is None and row.probed is not None:
                tables.append(new_table(row.probed, taken))
                taken.add(tables[-1].staging_name)

    return change


def staging_names(design: PipelineDesign) -> set[str]:
    """Return the names tables have in staging, whichever source they come from."""
    return {table.staging_name for source in design.sources for table in source.tables}


def drop(source_index: int, rows: Sequence[TableRow]) -> Callable[[PipelineDesign], None]:
    """Leave tables out of the design."""

    def change(design: PipelineDesign) -> None:
        tables = design.sources[source_index].tables
        for index in sorted((row.index for row in rows if row.index is not None), reverse=True):
            del tables[index]

    return change


def change_table(
    source_index: int, table_index: int, change: Callable[[Table], None]
) -> Callable[[PipelineDesign], None]:
    """Change one picked table."""

    def apply(design: PipelineDesign) -> None:
        change(design.sources[source_index].tables[table_index])

    return apply


def at_table(source_index: int, table_index: int) -> str:
    """Return the part of a design that `change_table` touches."""
    return f"sources[{source_index}].tables[{table_index}]"


def at_tables(source_index: int) -> str:
    """Return the part of a design that `pick` and `drop` touch: which tables there are, none of them itself."""
    return f"sources[{source_index}].tables[]"


def takes(table: Table, column: str) -> bool:
    """Tell whether a column is extracted."""
    return table.columns == "*" or column in table.columns


def toggle_column(column: str) -> Callable[[Table], None]:
    """Take a column, or leave it out; all of them is ``*``."""

    def change(table: Table) -> None:
        names = [one.name for one in table.columns_probed]
        taken = names if table.columns == "*" else list(table.columns)
        taken = [name for name in taken if name != column] if column in taken else [*taken, column]
        ordered = [name for name in names if name in taken]
        table.columns = "*" if ordered == names else ordered

    return change


def toggle_key(column: str) -> Callable[[Table], None]:
    """Make a column part of the key, or not."""

    def change(table: Table) -> None:
        if column in table.primary_key:
            table.primary_key = [name for name in table.primary_key if name != column]
        else:
            table.primary_key = [*table.primary_key, column]

    return change


PII_ORDER: tuple[PiiAction | None, ...] = (None, "tokenize", "mask", "drop")


def next_pii(column: str) -> Callable[[Table], None]:
    """Mark a column's personal data: tokenize, mask, drop, and back to nothing."""

    def change(table: Table) -> None:
        now = table.pii.get(column)
        following = PII_ORDER[(PII_ORDER.index(now) + 1) % len(PII_ORDER)]
        pii = {name: action for name, action in table.pii.items() if name != column}
        if following is not None:
            pii[column] = following
        table.pii = pii

    return change


def count_text(rows: int | None) -> str:
    """Return a row count as people say it: ``940``, ``12k``, ``3.4M``; ``?`` when unknown."""
    if rows is None:
        return "?"
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rows >= limit:
            value = rows / limit
            return f"{value:.1f}{unit}" if value < 10 else f"{value:.0f}{unit}"
    return str(rows)


def unique_name(wish: str, taken: Sequence[str]) -> str:
    """Return the wish, or the wish with the first number that makes it unique."""
    if wish not in taken:
        return wish
    return next(f"{wish}_{n}" for n in range(2, len(taken) + 3) if f"{wish}_{n}" not in taken)
